package ua

import (
	"bytes"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Behaviour of a phone towards one INVITE.
type Behaviour struct {
	Ring   time.Duration // from INVITE to answer; a phone that is asked to answer by itself (Call-Info) does so at once
	Refuse int           // final code instead of 200; 0: answer
	Silent bool          // no response at all
	Talk   time.Duration // hang up this long after the ACK; 0: leave it to the caller
}

// Rung is one INVITE that reached a phone.
type Rung struct {
	User   string
	At     time.Time // as the kernel got it; wall clock
	CallID string
	Call   string         // X-Wirechief-Call
	From   string         // the caller, as the engine shows it
	Media  netip.AddrPort // where the engine takes this phone's RTP
}

// PhoneOptions say how phones behave; all may be nil.
type PhoneOptions struct {
	Act    func(user string) Behaviour // nil: answer at once
	OnRing func(Rung)                  // called from the reader: must be quick
	SDP    func(user string) string    // nil: a black hole
	// OnMedia is told where the far end takes audio, with each description of it, from the reader: must be quick.
	OnMedia func(user string, at netip.AddrPort)
	// OnHangUp is called when a phone's own first BYE goes out: must be quick.
	OnHangUp func(user string, at time.Time)
}

// Phones answer calls for any number of users on one socket.
type Phones struct {
	PhoneOptions
	s     *socket
	mu    sync.Mutex
	calls map[string]*inCall
	Stats struct{ Invites, Answered, Byes, Acks, Stray, Reinvites atomic.Uint64 }
}

type inCall struct {
	call     string // X-Wirechief-Call
	user     string
	ringing  []byte // our 180, repeated when the INVITE is (RFC 3261 17.2.1); nil of a phone that is silent
	ok       []byte // our final response, a 200 repeated until the ACK
	from     netip.AddrPort
	acked    bool
	done     bool
	bye      []byte
	byeTries int
	timer    *time.Timer
	talk     time.Duration
}

// NewPhones listens on addr.
func NewPhones(addr string, o PhoneOptions) (*Phones, error) {
	p := &Phones{PhoneOptions: o, calls: make(map[string]*inCall)}
	s, err := listen(addr)
	if err != nil {
		return nil, fmt.Errorf("opening the phones' socket: %w", err)
	}
	p.s = s
	s.read(p.handle)
	return p, nil
}

// Addr is where the phones are.
func (p *Phones) Addr() netip.AddrPort { return p.s.addr }

// Contact of a phone.
func (p *Phones) Contact(user string) string { return "sip:" + user + "@" + p.s.addr.String() }

// Close closes the socket.
func (p *Phones) Close() { p.s.close() }

func (p *Phones) handle(d []byte, from netip.AddrPort, at time.Time) {
	var m message
	if !parse(d, &m) {
		p.Stats.Stray.Add(1)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.calls[string(m.callID)]
	switch {
	case m.code != 0:
		p.answered(c, &m)
	case string(m.method) == "INVITE":
		p.invite(c, &m, rung{d, from, at})
	case string(m.method) == "ACK":
		p.ack(c, &m)
	case string(m.method) == "CANCEL":
		p.cancel(c, &m, from)
	case string(m.method) == "BYE":
		code := 481
		if c != nil {
			code = 200
			p.Stats.Byes.Add(1)
			p.over(c, string(m.callID))
		}
		p.s.send(respond(&m, code, "OK", "", "", ""), from)
	default:
		p.s.send(respond(&m, 200, "OK", "p", "", ""), from)
	}
}

// rung is an INVITE as it came in.
type rung struct {
	raw  []byte
	from netip.AddrPort
	at   time.Time
}

func (p *Phones) invite(c *inCall, m *message, in rung) {
	from := in.from
	if c != nil { // a retransmission, or a re-INVITE
		switch again := bytes.Contains(m.to, []byte("tag=")); {
		case again && c.done:
			p.s.send(respond(m, 481, "Gone", "", "", ""), from)
		case again && c.ok != nil:
			p.Stats.Reinvites.Add(1)
			p.described(c.user, m.body)
			p.s.send(respond(m, 200, "OK", "", "<"+p.Contact(c.user)+">", p.body(c.user)), from)
		case !again && c.ok != nil:
			p.s.send(c.ok, from)
		case !again && c.ringing != nil: // the first was lost, and without it nobody may cancel
			p.s.send(c.ringing, from)
		}
		return
	}
	if bytes.Contains(m.to, []byte("tag=")) { // of a call long over
		p.Stats.Stray.Add(1)
		p.s.send(respond(m, 481, "Gone", "", "", ""), from)
		return
	}
	p.Stats.Invites.Add(1)
	user := userOf(m.uri)
	id := string(m.callID)
	if p.OnRing != nil {
		p.OnRing(Rung{
			User: user, At: in.at, CallID: id, Call: header(in.raw, "X-Wirechief-Call"), From: userOf(inAngles(m.from)),
			Media: mediaAddr(m.body),
		})
	}
	var act Behaviour
	if p.Act != nil {
		act = p.Act(user)
	}
	c = &inCall{call: header(in.raw, "X-Wirechief-Call"), user: user, from: from, talk: act.Talk}
	p.calls[id] = c
	if act.Silent {
		return
	}
	tag := "p" + id[:min(len(id), 24)]
	if act.Refuse != 0 {
		c.ok = respond(m, act.Refuse, "No", tag, "", "")
		p.s.send(c.ok, from)
		p.over(c, id)
		return
	}
	p.described(user, m.body)
	contact := "<" + p.Contact(user) + ">"
	ok := respond(m, 200, "OK", tag, contact, p.body(user))
	c.ringing = respond(m, 180, "Ringing", tag, contact, "")
	p.s.send(c.ringing, from)
	c.bye = p.byeFor(m, id, tag)
	answer := func() {
		c.ok = ok
		p.Stats.Answered.Add(1)
		p.repeat(c, 0)
	}
	if act.Ring <= 0 || bytes.Contains([]byte(header(in.raw, "Call-Info")), []byte("answer-after=0")) {
		answer()
		return
	}
	c.timer = time.AfterFunc(act.Ring, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !c.done {
			answer()
		}
	})
}

func (p *Phones) described(user string, sdp []byte) {
	if at := mediaAddr(sdp); p.OnMedia != nil && at.IsValid() {
		p.OnMedia(user, at)
	}
}

// Alive is one call that rings or talks at a phone.
type Alive struct{ User, CallID, Call, State string }

// Live lists the calls that ring or talk at phones.
func (p *Phones) Live() []Alive {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Alive
	for id, c := range p.calls {
		a := Alive{User: c.user, CallID: id, Call: c.call}
		switch {
		case c.done || c.bye == nil:
			continue
		case c.ok == nil:
			a.State = "ringing"
		case !c.acked:
			a.State = "answered, no ACK"
		case c.byeTries > 0:
			a.State = "hanging up"
		default:
			a.State = "talking"
		}
		out = append(out, a)
	}
	return out
}

func (p *Phones) body(user string) string {
	if p.SDP != nil {
		return p.SDP(user)
	}
	return offer("127.0.0.1", 9)
}

// repeat sends the 200 until it is acknowledged. The caller holds mu.
func (p *Phones) repeat(c *inCall, try int) {
	if c.acked || c.done {
		return
	}
	if try > retransmit { // no ACK in 64*T1: the session is ended (RFC 3261 13.3.1.4)
		for id, x := range p.calls {
			if x == c {
				p.hangUp(c, id)
			}
		}
		return
	}
	p.s.send(c.ok, c.from)
	c.timer = time.AfterFunc(t1<<try, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.repeat(c, try+1)
	})
}

