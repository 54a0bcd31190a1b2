package sip

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/wirechief/wirechief/sip/auth"
	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/registrar"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds waits for things that must come; silence bounds waits for things that must not.
const (
	patience = 60 * time.Second
	silence  = 60 * time.Millisecond
)

// office is a small directory: trunk addresses and users with the password "secret".
type office struct {
	mu     sync.Mutex
	trunks map[netip.Addr]string
	users  map[string]bool
}

func (o *office) TrunkBySource(src netip.AddrPort) (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	t, ok := o.trunks[src.Addr()]
	return t, ok
}

func (o *office) Credential(user, realm string) (auth.Credential, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.users[user] {
		return auth.Credential{}, false
	}
	return auth.Credential{
		SHA256: auth.HA1(auth.SHA256, user, realm, "secret"), MD5: auth.HA1(auth.MD5, user, realm, "secret"),
	}, true
}

// desk records what reaches the handler; onInvite may bind or reply.
type desk struct {
	e        *Endpoint
	mu       sync.Mutex
	onInvite func(req *sip.Request, src leg.Dest, id Identity)
	invites  chan invited
	messages chan sip.Message
	unsent   chan any // sinks
}

type invited struct {
	req *sip.Request
	src leg.Dest
	id  Identity
}

// handle sets what is done with new INVITEs.
func (d *desk) handle(f func(req *sip.Request, src leg.Dest, id Identity)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.onInvite = f
}

func (d *desk) Unsent(sink any, _ sip.Message) { d.unsent <- sink }

func (d *desk) Invite(req *sip.Request, src leg.Dest, id Identity) {
	d.mu.Lock()
	f := d.onInvite
	d.mu.Unlock()
	if f != nil {
		f(req, src, id)
	}
	d.invites <- invited{req, src, id}
}

func (d *desk) Message(_ any, msg sip.Message, _ leg.Dest) { d.messages <- msg }

// Loopback addresses of the parties. Anything in 127/8 can be bound.
var (
	trunkIP   = netip.MustParseAddr("127.0.0.2")
	strangers = netip.MustParseAddr("127.0.0.9")
)

type testEndpoint struct {
	*Endpoint
	desk     *desk
	office   *office
	udp, tcp netip.AddrPort
	changes  chan registrar.Change
}

func startEndpoint(t testing.TB, edit func(*Config)) *testEndpoint {
	t.Helper()
	te := &testEndpoint{
		desk: &desk{invites: make(chan invited, 1024), messages: make(chan sip.Message, 65536), unsent: make(chan any, 16)},
		office: &office{
			trunks: map[netip.Addr]string{trunkIP: "carrier"},
			users:  map[string]bool{"alice": true, "bob": true, "user": true, "watson": true, "j.user": true},
		},
		changes: make(chan registrar.Change, 1024),
	}
	cfg := Config{
		UDP: []string{"127.0.0.1:0"}, TCP: []string{"127.0.0.1:0"}, UDPSockets: 2, ForceRport: true,
		Directory: te.office, Handler: te.desk, Logger: slog.New(slog.DiscardHandler), UnprovenRate: 1e6,
		UnprovenBurst: 1e6, OnRegistration: func(c registrar.Change) { te.changes <- c },
	}
	if edit != nil {
		edit(&cfg)
	}
	e, err := New(cfg)
	require.NoError(t, err)
	te.Endpoint, te.desk.e = e, e
	require.NoError(t, e.Start())
	for _, a := range e.Addrs() {
		if a.Network == leg.NetworkUDP {
			te.udp = a.Addr
		} else {
			te.tcp = a.Addr
		}
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, e.Close(ctx))
	})
	return te
}

// peer is a SIP element of the test: one UDP socket or one TCP connection.
type peer struct {
	t    testing.TB
	conn net.Conn
	buf  []byte
}

func (te *testEndpoint) peerUDP(t testing.TB, from netip.Addr) *peer {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.UDPAddr{IP: from.AsSlice()}}
	c, err := d.Dial("udp", te.udp.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return &peer{t: t, conn: c}
}

func (te *testEndpoint) peerTCP(t testing.TB, from netip.Addr) *peer {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: from.AsSlice()}, Timeout: patience}
	c, err := d.Dial("tcp", te.tcp.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return &peer{t: t, conn: c}
}

func (p *peer) send(data []byte) {
	p.t.Helper()
	_, err := p.conn.Write(data)
	require.NoError(p.t, err)
}

// receive waits for one whole message.
func (p *peer) receive() string {
	p.t.Helper()
	msg, err := p.read(patience)
	require.NoError(p.t, err)
	return msg
}

