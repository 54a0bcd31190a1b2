package sip

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/wire"
)

// within waits for a value that must come.
func within[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

func TestInviteFromTrunkGetsTryingAndReachesTheHandler(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerUDP(t, trunkIP)
	invite := request("INVITE", "c1", 1, "")
	p.send(invite)
	trying := p.receive()
	require.Equal(t, "100", code(trying))
	require.Contains(t, headerOf(trying, "Via"), "received=127.0.0.2")
	inv := within(t, te.desk.invites)
	require.Equal(t, Identity{Trunk: "carrier"}, inv.id)
	require.Equal(t, p.conn.LocalAddr().String(), inv.src.Addr.String())

	p.send(invite) // its 100 was lost
	require.Equal(t, "100", code(p.receive()))
	require.Empty(t, te.desk.invites)
}

func TestMessagesOfABoundCallIDKeepTheirOrder(t *testing.T) {
	const calls, each = 40, 25
	te := startEndpoint(t, func(c *Config) { c.LaneDepth = calls * each })
	for c := range calls {
		te.Bind(fmt.Sprint("order-", c), c)
	}
	p := te.peerUDP(t, trunkIP)
	for i := 1; i <= each; i++ {
		for c := range calls {
			p.send(request("INFO", fmt.Sprint("order-", c), i, ""))
		}
		for range calls { // in step with the reader: this test is about order, not about a full socket buffer
			msg := within(t, te.desk.messages)
			require.EqualValues(t, i, msg.CSeq().SeqNo)
		}
	}
	// and without waiting in between, on one stream, so that nothing is lost
	s := te.peerTCP(t, trunkIP)
	var burst []byte
	for i := 1; i <= each; i++ {
		for c := range calls {
			burst = append(burst, request("INFO", fmt.Sprint("order-", c), 1000+i, "")...)
		}
	}
	s.send(burst)
	last := map[string]uint32{}
	for range calls * each {
		msg := within(t, te.desk.messages)
		id := string(*msg.CallID())
		require.Greater(t, msg.CSeq().SeqNo, last[id], id)
		last[id] = msg.CSeq().SeqNo
	}
	require.Len(t, last, calls)
}

func TestCancelAheadOfItsInviteWaitsForTheBinding(t *testing.T) {
	now := time.Now()
	te := startEndpoint(t, func(c *Config) { c.Now = func() time.Time { return now } }) // the wait does not run out
	te.desk.handle(func(req *sip.Request, _ leg.Dest, _ Identity) { te.Bind(string(*req.CallID()), "sink") })
	p := te.peerUDP(t, trunkIP)
	p.send(request("CANCEL", "early", 1, ""))
	p.quiet("parked")
	p.send(request("INVITE", "early", 1, ""))
	require.Equal(t, "100", code(p.receive()))
	msg := within(t, te.desk.messages)
	require.Equal(t, sip.CANCEL, msg.(*sip.Request).Method)
	require.EqualValues(t, 1, te.Stats.Unparked.Load())
}

func TestMessagesWaitWhileTheHandlerDecides(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerUDP(t, trunkIP)
	p.send(request("INVITE", "slow", 1, ""))
	require.Equal(t, "100", code(p.receive()))
	within(t, te.desk.invites)
	p.send(request("CANCEL", "slow", 1, ""))
	p.quiet("parked")
	te.Bind("slow", "sink") // from another goroutine than the lane's
	require.Equal(t, sip.CANCEL, within(t, te.desk.messages).(*sip.Request).Method)
}

// However long the handler takes (its disk may be slow): the CANCEL waits with it, until the INVITE is given up.
func TestCancelOutlastsASlowHandler(t *testing.T) {
	te := startEndpoint(t, nil)
	now := te.cfg.Now()
	te.routes.pend("slow", began{cseq: 1}, now)
	past := time.Now().Add(-time.Second)
	msg := sip.NewRequest(sip.ACK, sip.Uri{Scheme: "sip", Host: "x"})
	l := &lane{parked: []parkedMsg{{inbound{msg: msg, callID: "slow"}, past}}}
	te.unpark(l)
	require.Len(t, l.parked, 1)
	require.True(t, l.parked[0].until.After(past), "looked at again later, not at once")
	te.routes.sweep(now.Add(routeTTL))
	l.parked[0].until = past
	te.unpark(l)
	require.Empty(t, l.parked)
	require.EqualValues(t, 1, te.Stats.ParkExpired.Load())
}

// A handler that first writes the call down does not want the caller to stop repeating the INVITE before.
func TestLateTryingLeavesTheFirstAnswerToTheHandler(t *testing.T) {
	te := startEndpoint(t, func(c *Config) { c.LateTrying = true })
	p := te.peerUDP(t, trunkIP)
	invite := request("INVITE", "late", 1, "")
	p.send(invite)
	within(t, te.desk.invites)
	p.quiet("the handler decides")
	p.send(invite) // it takes its time
	require.Equal(t, "100", code(p.receive()))
}

func TestStraysGet481AfterTheWaitAndACKsSilence(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerUDP(t, trunkIP)
	p.send(request("BYE", "nobody", 1, ""))
	require.Equal(t, "481", code(p.receive()))
	p.send(request("ACK", "nobody", 1, ""))
	p.quiet("ACK")
	require.Eventually(t, func() bool { return te.Stats.StrayRequests.Load() == 2 }, patience, time.Millisecond)
}

// RFC 3261 8.2.2.2: a proxy forked the INVITE, and both branches end here. The second is refused, whatever has become of
// the first; the ACK for that is not the call's.
func TestAMergedRequestGets482(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerUDP(t, trunkIP)
	merged := func(when string) {
		second := request("INVITE", "merged", 5, "")
		p.send(second)
		answer := p.receive()
		require.Equal(t, "482", code(answer), when)
		p.send(second)
		require.Equal(t, answer, p.receive(), "%s, repeated", when)
		ack := bytes.Replace(second, []byte("INVITE sip:"), []byte("ACK sip:"), 1)
		ack = bytes.Replace(ack, []byte("5 INVITE"), []byte("5 ACK"), 1)
		ack = bytes.Replace(ack, []byte("To: <sip:100@wirechief.test>"), []byte("To: "+headerOf(answer, "To")), 1)
		p.send(ack)
	}
	first := request("INVITE", "merged", 5, "")
	p.send(first)
	require.Equal(t, "100", code(p.receive()))
	within(t, te.desk.invites)
	merged("not decided yet")
	p.send(first)
	require.Equal(t, "100", code(p.receive()), "its own retransmission")
	te.Bind("merged", "sink")
	merged("bound")
	p.send(inDialog("ACK", "merged", "ours", 5))
	ack := within(t, te.desk.messages).(*sip.Request)
	require.Equal(t, "<sip:100@wirechief.test>;tag=ours", ack.To().Value(), "not that for the 482")
	te.Unbind("merged", leg.LastRequest{})
	merged("over")
	require.Empty(t, te.desk.invites)
	require.Empty(t, te.desk.messages)
	require.EqualValues(t, 6, te.Stats.Merged.Load())
}

func TestAfterUnbindLateMessagesAreNotNew(t *testing.T) {
	te := startEndpoint(t, nil)
	te.desk.handle(func(req *sip.Request, _ leg.Dest, _ Identity) { te.Bind(string(*req.CallID()), "sink") })
	p := te.peerUDP(t, trunkIP)
	invite := request("INVITE", "over", 5, "")
	p.send(invite)
	require.Equal(t, "100", code(p.receive()))
	within(t, te.desk.invites)
	te.Unbind("over", leg.LastRequest{})
	p.send(invite)
	p.quiet("late INVITE")
	p.send(request("BYE", "over", 6, ""))
	require.Equal(t, "481", code(p.receive()))
	p.send(request("INVITE", "over", 7, "")) // the caller tries again
	require.Equal(t, "100", code(p.receive()))
	within(t, te.desk.invites)
}

// RFC 3261 17.2.2: a BYE whose 200 was lost comes again when its leg has gone, and gets the 200 again; another BYE is of
// no dialog.
func TestARepeatedBYEGetsItsAnswerAfterUnbind(t *testing.T) {
	te := startEndpoint(t, nil)
	te.desk.handle(func(req *sip.Request, _ leg.Dest, _ Identity) { te.Bind(string(*req.CallID()), "sink") })
	p := te.peerUDP(t, trunkIP)
	p.send(request("INVITE", "bye-again", 5, ""))
	require.Equal(t, "100", code(p.receive()))
	within(t, te.desk.invites)
	bye := inDialog("BYE", "bye-again", "ours", 6)
	p.send(bye)
	branch, _ := within(t, te.desk.messages).Via().Params.Get("branch")
	te.Unbind("bye-again", leg.LastRequest{Method: "BYE", CSeq: 6, Branch: branch, Code: 200})
	for range 2 {
		p.send(bye)
		answer := p.receive()
		require.Equal(t, "200", code(answer))
		require.Equal(t, "<sip:100@wirechief.test>;tag=ours", headerOf(answer, "To"))
	}
	p.send(inDialog("BYE", "bye-again", "ours", 7))
	require.Equal(t, "481", code(p.receive()))
}

func TestReplyIsRepeatedUntilItsACK(t *testing.T) {
	te := startEndpoint(t, nil)
	te.desk.handle(func(req *sip.Request, src leg.Dest, _ Identity) {
		require.NoError(t, te.Reply(req, src, 404, "Not Found", wire.Field{Name: "Warning", Value: "x"}))
	})
	p := te.peerUDP(t, trunkIP)
	invite := request("INVITE", "wrong-number", 1, "")
	p.send(invite)
	first := p.final()
	require.Equal(t, "404", code(first))
	require.Equal(t, first, p.receive(), "timer G")
	p.send(invite)
	require.Equal(t, first, p.receive(), "to a retransmission")
	p.send(request("ACK", "wrong-number", 1, ""))
	require.Eventually(t, func() bool { return te.finals.Load() == 0 }, patience, time.Millisecond)
	require.ErrorIs(t, te.Reply(within(t, te.desk.invites).req, leg.Dest{}, 500, "a\r\nb"), ErrBadHeader)
}

func TestAdmissionSays503WithRetryAfter(t *testing.T) {
	var open atomic.Bool
	te := startEndpoint(t, func(c *Config) {
		c.MaxPending = 1
		c.Admit = func() (bool, time.Duration) { return open.Load(), 7 * time.Second }
	})
	p := te.peerUDP(t, trunkIP)
	p.send(request("INVITE", "a", 1, ""))
	busy := p.receive()
	require.Equal(t, "503", code(busy))
	require.Equal(t, "7", headerOf(busy, "Retry-After"))
	open.Store(true)
	p.send(request("INVITE", "b", 1, ""))
	require.Equal(t, "100", code(p.receive()))
	p.send(request("INVITE", "c", 1, ""))
	require.Equal(t, "503", code(p.receive()), "one is pending already")
	te.Bind("b", nil)
	p.send(request("INVITE", "d", 1, ""))
	require.Equal(t, "100", code(p.receive()))
}

func TestNothingIsSentWithoutTheLease(t *testing.T) {
	var held atomic.Bool
	te := startEndpoint(t, func(c *Config) { c.LeaseHeld = held.Load })
	p := te.peerUDP(t, trunkIP)
	p.send(request("OPTIONS", "a", 1, ""))
	p.quiet("no lease")
	require.ErrorIs(t, te.Send(leg.Dest{Addr: netip.MustParseAddrPort("127.0.0.1:9")}, []byte("x")), ErrNoLease)
	held.Store(true)
	p.send(request("OPTIONS", "a", 1, ""))
	require.Equal(t, "200", code(p.receive()))
}

func TestPing(t *testing.T) {
	te := startEndpoint(t, nil)
	far := startEndpoint(t, nil)
	far.office.mu.Lock()
	far.office.trunks[netip.MustParseAddr("127.0.0.1")] = "us"
	far.office.mu.Unlock()
	for _, to := range []leg.Dest{{Network: "udp", Addr: far.udp}, {Network: "tcp", Addr: far.tcp}} {
		got := make(chan PingResult, 1)
		require.NoError(t, te.Ping(to, patience, func(r PingResult) { got <- r }))
		r := within(t, got)
		require.True(t, r.OK)
		require.Equal(t, 200, r.Code)
	}
	got := make(chan PingResult, 1)
	deaf := te.peerUDP(t, trunkIP)
	to := leg.Dest{Network: "udp", Addr: netip.MustParseAddrPort(deaf.conn.LocalAddr().String())}
	require.NoError(t, te.Ping(to, 20*time.Millisecond, func(r PingResult) { got <- r }))
	require.False(t, within(t, got).OK)
}

func TestWildcardListenerAnswersAndNamesARealAddress(t *testing.T) {
	te := startEndpoint(t, func(c *Config) { c.UDP, c.TCP = []string{":0"}, nil })
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), te.udp.Port())
	te.udp = to
	p := te.peerUDP(t, trunkIP)
	p.send(request("OPTIONS", "wild", 1, ""))
	require.Equal(t, "200", code(p.receive()))
	require.Equal(t, to.String(), te.Advertised(leg.Dest{Addr: to}))
	te.cfg.AdvertiseAddr = "sip.example.com"
	require.Equal(t, "sip.example.com", te.Advertised(leg.Dest{Addr: to}))
}

