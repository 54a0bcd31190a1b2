package transport

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds waits for things that must come.
const patience = 60 * time.Second

type got struct {
	p   wire.Parsed
	src leg.Dest
}

type rig struct {
	*Transport
	in       chan got
	closed   chan string
	udp, tcp netip.AddrPort
	end      func() // closes it
}

func start(t testing.TB, edit func(*Config)) *rig {
	t.Helper()
	r := &rig{in: make(chan got, 1024), closed: make(chan string, 64)}
	cfg := Config{
		UDP: []string{"127.0.0.1:0"}, TCP: []string{"127.0.0.1:0"}, UDPSockets: 3, Limits: wire.Limits{}.WithDefaults(),
		MaxConns: 64, MaxPerIP: 32, IdleUnproven: patience, IdleProven: patience, HalfMessage: patience, WriteQueue: 16,
		Logger:     slog.New(slog.DiscardHandler),
		Receive:    func(p wire.Parsed, src leg.Dest, _ int) { r.in <- got{p, src} },
		FlowClosed: func(flow string) { r.closed <- flow },
	}
	if edit != nil {
		edit(&cfg)
	}
	r.Transport = New(cfg)
	require.NoError(t, r.Listen())
	r.end = sync.OnceFunc(func() { require.NoError(t, r.Close()) })
	t.Cleanup(r.end)
	for _, a := range r.Addrs() {
		if a.Network == leg.NetworkUDP {
			r.udp = a.Addr
		} else {
			r.tcp = a.Addr
		}
	}
	return r
}

func (r *rig) dial(t testing.TB) *net.TCPConn {
	t.Helper()
	c, err := net.DialTimeout("tcp", r.tcp.String(), patience)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

func within[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func message(callID string, body string) []byte {
	return fmt.Appendf(nil, "MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch=z9hG4bK1\r\nFrom: <sip:c@d>;tag=1\r\n"+
		"To: <sip:a@b>\r\nCall-ID: %s\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s",
		callID, len(body), body)
}

func write(t testing.TB, c net.Conn, data []byte) {
	t.Helper()
	_, err := c.Write(data)
	require.NoError(t, err)
}

func (g got) callID(t testing.TB) string {
	t.Helper()
	require.Nil(t, g.p.Fault)
	return string(*g.p.Msg.CallID())
}

func TestStreamSplitAndMerged(t *testing.T) {
	r := start(t, nil)
	c := r.dial(t)
	var all []byte
	for i := range 20 {
		all = append(all, message(fmt.Sprint("m", i), strings.Repeat("x", i*7))...)
	}
	write(t, c, all) // merged
	for i := range 20 {
		require.Equal(t, fmt.Sprint("m", i), within(t, r.in).callID(t))
	}
	one := message("split", "body with \r\n\r\n inside")
	for _, b := range one { // split at every octet
		write(t, c, []byte{b})
	}
	g := within(t, r.in)
	require.Equal(t, "split", g.callID(t))
	require.Equal(t, "body with \r\n\r\n inside", string(g.p.Msg.Body()))
}

func TestKeepAliveGetsAPong(t *testing.T) {
	r := start(t, nil)
	c := r.dial(t)
	write(t, c, []byte("\r\n"))
	write(t, c, []byte("\r\n"))
	buf := make([]byte, 16)
	_ = c.SetReadDeadline(time.Now().Add(patience))
	n, err := c.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "\r\n", string(buf[:n]))
	write(t, c, message("after", ""))
	require.Equal(t, "after", within(t, r.in).callID(t))
}

func ended(t testing.TB, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	_, err := c.Read(make([]byte, 4096))
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the far end did not close")
}

func TestOversizeStreamIsRefused(t *testing.T) {
	r := start(t, nil)
	for name, data := range map[string][]byte{
		"endless head": bytes.Repeat([]byte("X-Pad: 0123456789\r\n"), 5000),
		"endless line": bytes.Repeat([]byte("y"), 70_000),
		"huge body": []byte("MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch=z9hG4bK1\r\nFrom: <sip:c@d>;tag=1\r\n" +
			"To: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\nContent-Length: 99999999\r\n\r\n"),
	} {
		c := r.dial(t)
		_, _ = c.Write(data)
		g := within(t, r.in)
		require.NotNil(t, g.p.Fault, name)
		require.True(t, g.p.Fault.Close, name)
		ended(t, c)
	}
	require.EqualValues(t, 3, r.Stats.StreamsRefused.Load())
}

func TestSlowSendersAreClosed(t *testing.T) {
	r := start(t, func(c *Config) { c.HalfMessage = 30 * time.Millisecond })
	half := r.dial(t)
	write(t, half, message("never", "whole")[:60])
	ended(t, half)
	require.EqualValues(t, 1, r.Stats.HalfMessageClosed.Load())
	require.Zero(t, r.Stats.IdleClosed.Load())
	r = start(t, func(c *Config) { c.IdleUnproven = 60 * time.Millisecond })
	idle := r.dial(t)
	ended(t, idle)
	require.EqualValues(t, 1, r.Stats.IdleClosed.Load())
	require.Zero(t, r.Stats.HalfMessageClosed.Load())
}

func TestProvenFlowsMayIdle(t *testing.T) {
	in, proven := make(chan got), make(chan struct{})
	r := start(t, func(c *Config) {
		c.IdleUnproven = 50 * time.Millisecond
		c.Receive = func(p wire.Parsed, src leg.Dest, _ int) {
			in <- got{p, src}
			<-proven // the next read has the longer deadline
		}
	})
	var known *net.TCPConn
	var g got
	for known == nil { // a connection that said nothing in time is closed: then another, as often as the machine sleeps
		c := r.dial(t)
		_, _ = c.Write(message("hello", ""))
		select {
		case g = <-in:
			known = c
		case <-r.closed:
		}
	}
	r.Prove(g.src.Flow)
	close(proven)
	ended(t, r.dial(t))
	require.NoError(t, r.Send(g.src, []byte("still here")))
	buf := make([]byte, 64)
	_ = known.SetReadDeadline(time.Now().Add(patience))
	n, err := known.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "still here", string(buf[:n]))
}

