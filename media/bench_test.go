package media

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const (
	benchLegs = 200
	benchRate = 20_000 // packets a second in, on the 2-core machine that also sends them
)

// load is a child process that sends RTP and takes what comes back.
type load struct {
	b     testing.TB
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	ports [benchLegs]uint16
}

func newLoad(b testing.TB) *load {
	l := &load{b: b, cmd: exec.Command(os.Args[0])}
	l.cmd.Env = append(os.Environ(), "WIRECHIEF_MEDIA_CHILD=load", "WIRECHIEF_MEDIA_LEGS="+strconv.Itoa(benchLegs))
	l.cmd.Stderr = os.Stderr
	var err error
	l.in, err = l.cmd.StdinPipe()
	require.NoError(b, err)
	out, err := l.cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, l.cmd.Start())
	l.out = bufio.NewScanner(out)
	for i := range l.ports {
		require.True(b, l.out.Scan())
		port, err := strconv.Atoi(l.out.Text())
		require.NoError(b, err)
		l.ports[i] = uint16(port)
	}
	b.Cleanup(func() {
		_ = l.in.Close()
		_ = l.cmd.Wait()
	})
	return l
}

func (l *load) aim(ports [benchLegs]uint16) {
	for _, p := range ports {
		fmt.Fprintln(l.in, p)
	}
}

// run sends and gives the CPU time this process took for a packet that came.
func (l *load) run(packets int, arrived func() uint64) float64 {
	before, cpu := arrived(), processCPU()
	fmt.Fprintln(l.in, packets, benchRate)
	require.True(l.b, l.out.Scan())
	n := arrived() - before
	for end := time.Now().Add(patience); n < uint64(packets) && time.Now().Before(end); n = arrived() - before {
		time.Sleep(time.Millisecond) // the last ones are on their way
	}
	require.Greater(l.b, float64(n), 0.99*float64(packets), "packets were lost")
	return float64(processCPU()-cpu) / float64(n)
}

func processCPU() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bareLoop is the reference: epoll, receive, send to the peer, nothing else.
type bareLoop struct {
	fds      [benchLegs]int
	to       [benchLegs]sockaddr
	ep, stop int
	n        uint64
	count    chan chan uint64
	done     chan struct{}
}

func newBareLoop(b testing.TB, sinks [benchLegs]uint16) (*bareLoop, [benchLegs]uint16) {
	l := &bareLoop{count: make(chan chan uint64), done: make(chan struct{})}
	var ports [benchLegs]uint16
	var err error
	l.ep, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	require.NoError(b, err)
	l.stop, err = unix.Eventfd(0, unix.EFD_NONBLOCK)
	require.NoError(b, err)
	require.NoError(b, unix.EpollCtl(l.ep, unix.EPOLL_CTL_ADD, l.stop, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: -1}))
	for i := range l.fds {
		l.fds[i], err = openSocket(loopback, 0)
		require.NoError(b, err)
		sa, err := unix.Getsockname(l.fds[i])
		require.NoError(b, err)
		ports[i] = uint16(sa.(*unix.SockaddrInet4).Port)
		l.to[i].set(loopbackPort(sinks[i]))
		ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}
		require.NoError(b, unix.EpollCtl(l.ep, unix.EPOLL_CTL_ADD, l.fds[i], &ev))
	}
	go l.run()
	return l, ports
}

func (l *bareLoop) run() {
	runtime.LockOSThread()
	defer close(l.done)
	var events [maxEvents]unix.EpollEvent
	var from sockaddr
	buf := make([]byte, 2048)
	for {
		n, _ := unix.EpollWait(l.ep, events[:], -1)
		for i := range max(n, 0) {
			k := events[i].Fd
			if k < 0 {
				_, _ = unix.Read(l.stop, buf)
				answer, ok := <-l.count
				if !ok {
					return
				}
				answer <- l.n
				continue
			}
			if m, e := recvFrom(l.fds[k], buf, &from); e == 0 {
				_ = sendTo(l.fds[k^1], buf[:m], &l.to[k^1])
				l.n++
			}
		}
	}
}