func TestPingEndsWithTheEndpoint(t *testing.T) {
	te := startEndpoint(t, nil)
	got := make(chan PingResult, 1)
	to := leg.Dest{Addr: netip.MustParseAddrPort("127.0.0.3:9")}
	require.NoError(t, te.Ping(to, time.Hour, func(r PingResult) { got <- r }))
	require.NoError(t, te.Close(context.Background()))
	require.False(t, within(t, got).OK)
}

// A flood from ever new forged-looking sources: no table grows beyond its limit and no more octets go out than in.
func TestFloodOfStrangersStaysBounded(t *testing.T) {
	te := startEndpoint(t, func(c *Config) { c.UnprovenRate, c.UnprovenBurst = 5, 10; c.MaxRoutes = 1024 })
	rng := rand.New(rand.NewPCG(1, 2))
	in := 0
	const messages = 6000
	for i := range messages {
		src := leg.Dest{Network: "udp", Flow: "u0", Addr: netip.AddrPortFrom(
			netip.AddrFrom4([4]byte{127, 1, byte(rng.Uint32()), byte(rng.Uint32())}), 5999)}
		method := []string{"REGISTER", "INVITE", "BYE", "CANCEL", "MESSAGE", "OPTIONS", "FOO"}[i%7]
		data := request(method, fmt.Sprint("flood-", i), 1, "")
		in += len(data)
		te.receive(wire.Parse(data, te.cfg.Limits), src, len(data))
	}
	require.Eventually(t, func() bool {
		for _, l := range te.lanes {
			if len(l.in) > 0 {
				return false
			}
		}
		return true
	}, patience, time.Millisecond)
	require.LessOrEqual(t, te.net.Stats.BytesOut.Load(), uint64(in))
	require.LessOrEqual(t, te.routes.size(), 1024+32)
	require.Zero(t, te.routes.size(), "strangers leave no routes")
	require.Zero(t, te.registrar.Users())
	require.Zero(t, te.answers.size())
	require.Empty(t, te.desk.invites)
	p := te.peerUDP(t, trunkIP)
	p.send(request("INVITE", "honest", 1, ""))
	require.Equal(t, "100", code(p.receive()))
	require.NoError(t, te.Close(context.Background()))
	for _, l := range te.lanes {
		require.LessOrEqual(t, cap(l.parked), maxParked)
	}
}

