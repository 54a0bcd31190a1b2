package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/wirechief/wirechief/sip/leg"
)

func listenTCP(addr string) (*net.TCPListener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on tcp %s: %w", addr, err)
	}
	return l.(*net.TCPListener), nil
}

// accept takes connections until the listener is closed.
func (t *Transport) accept(l *net.TCPListener) {
	for {
		nc, err := l.AcceptTCP()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			t.Stats.ReadErrors.Add(1) // e.g. no file descriptors: wait for some to come back
			select {
			case <-t.ctx.Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
			continue
		}
		c, err := t.register(addrPort(nc.RemoteAddr()), accepted)
		if err != nil {
			t.Stats.ConnsRefused.Add(1)
			_ = nc.Close()
			continue
		}
		t.Stats.ConnsAccepted.Add(1)
		if !c.attach(nc) {
			continue
		}
		t.wg.Go(c.read)
		t.wg.Go(c.write)
	}
}

// register makes the record of a connection, within the limits.
func (t *Transport) register(remote netip.AddrPort, by origin) (*conn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.registerLocked(remote, by)
}

// origin of a connection, part of the name of its flow: one that we dialled can be dialled again.
type origin string

const (
	accepted origin = "-"
	dialled  origin = "+"
)

func (t *Transport) registerLocked(remote netip.AddrPort, by origin) (*conn, error) {
	if t.closed {
		return nil, ErrClosed
	}
	if len(t.flows) >= t.cfg.MaxConns || t.perIP[remote.Addr()] >= t.cfg.MaxPerIP {
		return nil, ErrTooMany
	}
	t.serial++
	c := &conn{
		t: t, remote: remote, flow: t.boot + string(by) + strconv.FormatUint(t.serial, 10),
		out: make(chan []byte, t.cfg.WriteQueue), done: make(chan struct{}),
	}
	t.flows[c.flow] = c
	t.byAddr[remote] = c
	t.perIP[remote.Addr()]++
	return c, nil
}

// unregister forgets a connection and tells the owner; once per connection.
func (t *Transport) unregister(c *conn) {
	t.mu.Lock()
	delete(t.flows, c.flow)
	if t.byAddr[c.remote] == c {
		delete(t.byAddr, c.remote)
	}
	if t.perIP[c.remote.Addr()]--; t.perIP[c.remote.Addr()] <= 0 {
		delete(t.perIP, c.remote.Addr())
	}
	t.mu.Unlock()
	t.Stats.ConnsClosed.Add(1)
	if t.cfg.FlowClosed != nil {
		t.cfg.FlowClosed(c.flow)
	}
}

// sendTCP sends by the flow named, or dials. Of a flow that is gone the message goes to its Else.
func (t *Transport) sendTCP(to leg.Dest, data []byte) error {
	err := t.sendStream(to, data)
	if errors.Is(err, ErrFlowGone) && to.Else.IsValid() {
		return t.sendStream(leg.Dest{Network: to.Network, Addr: to.Else}, data)
	}
	return err
}

func (t *Transport) sendStream(to leg.Dest, data []byte) error {
	t.mu.Lock()
	c := t.flows[to.Flow]
	if c == nil && to.Flow != "" && !strings.Contains(to.Flow, string(dialled)) {
		t.mu.Unlock()
		return ErrFlowGone
	}
	if c == nil {
		c = t.byAddr[to.Addr]
	}
	if c == nil {
		if !to.Addr.IsValid() {
			t.mu.Unlock()
			return ErrNoSocket
		}
		var err error
		if c, err = t.registerLocked(to.Addr, dialled); err != nil {
			t.mu.Unlock()
			t.Stats.ConnsRefused.Add(1)
			return err
		}
		c.proven.Store(true) // we chose the peer
		c.out <- data        // before the dial, which may have failed by the time anything else is done
		t.wg.Go(c.dial)
		t.mu.Unlock()
		return nil
	}
	t.mu.Unlock()
	return c.enqueue(data)
}