func (l *bareLoop) wake() { _, _ = unix.Write(l.stop, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

func (l *bareLoop) arrived() uint64 {
	answer := make(chan uint64, 1)
	l.wake()
	l.count <- answer
	return <-answer
}

func (l *bareLoop) close() {
	l.wake()
	close(l.count)
	<-l.done
	for _, fd := range l.fds {
		_ = unix.Close(fd)
	}
	_ = unix.Close(l.ep)
	_ = unix.Close(l.stop)
}

// benchEngine makes an engine with benchLegs/2 bridged calls that send to the load's ports.
func benchEngine(b testing.TB, dir string, sinks [benchLegs]uint16) (*rig, [benchLegs]uint16) {
	r := newRig(b, func(c *Config) { c.RecordDir, c.PortMin, c.PortMax = dir, 20000, 29999 })
	var ports [benchLegs]uint16
	for i := range ports {
		at, err := r.Open(fmt.Sprint(i/2), fmt.Sprint(i))
		require.NoError(b, err)
		ports[i] = at.Port()
		require.NoError(b, r.SetRemote(fmt.Sprint(i), Remote{Addr: loopbackPort(sinks[i])}))
		if i%2 == 1 {
			caller, agent := fmt.Sprint(i-1), fmt.Sprint(i)
			require.NoError(b, r.Bridge(caller, agent))
			if dir != "" {
				require.NoError(b, r.Record(RecordingStart{ID: "rec" + caller, CallerLeg: caller, AgentLeg: agent}))
			}
		}
	}
	return r, ports
}

func (r *rig) arrived() uint64 {
	r.settle("0")
	return uint64(r.Stats().Get("packets_out"))
}

// finishAll stops all recordings and waits for their files, which is what finishing costs.
func (r *rig) finishAll() {
	for i := 0; i < benchLegs; i += 2 {
		require.NoError(r.t, r.StopRecord(fmt.Sprint("rec", i)))
	}
	await[RecordingFinished](r, benchLegs/2)
}

// BenchmarkRelay gives CPU time (getrusage of the process; the load is another process) for a relayed packet: a bare
// loop, the engine, and the engine with recording and demultiplexing; and CPU time for finishing a recording of one
// second (its share that grows with the length is BenchmarkRender of package record). An op is one second of traffic
// in each of them.
func BenchmarkRelay(b *testing.B) {
	var bare, relay, recorded, finish float64
	for range b.N {
		x, y, z, f := measureRelay(b)
		bare, relay, recorded, finish = bare+x, relay+y, recorded+z, finish+f
	}
	n := float64(b.N)
	b.ReportMetric(bare/n, "bare-ns/packet")
	b.ReportMetric(relay/n, "relay-ns/packet")
	b.ReportMetric(recorded/n, "recorded-ns/packet")
	b.ReportMetric(finish/n/1000, "finish-us/recording")
	b.ReportMetric(relay/bare, "relay/bare")
	b.ReportMetric(recorded/bare, "recorded/bare")
}

func measureRelay(b *testing.B) (bare, relay, recorded, finish float64) {
	const packets = benchRate
	l := newLoad(b)
	loop, ports := newBareLoop(b, l.ports)
	l.aim(ports)
	bare = l.run(packets, loop.arrived)
	loop.close()

	l = newLoad(b)
	r, ports := benchEngine(b, "", l.ports)
	l.aim(ports)
	relay = l.run(packets, r.arrived)
	_ = r.Close()

	l = newLoad(b)
	r, ports = benchEngine(b, b.TempDir(), l.ports)
	l.aim(ports)
	l.run(packets/10, r.arrived) // the making of the files is a cost of a recording, not of a packet
	recorded = l.run(packets, r.arrived)
	before := processCPU()
	r.finishAll()
	finish = float64(processCPU()-before) / (benchLegs / 2)
	_ = r.Close()
	return bare, relay, recorded, finish
}

// The path of a packet allocates nothing, recorded and transcoded ones included.
func TestNoAllocationPerPacket(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for name, pts := range map[string][2]uint8{"same law": {PCMU, PCMU}, "transcoded": {PCMU, PCMA}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(c *Config) { c.RecordDir = t.TempDir() })
			a, b := bridged(r, pts[0], pts[1])
			require.NoError(t, r.Record(RecordingStart{ID: "rec", CallerLeg: "a", AgentLeg: "b"}))
			a.send(make([]byte, 160))
			b.receive()
			r.settle("a")
			fd, sink := rawSocket(t), rawSocket(t)
			require.NoError(t, r.SetRemote("a", Remote{Addr: localOf(t, fd), PayloadType: pts[0]}))
			require.NoError(t, r.SetRemote("b", Remote{Addr: localOf(t, sink), PayloadType: pts[1]}))
			r.settle("b")
			var to, from sockaddr
			to.set(a.to)
			pkt, buf := make([]byte, 172), make([]byte, 2048)
			pkt[0], pkt[11] = 0x80, 99
			exchange := func() {
				pkt[3]++
				if pkt[3] == 0 {
					pkt[2]++
				}
				_ = sendTo(fd, pkt, &to)
				for {
					if _, e := recvFrom(sink, buf, &from); e == 0 {
						return
					}
					runtime.Gosched()
				}
			}
			for range 100 {
				exchange()
			}
			// Demultiplexing and housekeeping allocate a little now and then, but nothing for each packet.
			require.Less(t, testing.AllocsPerRun(5000, exchange), 1.0)
		})
	}
}

func rawSocket(t *testing.T) int {
	fd, err := openSocket(loopback, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}