func TestTrunkFloodKeepsRoutesBounded(t *testing.T) {
	r := newRoutes(320)
	now := time.Unix(0, 0)
	for i := range 100_000 {
		id := fmt.Sprint(i)
		r.pend(id, began{cseq: 1}, now)
		if i%2 == 0 {
			r.bind(id, nil)
			r.end(id, route{}, now)
		}
	}
	require.LessOrEqual(t, r.size(), 320+32)
	require.LessOrEqual(t, r.pending.Load(), int64(320))
	r.sweep(now.Add(routeTTL))
	require.Zero(t, r.size())
	require.Zero(t, r.pending.Load())
}

// What svwar and its kin compare: the answers for users that exist and users that do not.
func TestEnumerationSeesNoDifference(t *testing.T) {
	te := startEndpoint(t, nil)
	shape := func(method, user, password string) string {
		p := te.peerTCP(t, strangers)
		make1 := func(cseq int, extra string) []byte {
			if method == "REGISTER" {
				return registerFor(user, "enum", cseq, extra)
			}
			return request(method, fmt.Sprint("enum-", next()), cseq, extra)
		}
		uri := "sip:wirechief.test"
		if method == "INVITE" {
			uri = "sip:100@wirechief.test"
		}
		p.send(make1(1, ""))
		c := p.receive()
		p.send(make1(2, authorize(c, method, uri, user, password, "00000001")))
		second := p.receive()
		strip := func(msg string) string {
			var kept []string
			for line := range strings.SplitSeq(msg, "\r\n") {
				name, _, _ := strings.Cut(line, ":")
				kept = append(kept, name)
			}
			return strings.Join(kept, "|")
		}
		return strip(c) + "\n" + strip(second)
	}
	for _, method := range []string{"REGISTER", "INVITE"} {
		want := shape(method, "alice", "wrong")
		require.Contains(t, want, "SIP/2.0 401 Unauthorized")
		require.Equal(t, want, shape(method, "nobody", "wrong"), method)
	}
}

