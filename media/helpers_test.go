package media

import (
	"math"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/wirechief/wirechief/media/g711"
)

// loopback is an address of this process's own: other tests run at the same time and have media ports, too, and the same
// ones if they are of this package.
var loopback = ownLoopback()

// ownLoopback gives a test and its children an address of 127.64.0.0/10, which has one for each process number of Linux.
func ownLoopback() netip.Addr {
	pid := os.Getpid()
	if os.Getenv("WIRECHIEF_MEDIA_CHILD") != "" {
		pid = os.Getppid()
	}
	return netip.AddrFrom4([4]byte{127, 64 | byte(pid>>16)&63, byte(pid >> 8), byte(pid)})
}

// patience bounds every wait for something that must happen.
const patience = time.Minute

// rig is an engine with its events.
type rig struct {
	*Engine
	t      testing.TB
	mu     sync.Mutex
	events []Event
	news   chan struct{}
}

// portBase keeps tests apart from each other's draining ports. It stays below the ephemeral ports.
var portBase uint16 = 14000

func newRig(t testing.TB, change ...func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, news: make(chan struct{}, 1)}
	cfg := Config{Addr: loopback, PortMin: portBase, PortMax: portBase + 199, OnEvent: r.take}
	if portBase += 200; portBase > 32000 {
		portBase = 14000
	}
	for _, f := range change {
		f(&cfg)
	}
	e, err := New(cfg)
	require.NoError(t, err)
	r.Engine = e
	t.Cleanup(func() { _ = e.Close() })
	return r
}

func (r *rig) take(ev Event) {
	r.mu.Lock()
	r.events = append(r.events, ev)
	r.mu.Unlock()
	select {
	case r.news <- struct{}{}:
	default:
	}
}

func (r *rig) all() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Event(nil), r.events...)
}

// await waits for the n-th event of a type.
func await[E Event](r *rig, n int) E {
	r.t.Helper()
	deadline := time.After(patience)
	for {
		found := of[E](r)
		if len(found) >= n {
			return found[n-1]
		}
		select {
		case <-r.news:
		case <-deadline:
			var zero E
			r.t.Fatalf("no %T within %v; events: %v", zero, patience, r.all())
		}
	}
}

// of gives the events of a type so far.
func of[E Event](r *rig) []E {
	var out []E
	for _, ev := range r.all() {
		if e, ok := ev.(E); ok {
			out = append(out, e)
		}
	}
	return out
}

// phone is a far end with one RTP stream out.
type phone struct {
	t    testing.TB
	conn *net.UDPConn
	rig  *rig // of its leg
	to   netip.AddrPort
	pt   uint8
	ssrc uint32
	seq  uint16
	ts   uint32
}

func newPhone(t testing.TB, pt uint8, ssrc uint32) *phone {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: loopback.AsSlice()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &phone{t: t, conn: conn, pt: pt, ssrc: ssrc, seq: uint16(ssrc) * 7, ts: ssrc * 1000}
}

func (p *phone) addr() netip.AddrPort { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// leg opens a leg whose far end is the phone.
func (p *phone) leg(r *rig, call, name string) *phone {
	p.t.Helper()
	at, err := r.Open(call, name)
	require.NoError(p.t, err)
	p.rig, p.to = r, at
	require.NoError(p.t, r.SetRemote(name, Remote{Addr: p.addr(), PayloadType: p.pt, TelephoneEventPT: 101}))
	r.settle(name)
	return p
}

// settle waits until all commands of a leg are carried out.
func (r *rig) settle(name string) LegStats {
	r.t.Helper()
	s, err := r.LegStats(name)
	require.NoError(r.t, err)
	return s
}

// until waits for a leg's figures to fulfil a condition.
func (r *rig) until(name string, ok func(LegStats) bool) LegStats {
	r.t.Helper()
	for end := time.Now().Add(patience); ; {
		s := r.settle(name)
		if ok(s) {
			return s
		}
		if time.Now().After(end) {
			r.t.Fatalf("leg %s: %+v", name, s)
		}
	}
}

func (p *phone) write(pkt *rtp.Packet) {
	p.t.Helper()
	b, err := pkt.Marshal()
	require.NoError(p.t, err)
	_, err = p.conn.WriteToUDPAddrPort(b, p.to)
	require.NoError(p.t, err)
}

// send sends the next 20 ms.
func (p *phone) send(payload []byte) *rtp.Packet {
	pkt := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: p.pt, SequenceNumber: p.seq, Timestamp: p.ts,
		SSRC: p.ssrc}, Payload: payload}
	p.write(pkt)
	p.seq++
	p.ts += 160
	return pkt
}