func TestReaderThatStopsReadingIsClosed(t *testing.T) {
	r := start(t, nil)
	c := r.dial(t)
	write(t, c, message("x", ""))
	src := within(t, r.in).src
	big := bytes.Repeat([]byte("z"), 1<<20)
	var err error
	for range 64 {
		if err = r.Send(src, big); err != nil {
			break
		}
	}
	require.Error(t, err)
	require.Equal(t, src.Flow, within(t, r.closed))
	require.ErrorIs(t, r.Send(src, big), ErrFlowGone)
	require.EqualValues(t, 1, r.Stats.QueueFull.Load())
}

func TestConnectionsAreBounded(t *testing.T) {
	r := start(t, func(c *Config) { c.MaxPerIP = 3 })
	for range 3 {
		c := r.dial(t)
		write(t, c, message("x", ""))
		within(t, r.in)
	}
	ended(t, r.dial(t))
	require.EqualValues(t, 1, r.Stats.ConnsRefused.Load())
	to := leg.Dest{Network: "tcp", Addr: netip.MustParseAddrPort("127.0.0.1:9")}
	require.ErrorIs(t, r.Send(to, []byte("x")), ErrTooMany)
}

func TestConnectionsAreReusedForRequests(t *testing.T) {
	a, b := start(t, nil), start(t, nil)
	to := leg.Dest{Network: "tcp", Addr: b.tcp}
	require.NoError(t, a.Send(to, message("1", "")))
	require.NoError(t, a.Send(to, message("2", "")))
	first, second := within(t, b.in), within(t, b.in)
	require.Equal(t, "1", first.callID(t))
	require.Equal(t, first.src, second.src, "one connection")
	require.NoError(t, b.Send(first.src, message("back-by-flow", "")))
	require.Equal(t, "back-by-flow", within(t, a.in).callID(t))
	require.NoError(t, b.Send(leg.Dest{Network: "tcp", Addr: first.src.Addr}, message("back-by-address", "")))
	require.Equal(t, "back-by-address", within(t, a.in).callID(t))
	require.Equal(t, 1, a.Conns())
}