func TestGuessingIsBanned(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerTCP(t, strangers)
	for i := range 5 {
		p.send(registerFor("alice", "guess", 2*i+1, ""))
		c := p.receive()
		require.Equal(t, "401", code(c))
		p.send(registerFor("alice", "guess", 2*i+2, authorized(c, "alice", "wrong")))
		require.Equal(t, "401", code(p.receive()))
	}
	p.send(registerFor("alice", "guess", 99, ""))
	p.quiet("banned source")
	require.EqualValues(t, 2, te.Stats.Bans.Load(), "the source and the user")

	// From elsewhere the right secret does not show either while the user is banned.
	other := te.peerTCP(t, netip.MustParseAddr("127.0.0.10"))
	other.send(registerFor("alice", "guess2", 1, ""))
	c := other.receive()
	other.send(registerFor("alice", "guess2", 2, authorized(c, "alice", "secret")))
	require.Equal(t, "401", code(other.receive()))
}

// Every method, without authentication, from each kind of source.
func TestMethodTable(t *testing.T) {
	te := startEndpoint(t, nil)
	for _, c := range []struct{ method, trunk, stranger string }{
		{"INVITE", "100", "401"}, {"REGISTER", "401", "401"}, {"OPTIONS", "200", ""}, {"ACK", "", ""},
		{"CANCEL", "481", "481"}, {"BYE", "481", "481"}, {"SUBSCRIBE", "405", "405"}, {"NOTIFY", "405", "405"},
		{"MESSAGE", "405", "405"}, {"PUBLISH", "405", "405"}, {"REFER", "405", "405"}, {"INFO", "405", "405"},
		{"UPDATE", "405", "405"}, {"PRACK", "405", "405"}, {"FOO", "501", "501"}, {"invite", "501", "501"},
	} {
		for from, want := range map[netip.Addr]string{trunkIP: c.trunk, strangers: c.stranger} {
			p := te.peerTCP(t, from)
			p.send(request(c.method, fmt.Sprint("table-", next()), 1, ""))
			if want == "" {
				p.quiet(c.method)
			} else {
				require.Equal(t, want, code(p.receive()), "%s from %s", c.method, from)
			}
			_ = p.conn.Close()
		}
	}
	require.Equal(t, "carrier", within(t, te.desk.invites).id.Trunk)
	require.Empty(t, te.desk.invites, "but the trunk's")
}