// hold keeps the worker from its work until the function it gives is called.
func (r *rig) hold() func() {
	r.t.Helper()
	held, goOn := make(chan struct{}), make(chan struct{})
	require.NoError(r.t, r.workers[0].queue.post(false, func(*worker) {
		close(held)
		<-goOn
	}))
	<-held
	return func() { close(goOn) }
}

// press sends a telephone-event: two updates and three ends. They are there before the engine looks: one whose end is
// long in coming is taken for ended.
func (p *phone) press(code byte) {
	defer p.rig.hold()()
	for i, end := range []byte{0, 0, 0x80, 0x80, 0x80} {
		dur := uint16(min(i+1, 3) * 160)
		p.write(&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 101, SequenceNumber: p.seq, Timestamp: p.ts,
			SSRC: p.ssrc, Marker: i == 0}, Payload: []byte{code, end | 10, byte(dur >> 8), byte(dur)}})
		p.seq++
	}
	p.ts += 480
}

func (p *phone) receive() *rtp.Packet {
	p.t.Helper()
	b := make([]byte, 2048)
	require.NoError(p.t, p.conn.SetReadDeadline(time.Now().Add(patience)))
	n, err := p.conn.Read(b)
	require.NoError(p.t, err, "nothing comes")
	var pkt rtp.Packet
	require.NoError(p.t, pkt.Unmarshal(b[:n]))
	return &pkt
}

// empty checks that nothing more has come. The caller has settled the engine, and loopback delivers while it sends.
func (p *phone) empty() {
	p.t.Helper()
	require.NoError(p.t, p.conn.SetReadDeadline(time.Now().Add(time.Millisecond)))
	n, err := p.conn.Read(make([]byte, 2048))
	require.Error(p.t, err, "%d bytes came", n)
}

// tone gives n-th 20 ms of a sine in the phone's law.
func tone(pt uint8, hz float64, level float64, n int) []byte {
	out := make([]byte, 160)
	for i := range out {
		v := int16(level * math.Sin(2*math.Pi*hz*float64(n*160+i)/8000))
		if out[i] = g711.EncodePCMU(v); pt == PCMA {
			out[i] = g711.EncodePCMA(v)
		}
	}
	return out
}

// goertzel gives the amplitude of a frequency.
func goertzel(pcm []int16, hz float64) float64 {
	w := 2 * math.Pi * hz / 8000
	var s1, s2 float64
	for _, v := range pcm {
		s1, s2 = float64(v)+2*math.Cos(w)*s1-s2, s1
	}
	re, im := s1-s2*math.Cos(w), s2*math.Sin(w)
	return 2 * math.Hypot(re, im) / float64(len(pcm))
}

// fakeClock is a cluster time the test moves.
type fakeClock struct {
	mu sync.Mutex
	ms int64
}

func (c *fakeClock) now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ms
}

func (c *fakeClock) set(ms int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ms = ms
}

func loopbackPort(port uint16) netip.AddrPort { return netip.AddrPortFrom(loopback, port) }

func localOf(t require.TestingT, fd int) netip.AddrPort {
	sa, err := unix.Getsockname(fd)
	require.NoError(t, err)
	return loopbackPort(uint16(sa.(*unix.SockaddrInet4).Port))
}
