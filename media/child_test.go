package media

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// recordingChild records a call with itself in real time and says each 20 ms when it has sent and how late it was at
// worst so far, in ms, until it is killed.
func recordingChild() {
	port, err := strconv.Atoi(os.Getenv("WIRECHIEF_MEDIA_PORT"))
	must(err)
	e, err := New(Config{Addr: loopback, PortMin: uint16(port), PortMax: uint16(port) + 9,
		RecordDir: os.Getenv("WIRECHIEF_MEDIA_DIR")})
	must(err)
	var conns [2]net.Conn
	for i, name := range []string{"a", "b"} {
		at, err := e.Open("call", name)
		must(err)
		conns[i], err = net.Dial("udp4", at.String())
		must(err)
		must(e.SetRemote(name, Remote{Addr: conns[i].LocalAddr().(*net.UDPAddr).AddrPort()}))
	}
	must(e.Bridge("a", "b"))
	must(e.Record(RecordingStart{ID: "rec", CallerLeg: "a", AgentLeg: "b"}))
	_, err = e.LegStats("a")
	must(err)
	tick := time.NewTicker(20 * time.Millisecond)
	last, late := time.Now(), time.Duration(0)
	for i := 0; ; i++ {
		<-tick.C
		now := time.Now()
		last, late = now, max(late, now.Sub(last)-20*time.Millisecond)
		for side, c := range conns {
			p := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: uint32(side + 1), SequenceNumber: uint16(i),
				Timestamp: uint32(i * 160)}, Payload: tone(PCMU, 440+300*float64(side), 8000, i)}
			b, err := p.Marshal()
			must(err)
			_, err = c.Write(b)
			must(err)
		}
		fmt.Println(time.Now().UnixMilli(), late.Milliseconds())
	}
}

// loadChild sends packets at a steady rate to the ports it is told, round robin, from one socket for each, and reads
// what comes back. It reads lines "count rate" and answers "done".
func loadChild() {
	n, err := strconv.Atoi(os.Getenv("WIRECHIEF_MEDIA_LEGS"))
	must(err)
	fds := make([]int, n)
	for i := range fds {
		fds[i], err = openSocket(loopback, 0)
		must(err)
		sa, err := unix.Getsockname(fds[i])
		must(err)
		fmt.Println(sa.(*unix.SockaddrInet4).Port)
	}
	to := make([]sockaddr, n)
	for i := range to {
		var port uint16
		_, err := fmt.Scanln(&port)
		must(err)
		to[i].set(loopbackPort(port))
	}
	seq := make([]uint16, n)
	buf, pkt := make([]byte, 2048), make([]byte, 172)
	var from sockaddr
	for {
		var count, rate int
		if _, err := fmt.Scanln(&count, &rate); err != nil {
			return
		}
		begin := time.Now()
		for k := range count {
			if due := time.Duration(k) * time.Second / time.Duration(rate); time.Since(begin) < due {
				time.Sleep(due - time.Since(begin))
			}
			i := k % n
			p := rtp.Header{Version: 2, SSRC: uint32(i), SequenceNumber: seq[i], Timestamp: uint32(seq[i]) * 160}
			_, err := p.MarshalTo(pkt)
			must(err)
			seq[i]++
			_ = sendTo(fds[i], pkt, &to[i])
			_, _ = recvFrom(fds[i], buf, &from)
		}
		fmt.Println("done")
	}
}