// RFC 3261 20.5: Allow lists what is served and nothing else, in whatever answer it stands.
func TestAllowTellsTheTruth(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerUDP(t, trunkIP)
	for method, want := range map[string]string{"OPTIONS": "200", "REFER": "405", "FOO": "501"} {
		p.send(request(method, fmt.Sprint("allow-", next()), 1, ""))
		answer := p.receive()
		require.Equal(t, want, code(answer), method)
		require.Equal(t, "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE", headerOf(answer, "Allow"), "to %s", method)
	}
}

// RFC 3261 16.3: a call that may go no further is refused, before anybody is asked who they are; what ends here is not,
// an OPTIONS (as RFC 4475 3.3.11 has it) or a request of a dialog. A number of hops that is none is 400.
func TestMaxForwards(t *testing.T) {
	te := startEndpoint(t, nil)
	hops := func(msg []byte, value string) []byte {
		return bytes.Replace(msg, []byte("Max-Forwards: 70"), []byte("Max-Forwards: "+value), 1)
	}
	p := te.peerUDP(t, trunkIP)
	for _, c := range []struct{ method, hops, want string }{
		{"INVITE", "0", "483"}, {"INVITE", "1", "100"}, {"INVITE", "many", "400"}, {"INVITE", "-1", "400"},
		{"INVITE", "256", "400"}, {"INVITE", "00", "483"}, {"OPTIONS", "0", "200"}, {"REGISTER", "0", "401"},
		{"OPTIONS", "many", "400"}, {"BYE", "0", "481"},
	} {
		p.send(hops(request(c.method, fmt.Sprint("hops-", next()), 1, ""), c.hops))
		require.Equal(t, c.want, code(p.receive()), "%s with %s hops left", c.method, c.hops)
	}
	p.send(bytes.Replace(hops(request("INVITE", "hops-dialog", 2, ""), "0"), []byte("test>\r\nCall-ID"),
		[]byte("test>;tag=x\r\nCall-ID"), 1))
	require.Equal(t, "481", code(p.receive()), "in a dialog")
	require.Len(t, te.desk.invites, 1)

	stranger := te.peerUDP(t, strangers)
	stranger.send(hops(request("INVITE", "hops-stranger", 1, ""), "0"))
	require.Equal(t, "483", code(stranger.receive()), "from a stranger")
}