// RFC 3261 18: who was dialled once can be dialled again; who came to us, from some port of theirs, cannot.
func TestAFlowWeDialledIsDialledAgain(t *testing.T) {
	a, b := start(t, nil), start(t, nil)
	require.NoError(t, b.Send(leg.Dest{Network: "tcp", Addr: a.tcp}, message("1", "")))
	theirs := within(t, a.in).src
	require.NoError(t, a.Send(theirs, message("2", "")))
	ours := within(t, b.in).src
	require.Equal(t, a.tcp, ours.Addr)
	a.end()
	within(t, b.closed)
	again := start(t, func(c *Config) { c.TCP = []string{a.tcp.String()} })
	require.NoError(t, b.Send(ours, message("3", "")))
	require.Equal(t, "3", within(t, again.in).callID(t))
	require.ErrorIs(t, again.Send(theirs, message("4", "")), ErrFlowGone)
}

// RFC 3261 18.1.1, 18.2.2: who came to us and closed its connection is dialled where it says it listens.
func TestAFlowThatIsGoneIsReplaced(t *testing.T) {
	a, b := start(t, nil), start(t, nil)
	c := a.dial(t)
	write(t, c, message("1", ""))
	to := within(t, a.in).src
	require.NoError(t, c.Close())
	within(t, a.closed)
	require.ErrorIs(t, a.Send(to, message("2", "")), ErrFlowGone)
	to.Else = b.tcp
	require.NoError(t, a.Send(to, message("3", "")))
	require.Equal(t, "3", within(t, b.in).callID(t))
}

// A leg or binding read from the journal names a flow of an earlier process; it must not be sent to somebody else.
func TestFlowsOfTwoProcessesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 20 {
		r := start(t, nil)
		write(t, r.dial(t), message("x", ""))
		flow := within(t, r.in).src.Flow
		require.False(t, seen[flow], flow)
		seen[flow] = true
	}
}

func TestDialThatFailsFreesItsPlace(t *testing.T) {
	// A port that is bound but not listened on refuses, and nobody else gets it meanwhile.
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	defer func() { _ = unix.Close(fd) }()
	require.NoError(t, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	bound, err := unix.Getsockname(fd)
	require.NoError(t, err)
	dead := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(bound.(*unix.SockaddrInet4).Port))
	r := start(t, nil)
	require.NoError(t, r.Send(leg.Dest{Network: "tcp", Addr: dead}, []byte("x")))
	within(t, r.closed)
	require.Zero(t, r.Conns())
	require.EqualValues(t, 1, r.Stats.DialsFailed.Load())
}

func TestDatagrams(t *testing.T) {
	r := start(t, nil)
	c, err := net.Dial("udp", r.udp.String())
	require.NoError(t, err)
	defer c.Close()
	write(t, c, []byte("\r\n\r\n"))
	write(t, c, message("large", strings.Repeat("m", 20_000))) // beyond any MTU
	g := within(t, r.in)
	require.Equal(t, "large", g.callID(t))
	require.Len(t, g.p.Msg.Body(), 20_000)
	require.NoError(t, r.Send(g.src, []byte("answer")))
	buf := make([]byte, 64)
	_ = c.SetReadDeadline(time.Now().Add(patience))
	n, err := c.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "answer", string(buf[:n]))
	require.EqualValues(t, 1, r.Stats.KeepAlives.Load())
	require.ErrorIs(t, r.Send(g.src, make([]byte, 70_000)), ErrTooLarge)
	require.ErrorIs(t, r.Send(leg.Dest{Network: "ws"}, []byte("x")), ErrNoSocket)
}

func TestListenFailureLeavesNothingOpen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	tr := New(Config{UDP: []string{"127.0.0.1:0"}, TCP: []string{l.Addr().String()}, UDPSockets: 1})
	require.Error(t, tr.Listen())
}
