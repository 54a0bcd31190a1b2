package sip

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/leg"
)

// maxPings bounds the pings under way.
const maxPings = 4096

// PingResult is the outcome of a Ping.
type PingResult struct {
	OK   bool          // some final response came; its code does not matter: the far end is alive
	Code int           // 0 on timeout
	RTT  time.Duration // until the response
}

// pings are our OPTIONS under way, by Call-ID.
type pings struct {
	mu     sync.Mutex
	m      map[string]*ping // guarded by mu
	closed bool             // guarded by mu
}

type ping struct {
	timer *time.Timer
	began time.Time
	done  func(PingResult)
}

// Ping sends OPTIONS to a far end and calls done once, on any goroutine; on Close with a timeout. Over UDP it is
// repeated at 0.5, 1.5, 3.5 ... seconds (timer E) while there is time.
func (e *Endpoint) Ping(to leg.Dest, timeout time.Duration, done func(PingResult)) error {
	callID := "ping-" + rand.Text()
	data := e.pingMessage(to, callID)
	p := &ping{began: e.cfg.Now(), done: done}
	e.pings.mu.Lock()
	if e.pings.closed || len(e.pings.m) >= maxPings {
		e.pings.mu.Unlock()
		return ErrPingBusy
	}
	if e.pings.m == nil {
		e.pings.m = map[string]*ping{}
	}
	e.pings.m[callID] = p
	first := timeout
	if !to.Reliable() {
		first = min(t1, timeout)
	}
	wait, spent := first, first
	p.timer = time.AfterFunc(first, func() {
		if spent >= timeout {
			e.Stats.PingTimeouts.Add(1)
			e.pings.finish(callID, PingResult{})
			return
		}
		_ = e.Send(to, data) // an error shows as the timeout
		wait = min(2*wait, t2, timeout-spent)
		spent += wait
		e.pings.rearm(callID, wait)
	})
	e.pings.mu.Unlock()
	e.Stats.Pings.Add(1)
	_ = e.Send(to, data) // an error shows as the timeout
	return nil
}

func (ps *pings) rearm(callID string, wait time.Duration) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if p := ps.m[callID]; p != nil {
		p.timer.Reset(wait)
	}
}

// finish ends a ping; false if there is none.
func (ps *pings) finish(callID string, r PingResult) bool {
	ps.mu.Lock()
	p := ps.m[callID]
	delete(ps.m, callID)
	ps.mu.Unlock()
	if p == nil {
		return false
	}
	p.timer.Stop()
	p.done(r)
	return true
}

// response takes a response that belongs to no leg.
func (ps *pings) response(callID string, res *sip.Response, now time.Time) bool {
	if res.StatusCode < 200 {
		return false
	}
	ps.mu.Lock()
	p := ps.m[callID]
	ps.mu.Unlock()
	return p != nil && ps.finish(callID, PingResult{OK: true, Code: res.StatusCode, RTT: now.Sub(p.began)})
}

// close ends every ping as timed out.
func (ps *pings) close() {
	ps.mu.Lock()
	ps.closed = true
	ids := make([]string, 0, len(ps.m))
	for id := range ps.m {
		ids = append(ids, id)
	}
	ps.mu.Unlock()
	for _, id := range ids {
		ps.finish(id, PingResult{})
	}
}

func (e *Endpoint) pingMessage(to leg.Dest, callID string) []byte {
	local := e.Advertised(to)
	network := "UDP"
	if to.Reliable() {
		network = "TCP"
	}
	return fmt.Appendf(nil, "OPTIONS sip:%s SIP/2.0\r\n"+
		"Via: SIP/2.0/%s %s;branch=z9hG4bK%s;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: <sip:ping@%s>;tag=%s\r\nTo: <sip:%s>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\n"+
		"Contact: <sip:%s>\r\nUser-Agent: %s\r\nContent-Length: 0\r\n\r\n",
		to.Addr, network, local, rand.Text(), local, rand.Text()[:12], to.Addr, callID, local, e.cfg.UserAgent)
}

// Advertised gives the host:port to put into Via and Contact of requests to a far end: AdvertiseAddr, or the address
// listened on for its transport.
func (e *Endpoint) Advertised(to leg.Dest) string {
	if e.cfg.AdvertiseAddr != "" {
		return e.cfg.AdvertiseAddr
	}
	network := leg.NetworkUDP
	if to.Reliable() {
		network = leg.NetworkTCP
	}
	for _, b := range e.net.Addrs() {
		switch {
		case b.Network != network:
		case b.Addr.Addr().IsUnspecified():
			return netip.AddrPortFrom(localAddr(to.Addr, b.Addr.Addr()), b.Addr.Port()).String()
		case b.Addr.Addr().Is4() == to.Addr.Addr().Is4():
			return b.Addr.String()
		}
	}
	return e.net.Addrs()[0].Addr.String()
}

// localAddr asks the routing table which of our addresses a far end sees; connecting a datagram socket sends nothing.
func localAddr(to netip.AddrPort, fallback netip.Addr) netip.Addr {
	c, err := net.Dial("udp", to.String()) //nolint:noctx // ends at once, or with what is opened
	if err != nil {
		return fallback
	}
	defer func() { _ = c.Close() }()
	ap, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil {
		return fallback
	}
	return ap.Addr().Unmap()
}