// A registered phone is not shut out by others who guess at its account, or from behind the same NAT.
func TestBansSpareTheRegisteredPhone(t *testing.T) {
	te := startEndpoint(t, nil)
	p := te.peerTCP(t, strangers)
	answer, _ := te.register(t, p, "alice", "reg", "")
	require.Equal(t, "200", code(answer))
	for range 5 {
		te.guard.Fail("ualice", time.Now())
		te.guard.Fail(sourceKey(strangers), time.Now())
	}
	answer, _ = te.register(t, p, "alice", "reg", "")
	require.Equal(t, "200", code(answer))
}

func TestAFullLaneSays503ToNewCallers(t *testing.T) {
	te := startEndpoint(t, func(c *Config) { c.Lanes, c.LaneDepth = 1, 2 })
	gate := make(chan struct{})
	te.desk.handle(func(*sip.Request, leg.Dest, Identity) { <-gate })
	p := te.peerUDP(t, trunkIP)
	const calls = 5 // one with the handler and two in the lane at most
	codes := map[string]int{}
	for i := range calls {
		p.send(request("INVITE", fmt.Sprint("full-", i), 1, ""))
	}
	for codes["503"] == 0 { // what waits in the lane has no answer yet
		codes[code(p.receive())]++
	}
	require.NotZero(t, te.Stats.LaneFull.Load())
	close(gate)
	for codes["100"]+codes["503"] < calls {
		codes[code(p.receive())]++
	}
	require.GreaterOrEqual(t, codes["100"], 2, "what waited is served")
}

func TestConfigSaysAllThatIsWrong(t *testing.T) {
	_, err := New(Config{UDPSockets: 99})
	require.ErrorContains(t, err, "Handler")
	require.ErrorContains(t, err, "listen address")
	require.ErrorContains(t, err, "UDPSockets")
}

// Into the endpoint and out at the sink of a bound Call-ID: parse, checks, lane, route.
func BenchmarkToSink(b *testing.B) {
	te := startEndpoint(b, nil)
	te.Bind("bench", "sink")
	data := request("INFO", "bench", 1, "")
	src := leg.Dest{Network: "udp", Flow: "u0", Addr: netip.AddrPortFrom(trunkIP, 5060)}
	b.ReportAllocs()
	for b.Loop() {
		te.receive(wire.Parse(data, te.cfg.Limits), src, len(data))
		<-te.desk.messages
	}
}

// A new INVITE from a trunk: parse, checks, lane, admission, 100 on the wire, handler.
func BenchmarkNewInvite(b *testing.B) {
	te := startEndpoint(b, func(c *Config) { c.MaxPending = 1 << 30 })
	src := leg.Dest{Network: "udp", Flow: "u0", Addr: netip.AddrPortFrom(trunkIP, 5999)}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		data := request("INVITE", fmt.Sprint("bench-", n), 1, "")
		te.receive(wire.Parse(data, te.cfg.Limits), src, len(data))
		<-te.desk.invites
	}
}

func TestEachNamesEveryCounter(t *testing.T) {
	te := startEndpoint(t, nil)
	seen := map[string]bool{}
	te.Each(func(name string, _ float64) {
		require.False(t, seen[name], name)
		seen[name] = true
	})
	for _, name := range []string{"requests", "lane_full", "transport_datagrams_in", "registrar_registered", "routes"} {
		require.True(t, seen[name], name)
	}
}

// A trunk is known by its address and is never asked for a digest: its connection outlives those of strangers, for a
// call may talk for long without a message.
func TestTrunkConnectionStays(t *testing.T) {
	te := startEndpoint(t, func(c *Config) { c.IdleUnproven = 300 * time.Millisecond })
	trunk := te.peerTCP(t, trunkIP)
	trunk.send(request("OPTIONS", "first", next(), ""))
	require.Equal(t, "200", code(trunk.receive()))
	stranger := te.peerTCP(t, strangers)
	_, err := stranger.read(patience)
	require.ErrorIs(t, err, io.EOF, "an unproven connection is closed")
	trunk.send(request("OPTIONS", "second", next(), ""))
	require.Equal(t, "200", code(trunk.receive()))
}