func (p *Phones) ack(c *inCall, m *message) {
	if c == nil || c.acked || !bytes.HasPrefix(c.ok, []byte("SIP/2.0 200")) {
		return
	}
	c.acked = true
	p.Stats.Acks.Add(1)
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.talk > 0 {
		id := string(m.callID)
		c.timer = time.AfterFunc(c.talk, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.hangUp(c, id)
		})
	}
}

// hangUp sends BYE until it is answered. The caller holds mu.
func (p *Phones) hangUp(c *inCall, id string) {
	if c.done || c.byeTries > retransmit {
		p.over(c, id)
		return
	}
	if c.byeTries == 0 && p.OnHangUp != nil {
		p.OnHangUp(c.user, time.Now())
	}
	p.s.send(c.bye, c.from)
	c.timer = time.AfterFunc(t1<<c.byeTries, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hangUp(c, id)
	})
	c.byeTries++
}

func (p *Phones) byeFor(m *message, id, tag string) []byte {
	return fmt.Appendf(nil, "BYE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKbye%s;rport\r\nMax-Forwards: 70\r\n"+
		"From: %s;tag=%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 7 BYE\r\nContent-Length: 0\r\n\r\n",
		m.contact, p.s.addr, tag, m.to, tag, m.from, id)
}

func (p *Phones) cancel(c *inCall, m *message, from netip.AddrPort) {
	p.s.send(respond(m, 200, "OK", "", "", ""), from)
	if c == nil || c.ok != nil {
		return
	}
	m.cseqMethod = []byte("INVITE")
	c.ok = respond(m, 487, "Request Terminated", "p"+string(m.callID)[:min(len(m.callID), 24)], "", "")
	p.s.send(c.ok, from)
	p.over(c, string(m.callID))
}

func (p *Phones) answered(c *inCall, m *message) {
	if c != nil && string(m.cseqMethod) == "BYE" && m.code >= 200 {
		p.over(c, string(m.callID))
	}
}

// over ends a call; it is forgotten a little later. The caller holds mu.
func (p *Phones) over(c *inCall, id string) {
	if c.done {
		return
	}
	c.done = true
	if c.timer != nil {
		c.timer.Stop()
	}
	time.AfterFunc(4*time.Second, func() {
		p.mu.Lock()
		delete(p.calls, id)
		p.mu.Unlock()
	})
}

func userOf(uri []byte) string {
	_, u, _ := bytes.Cut(uri, []byte(":"))
	u, _, _ = bytes.Cut(u, []byte("@"))
	return string(u)
}

func header(raw []byte, name string) string {
	_, after, ok := bytes.Cut(raw, []byte("\r\n"+name+": "))
	if !ok {
		return ""
	}
	v, _, _ := bytes.Cut(after, crlf)
	return string(v)
}
