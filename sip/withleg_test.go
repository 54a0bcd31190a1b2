package sip

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/sip/leg"
)

// switchboard runs real legs behind the endpoint, without timers: nothing is lost on the loopback.
type switchboard struct {
	e      *Endpoint
	mu     sync.Mutex
	legs   map[string]*leg.State
	events chan leg.Event
}

const testSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

func (s *switchboard) params(src leg.Dest) leg.Params {
	at := s.e.Advertised(src)
	return leg.Params{LocalTag: fmt.Sprint("ours", next()), BranchSeed: uint64(next()), Contact: "sip:call@" + at, Via: at}
}

// do sends what a step asks for. The lane and the test both step legs, hence the lock.
func (s *switchboard) do(callID string, out leg.Output) {
	for _, m := range out.Send {
		if err := s.e.Send(m.To, m.Data); err != nil {
			panic(err)
		}
	}
	for _, ev := range out.Events {
		if _, over := ev.(leg.Released); over {
			s.e.Unbind(callID, s.legs[callID].Last)
		}
		s.events <- ev
	}
}

func (s *switchboard) Invite(req *sip.Request, src leg.Dest, _ Identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := string(*req.CallID())
	now := time.Now().UnixMilli()
	l, out := leg.Inbound(req, src, s.params(src), now)
	s.legs[id] = l
	s.e.Bind(id, id)
	s.do(id, out)
	s.do(id, l.Do(leg.Ring{}, now))
	s.do(id, l.Do(leg.Answer{SDP: []byte(testSDP)}, now))
}

func (s *switchboard) Message(sink any, msg sip.Message, src leg.Dest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := sink.(string)
	s.do(id, s.legs[id].Receive(msg, src, time.Now().UnixMilli()))
}

func (s *switchboard) Unsent(sink any, _ sip.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := sink.(string)
	s.do(id, s.legs[id].Do(leg.TransportError{}, time.Now().UnixMilli()))
}

func (s *switchboard) call(dest leg.Dest, target string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprint("out-", next())
	l, out := leg.Outbound(leg.OutboundParams{
		Params: s.params(dest), CallID: id, Target: target, Dest: dest, SDP: []byte(testSDP),
		From: leg.Address{URI: "sip:center@h"}, To: leg.Address{URI: target},
	}, time.Now().UnixMilli())
	s.legs[id] = l
	s.e.Bind(id, id)
	s.do(id, out)
}

func startSwitchboard(t *testing.T) (*testEndpoint, *switchboard) {
	s := &switchboard{legs: map[string]*leg.State{}, events: make(chan leg.Event, 64)}
	te := startEndpoint(t, func(c *Config) { c.Handler = s })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.e = te.Endpoint
	return te, s
}

// eventOf waits for an event of one kind; a leg of an earlier call may still report that it is released.
func eventOf[E leg.Event](t *testing.T, s *switchboard) E {
	t.Helper()
	for {
		if e, ok := within(t, s.events).(E); ok {
			return e
		}
	}
}

func withBody(msg []byte) []byte {
	head := strings.TrimSuffix(string(msg), "Content-Length: 0\r\n\r\n")
	return fmt.Appendf(nil, "%sContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", head, len(testSDP), testSDP)
}

func inDialog(method, callID, tag string, cseq int) []byte {
	return []byte(strings.Replace(string(request(method, callID, cseq, "")),
		"To: <sip:100@wirechief.test>", "To: <sip:100@wirechief.test>;tag="+tag, 1))
}

func TestACallFromTheTrunkThroughARealLeg(t *testing.T) {
	te, s := startSwitchboard(t)
	for name, p := range map[string]*peer{"udp": te.peerUDP(t, trunkIP), "tcp": te.peerTCP(t, trunkIP)} {
		id := "real-" + name
		p.send(withBody(request("INVITE", id, 1, "")))
		var codes []string
		var last string
		for len(codes) < 3 {
			last = p.receive()
			codes = append(codes, code(last))
		}
		require.Equal(t, []string{"100", "180", "200"}, codes, name)
		_, tag, _ := strings.Cut(headerOf(last, "To"), ";tag=")
		p.send(inDialog("ACK", id, tag, 1))
		eventOf[leg.Confirmed](t, s)
		p.send(inDialog("BYE", id, tag, 2))
		require.Equal(t, "200", code(p.receive()), name)
		require.Equal(t, leg.ByRemote, eventOf[leg.Ended](t, s).By)
	}
}

func TestACallToARegisteredPhoneOverItsFlow(t *testing.T) {
	te, s := startSwitchboard(t)
	phone := te.peerTCP(t, strangers)
	answer, _ := te.register(t, phone, "alice", "reg", "")
	require.Equal(t, "200", code(answer))
	b := te.Lookup("alice")[0]
	s.call(b.Dest, b.Contact)
	invite := phone.receive()
	require.True(t, strings.HasPrefix(invite, "INVITE sip:alice@127.0.0.9:5090 SIP/2.0\r\n"), invite)
	reply := "SIP/2.0 200 OK\r\n"
	for _, h := range []string{"Via", "From", "Call-ID", "CSeq"} {
		reply += h + ": " + headerOf(invite, h) + "\r\n"
	}
	reply += "To: " + headerOf(invite, "To") + ";tag=phone\r\nContact: <sip:alice@127.0.0.9:5090>\r\n"
	reply += "Content-Length: 0\r\n\r\n"
	phone.send(withBody([]byte(reply)))
	eventOf[leg.Answered](t, s)
	require.True(t, strings.HasPrefix(phone.receive(), "ACK "))
}

// RFC 3261 12.2.1.1, 18.1.1: the caller's side closes its connection in mid call. Our BYE goes to its Contact over a new
// one, and whatever comes back there is the call's.
func TestTheConnectionClosesInMidCall(t *testing.T) {
	te, s := startSwitchboard(t)
	l, err := net.Listen("tcp", netip.AddrPortFrom(trunkIP, 0).String())
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	p := te.peerTCP(t, trunkIP)
	invite := bytes.Replace(withBody(request("INVITE", "closes", 1, "")), []byte("<sip:alice@127.0.0.2>"),
		[]byte("<sip:alice@"+l.Addr().String()+";transport=tcp>"), 1)
	p.send(invite)
	ok := p.final()
	require.Equal(t, "200", code(ok))
	_, tag, _ := strings.Cut(headerOf(ok, "To"), ";tag=")
	p.send(inDialog("ACK", "closes", tag, 1))
	eventOf[leg.Confirmed](t, s)
	require.NoError(t, p.conn.Close())
	require.Eventually(t, func() bool { return te.net.Conns() == 0 }, patience, time.Millisecond)

	s.mu.Lock()
	s.do("closes", s.legs["closes"].Do(leg.HangUp{}, time.Now().UnixMilli()))
	s.mu.Unlock()
	conn, err := l.Accept()
	require.NoError(t, err)
	back := &peer{t: t, conn: conn}
	defer func() { _ = conn.Close() }()
	bye := back.receive()
	require.True(t, strings.HasPrefix(bye, "BYE sip:alice@"+l.Addr().String()), bye)
	reply := "SIP/2.0 200 OK\r\n"
	for _, h := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		reply += h + ": " + headerOf(bye, h) + "\r\n"
	}
	back.send([]byte(reply + "Content-Length: 0\r\n\r\n"))
	eventOf[leg.Released](t, s)
}