// final waits for one final response, skipping 1xx.
func (p *peer) final() string {
	p.t.Helper()
	for {
		if m := p.receive(); !strings.HasPrefix(m, "SIP/2.0 1") {
			return m
		}
	}
}

// quiet asserts that nothing comes for a short while.
func (p *peer) quiet(what string) {
	p.t.Helper()
	msg, err := p.read(silence)
	require.Error(p.t, err, "%s: unexpected %q", what, msg)
}

func (p *peer) read(wait time.Duration) (string, error) {
	_ = p.conn.SetReadDeadline(time.Now().Add(wait))
	chunk := make([]byte, 65536)
	for {
		if _, ok := p.conn.(*net.UDPConn); ok {
			n, err := p.conn.Read(chunk)
			return string(chunk[:n]), err
		}
		if end := bytes.Index(p.buf, []byte("\r\n\r\n")); end >= 0 {
			length := 0
			_, tail, found := strings.Cut(string(p.buf[:end+2]), "Content-Length: ")
			if found {
				_, _ = fmt.Sscan(tail, &length)
			}
			if total := end + 4 + length; len(p.buf) >= total {
				msg := string(p.buf[:total])
				p.buf = p.buf[total:]
				return msg, nil
			}
		}
		n, err := p.conn.Read(chunk)
		p.buf = append(p.buf, chunk[:n]...)
		if err != nil {
			return "", err
		}
	}
}

func code(msg string) string {
	_, rest, _ := strings.Cut(msg, " ")
	c, _, _ := strings.Cut(rest, " ")
	return c
}

// headerOf gives the first value of a header.
func headerOf(msg, name string) string {
	for line := range strings.SplitSeq(msg, "\r\n") {
		if n, v, ok := strings.Cut(line, ": "); ok && strings.EqualFold(n, name) {
			return v
		}
	}
	return ""
}

var serial struct {
	sync.Mutex
	n int
}

func next() int {
	serial.Lock()
	defer serial.Unlock()
	serial.n++
	return serial.n
}

// request makes a plain request; extra are whole header lines with CRLF.
func request(method, callID string, cseq int, extra string) []byte {
	return fmt.Appendf(nil, "%s sip:100@wirechief.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK%d;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: <sip:alice@wirechief.test>;tag=f1\r\nTo: <sip:100@wirechief.test>\r\nCall-ID: %s\r\n"+
		"CSeq: %d %s\r\nContact: <sip:alice@127.0.0.2>\r\n%sContent-Length: 0\r\n\r\n",
		method, next(), callID, cseq, method, extra)
}

func registerFor(user, callID string, cseq int, extra string) []byte {
	return fmt.Appendf(nil, "REGISTER sip:wirechief.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9;branch=z9hG4bK%d;rport\r\n"+
		"Max-Forwards: 70\r\nFrom: <sip:%s@wirechief.test>;tag=f1\r\nTo: <sip:%s@wirechief.test>\r\nCall-ID: %s\r\n"+
		"CSeq: %d REGISTER\r\nUser-Agent: A desk phone of some usual length/1.0\r\n"+
		"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY\r\nContact: <sip:%s@127.0.0.9:5090>\r\n"+
		"Expires: 600\r\n%sContent-Length: 0\r\n\r\n", next(), user, user, callID, cseq, user, extra)
}

// authorize answers a 401.
func authorize(challenge, method, uri, user, password, nc string) string {
	h := headerOf(challenge, "WWW-Authenticate")
	_, realm, _ := strings.Cut(h, `realm="`)
	realm, _, _ = strings.Cut(realm, `"`)
	_, nonce, _ := strings.Cut(h, `nonce="`)
	nonce, _, _ = strings.Cut(nonce, `"`)
	ha1 := auth.HA1(auth.SHA256, user, realm, password)
	return fmt.Sprintf("Authorization: Digest username=%q, realm=%q, nonce=%q, uri=%q, response=%q, algorithm=SHA-256, "+
		"cnonce=\"c\", qop=auth, nc=%s\r\n", user, realm, nonce, uri,
		auth.Response(auth.SHA256, ha1, nonce, nc, "c", method, uri), nc)
}

// authorized answers the 401 of a REGISTER.
func authorized(challenge, user, password string) string {
	return authorize(challenge, "REGISTER", "sip:wirechief.test", user, password, "00000001")
}

// withLine puts a header line in front of Content-Length, or at the end of the head.
func withLine(msg []byte, line string) []byte {
	head, body, _ := bytes.Cut(msg, []byte("\r\n\r\n"))
	return fmt.Appendf(nil, "%s\r\n%s\r\n%s", head, line, body)
}
