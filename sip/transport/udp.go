package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/wire"
)

// udpGroup is the sockets of one listen address. The kernel deals sources over them, so that the datagrams of one
// source stay in order.
type udpGroup struct {
	flow  string // "u0", "u1": names the listen address, so that answers leave from it
	local netip.AddrPort
	conns []*net.UDPConn
}

func listenUDP(index int, addr string, sockets int) (*udpGroup, error) {
	g := &udpGroup{flow: "u" + strconv.Itoa(index)}
	lc := net.ListenConfig{Control: reusePort}
	for range max(sockets, 1) {
		pc, err := lc.ListenPacket(context.Background(), "udp", addr)
		if err != nil {
			for _, c := range g.conns {
				err = errors.Join(err, c.Close())
			}
			return nil, fmt.Errorf("listening on udp %s: %w", addr, err)
		}
		c := pc.(*net.UDPConn)
		// The kernel cuts this to its limit; a smaller buffer loses datagrams in a pause, it does not break.
		_ = c.SetReadBuffer(socketBuffer)
		_ = c.SetWriteBuffer(socketBuffer)
		g.conns = append(g.conns, c)
		g.local = addrPort(c.LocalAddr())
		addr = c.LocalAddr().String() // port 0: the others join the one picked
	}
	return g, nil
}

func reusePort(_, _ string, rc syscall.RawConn) error {
	var err error
	if cerr := rc.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}); cerr != nil {
		return cerr
	}
	return err
}

// readUDP reads one socket until it is closed.
func (t *Transport) readUDP(g *udpGroup, c *net.UDPConn) {
	buf := make([]byte, 65536)
	for {
		n, src, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			t.Stats.ReadErrors.Add(1) // e.g. an ICMP error of an earlier send
			continue
		}
		t.Stats.DatagramsIn.Add(1)
		t.Stats.BytesIn.Add(uint64(n))
		if wire.IsKeepAlive(buf[:n]) {
			t.Stats.KeepAlives.Add(1)
			continue
		}
		from := leg.Dest{
			Network: leg.NetworkUDP, Addr: netip.AddrPortFrom(src.Addr().Unmap(), src.Port()), Flow: g.flow,
		}
		t.cfg.Receive(wire.Parse(buf[:n], t.cfg.Limits), from, n)
	}
}

func (t *Transport) sendUDP(to leg.Dest, data []byte) error {
	if len(data) > maxDatagram {
		return ErrTooLarge
	}
	g := t.group(to)
	if g == nil {
		return ErrNoSocket
	}
	n, err := g.conns[0].WriteToUDPAddrPort(data, to.Addr)
	if err != nil {
		t.Stats.WriteErrors.Add(1)
		return fmt.Errorf("sending to udp %s: %w", to.Addr, err)
	}
	t.Stats.DatagramsOut.Add(1)
	t.Stats.BytesOut.Add(uint64(n))
	return nil
}

func (t *Transport) group(to leg.Dest) *udpGroup {
	for _, g := range t.udp {
		if g.flow == to.Flow {
			return g
		}
	}
	for _, g := range t.udp {
		if g.local.Addr().Is4() == to.Addr.Addr().Is4() || g.local.Addr().IsUnspecified() {
			return g
		}
	}
	return nil
}
