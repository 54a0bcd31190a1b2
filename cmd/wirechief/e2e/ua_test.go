package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var ids atomic.Uint64

func fresh() string { return fmt.Sprintf("e%d", ids.Add(1)) }

// ua is a small SIP user agent with real audio: a phone when it registers, a caller when it dials.
type ua struct {
	watch
	t       *testing.T
	network string // UDP or TCP
	name    string // user part of its addresses
	ip      netip.Addr
	local   netip.AddrPort
	engine  netip.AddrPort
	write   func(string)
	close   func()

	calls   map[string]*dialog  // by Call-ID; guarded by watch
	replies map[string]*message // final responses outside dialogs, by Call-ID and CSeq; guarded by watch
	rung    []*dialog           // calls that came in, oldest first; guarded by watch
	seen    int                 // of rung, by await; guarded by watch
	stray   []*message          // guarded by watch
}

// newUA opens a user agent that talks to the engine over a network, "udp" or "tcp", on an address of its own.
func newUA(t *testing.T, e *engine, network, name string) *ua {
	t.Helper()
	return openUA(t, e, network, name, netip.AddrPortFrom(host(), 0))
}

// openUA is newUA at a given address.
func openUA(t *testing.T, e *engine, network, name string, at netip.AddrPort) *ua {
	t.Helper()
	u := &ua{
		t: t, network: strings.ToUpper(network), name: name, ip: at.Addr(), engine: e.udp,
		calls: make(map[string]*dialog), replies: make(map[string]*message),
	}
	if network == "tcp" {
		u.engine = e.tcp
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(at)}
		c, err := d.Dial("tcp", e.tcp.String())
		require.NoError(t, err)
		u.local = c.LocalAddr().(*net.TCPAddr).AddrPort()
		u.write = func(s string) { _, _ = c.Write([]byte(s)) }
		u.close = func() { _ = c.Close() }
		go u.stream(c)
	} else {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		require.NoError(t, err)
		u.local = c.LocalAddr().(*net.UDPAddr).AddrPort()
		u.write = func(s string) { _, _ = c.WriteToUDPAddrPort([]byte(s), u.engine) }
		u.close = func() { _ = c.Close() }
		go u.datagrams(c)
	}
	t.Cleanup(u.end)
	return u
}

func (u *ua) end() {
	u.Lock()
	calls := u.calls
	u.calls = nil
	u.Unlock()
	for _, d := range calls {
		d.rtp.close()
	}
	u.close()
}

func (u *ua) stream(c net.Conn) {
	buf, have := make([]byte, 65536), ""
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		for have += string(buf[:n]); ; {
			have = strings.TrimLeft(have, "\r\n")
			m, rest, whole := parse(have)
			if !whole {
				break
			}
			have = rest
			u.receive(m)
		}
	}
}

func (u *ua) datagrams(c *net.UDPConn) {
	buf := make([]byte, 65536)
	for {
		n, _, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if m, _, whole := parse(string(buf[:n])); whole {
			u.receive(m)
		}
	}
}

func (u *ua) contact() string {
	c := "sip:" + u.name + "@" + u.local.String()
	if u.network == "TCP" {
		c += ";transport=tcp"
	}
	return c
}

func (u *ua) via() string {
	return fmt.Sprintf("SIP/2.0/%s %s;branch=z9hG4bK%s;rport", u.network, u.local, fresh())
}

// repeat sends over UDP until stop, called under the lock, says enough; over TCP once (RFC 3261 17.1.1.2).
func (u *ua) repeat(text string, stop func() bool) { u.again(text, stop, 500*time.Millisecond) }

func (u *ua) again(text string, stop func() bool, next time.Duration) {
	u.write(text)
	if u.network == "TCP" || next > 16*time.Second {
		return
	}
	time.AfterFunc(next, func() {
		u.Lock()
		enough := u.calls == nil || stop()
		u.Unlock()
		if !enough {
			u.again(text, stop, 2*next)
		}
	})
}

// receive takes one message from the wire.
func (u *ua) receive(m *message) {
	u.Lock()
	defer u.Unlock()
	defer u.tell()
	if u.calls == nil {
		return
	}
	id := m.get("Call-ID")
	d := u.calls[id]
	switch {
	case d != nil && m.code > 0:
		d.response(m)
	case d != nil:
		d.request(m)
	case m.code >= 200:
		u.replies[id+" "+m.get("CSeq")] = m
	case m.method == "INVITE":
		d = u.incoming(m)
		u.calls[id] = d
		u.rung = append(u.rung, d)
	case m.method == "OPTIONS":
		u.write(m.respond(200, fresh()).String())
	case m.method != "" && m.method != "ACK":
		u.stray = append(u.stray, m)
		u.write(m.respond(481, fresh()).String())
	}
}

// ask sends a request outside any dialog and awaits its final response.
func (u *ua) ask(m *message) *message {
	u.t.Helper()
	key := m.get("Call-ID") + " " + m.get("CSeq")
	u.repeat(m.String(), func() bool { return u.replies[key] != nil })
	var got *message
	u.await(u.t, m.method+" to be answered", func() bool {
		got = u.replies[key]
		return got != nil
	})
	return got
}

// out begins a request outside any dialog.
func (u *ua) out(method, uri, to string) *message {
	m := &message{method: method, uri: uri}
	m.add("Via", u.via())
	m.add("Max-Forwards", "70")
	m.add("From", "<sip:"+u.name+"@"+u.ip.String()+">;tag="+fresh())
	m.add("To", to)
	m.add("Call-ID", fresh()+"@"+u.ip.String())
	m.add("CSeq", "1 "+method)
	m.add("Contact", "<"+u.contact()+">")
	return m
}

// ring awaits the next call that comes in.
func (u *ua) ring() *dialog {
	u.t.Helper()
	var d *dialog
	u.await(u.t, u.name+" to ring", func() bool {
		if len(u.rung) <= u.seen {
			return false
		}
		d = u.rung[u.seen]
		u.seen++
		return true
	})
	return d
}

// calm says how many calls came in that no test has taken with ring.
func (u *ua) calm() int {
	u.Lock()
	defer u.Unlock()
	return len(u.rung) - u.seen
}
