package ua

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

var noContext = context.Background()

const (
	t1         = 500 * time.Millisecond // RFC 3261 17.1.1.1
	retransmit = 6                      // INVITE goes out this many times before it is given up
)

// CallResult is what became of one call.
type CallResult struct {
	ID       string
	Sent     time.Time     // first INVITE out
	Answered time.Time     // zero: never
	Final    int           // final code of the INVITE, 0: none
	Released bool          // BYE came from the far end
	Hung     bool          // our BYE was answered
	ByeCode  int           // with what, 0: never
	Setup    time.Duration // INVITE to 200
	From     string
	Media    netip.AddrPort // where the engine takes this caller's RTP; invalid without an answer
}

// Callers place calls from one socket.
type Callers struct {
	s   *socket
	to  netip.AddrPort
	SDP func(call string) string // offer of a call; nil: a fixed black hole
	// OnMedia is told where the far end takes audio, with each description of it, from the reader: must be quick.
	OnMedia func(call string, at netip.AddrPort)
	OnEnd   func(CallResult) // called with the outcome, from the reader or a timer: must be quick; set it before Dial
	mu      sync.Mutex
	calls   map[string]*outCall
	next    atomic.Uint64
	run     string
	Stats   struct{ Retransmits, Stray, Reinvites atomic.Uint64 }
}

type outCall struct {
	id, number, from string
	result           CallResult
	answered, ended  chan struct{}
	once             sync.Once
	timer            *time.Timer
	tries            int
	remoteTo         string
	target           string
	cseq             int
	branch           string
	sdp              string
	cancelled        bool
	provisional      bool
}

// NewCallers listens on addr and calls the engine at to. run makes Call-IDs unique between runs.
func NewCallers(addr string, to netip.AddrPort, run string) (*Callers, error) {
	c := &Callers{to: to, calls: make(map[string]*outCall), run: run}
	s, err := listen(addr)
	if err != nil {
		return nil, fmt.Errorf("opening the callers' socket: %w", err)
	}
	c.s = s
	s.read(c.handle)
	return c, nil
}

// Addr is where the callers send from.
func (c *Callers) Addr() netip.AddrPort { return c.s.addr }

// Close closes the socket; calls under way get no more answers.
func (c *Callers) Close() { c.s.close() }

// Call is one call under way.
type Call struct {
	o *outCall
	c *Callers
}

// ID is the Call-ID.
func (c *Call) ID() string { return c.o.id }

// Answered is closed with the final response to the INVITE, whatever it is; see Result.
func (c *Call) Answered() <-chan struct{} { return c.o.answered }

// Ended is closed when the call is over: refused, or BYE from either side done.
func (c *Call) Ended() <-chan struct{} { return c.o.ended }

// Result may be read after Ended, and but for its last fields after Answered.
func (c *Call) Result() CallResult {
	c.c.mu.Lock()
	defer c.c.mu.Unlock()
	return c.o.result
}

// Dial sends an INVITE for a number.
func (c *Callers) Dial(number, from string) *Call {
	n := c.next.Add(1)
	o := &outCall{
		id: fmt.Sprintf("%s-%d@load", c.run, n), number: number, from: from, cseq: 1,
		branch: fmt.Sprintf("z9hG4bK%s.%d", c.run, n), answered: make(chan struct{}), ended: make(chan struct{}),
	}
	o.result.ID, o.result.From = o.id, from
	o.sdp = offer("127.0.0.1", 9)
	if c.SDP != nil {
		o.sdp = c.SDP(o.id)
	}
	c.mu.Lock()
	c.calls[o.id] = o
	c.mu.Unlock()
	o.result.Sent = time.Now()
	c.invite(o)
	return &Call{o, c}
}

func (c *Callers) invite(o *outCall) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.result.Final != 0 {
		return
	}
	o.tries++
	if o.tries > retransmit {
		c.givenUp(o, 408)
		return
	}
	if o.tries > 1 {
		c.Stats.Retransmits.Add(1)
	}
	c.s.send(c.request(o, "INVITE", o.uri(c), o.branch, "", o.sdp), c.to)
	o.timer = time.AfterFunc(t1<<(o.tries-1), func() { c.invite(o) })
}

func (o *outCall) uri(c *Callers) string { return "sip:" + o.number + "@" + c.to.String() }

// request builds a request of the call.
func (c *Callers) request(o *outCall, method, uri, branch, to, body string) []byte {
	var b bytes.Buffer
	b.Grow(900)
	toValue := "<sip:" + o.number + "@" + c.to.Addr().String() + ">"
	if to != "" {
		toValue = to
	}
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:%s@%s>;tag=c%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\n",
		method, uri, c.s.addr, branch, o.from, c.s.addr.Addr(), o.branch[7:], toValue, o.id, o.cseq, method,
		o.from, c.s.addr)
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.Bytes()
}

func offer(ip string, port int) string {
	return fmt.Sprintf("v=0\r\no=load 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0 101\r\n"+
		"a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n", ip, ip, port)
}

// Offer is an SDP body with PCMU and telephone-event at an address, for the SDP fields.
func Offer(at netip.AddrPort) string { return offer(at.Addr().String(), int(at.Port())) }

// HangUp sends BYE (once); Ended closes when it is answered or given up.
func (c *Call) HangUp() {
	c.c.mu.Lock()
	defer c.c.mu.Unlock()
	if c.o.result.Answered.IsZero() || c.o.over() {
		return
	}
	c.o.cseq, c.o.tries = 2, 0
	c.c.bye(c.o)
}

// Cancel gives the call up before it is answered (once); an answer that crosses it is followed by BYE. Ended closes
// with the final response.
func (c *Call) Cancel() {
	c.c.mu.Lock()
	defer c.c.mu.Unlock()
	if c.o.cancelled || c.o.result.Final != 0 {
		return
	}
	c.o.cancelled = true
	if c.o.provisional { // not before (RFC 3261 9.1)
		c.c.cancel(c.o, 0)
	}
}

// cancel repeats the CANCEL until the INVITE has its final response. The caller holds mu.
func (c *Callers) cancel(o *outCall, try int) {
	if o.result.Final != 0 {
		return
	}
	if try > retransmit {
		c.givenUp(o, 408)
		return
	}
	c.s.send(c.request(o, "CANCEL", o.uri(c), o.branch, "", ""), c.to)
	time.AfterFunc(t1<<try, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.cancel(o, try+1)
	})
}

// givenUp ends a call whose INVITE gets no final response. The caller holds mu.
func (c *Callers) givenUp(o *outCall, code int) {
	if o.result.Final == 0 {
		o.result.Final = code
		close(o.answered)
		c.end(o)
	}
}

// Live is the number of calls that have not ended.
func (c *Callers) Live() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, o := range c.calls {
		if !o.over() {
			n++
		}
	}
	return n
}

func (o *outCall) over() bool {
	select {
	case <-o.ended:
		return true
	default:
		return false
	}
}

// bye sends the BYE and repeats it until answered. The caller holds mu.
func (c *Callers) bye(o *outCall) {
	if o.over() {
		return
	}
	o.tries++
	if o.tries > retransmit {
		c.end(o)
		return
	}
	c.s.send(c.request(o, "BYE", o.target, o.branch+"b", o.remoteTo, ""), c.to)
	o.timer = time.AfterFunc(t1<<(o.tries-1), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.bye(o)
	})
}

// end closes the call and forgets it. The caller holds mu.
func (c *Callers) end(o *outCall) {
	o.once.Do(func() {
		if o.timer != nil {
			o.timer.Stop()
		}
		close(o.ended)
		if c.OnEnd != nil {
			c.OnEnd(o.result)
		}
		time.AfterFunc(4*time.Second, func() { // still answers retransmissions for a while
			c.mu.Lock()
			delete(c.calls, o.id)
			c.mu.Unlock()
		})
	})
}

func (c *Callers) handle(d []byte, from netip.AddrPort, _ time.Time) {
	var m message
	if !parse(d, &m) {
		c.Stats.Stray.Add(1)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.calls[string(m.callID)]
	if o == nil {
		c.Stats.Stray.Add(1)
		if m.code == 0 && string(m.method) != "ACK" {
			c.s.send(respond(&m, 481, "Gone", "", "", ""), from)
		}
		return
	}
	if m.code == 0 {
		c.asked(o, &m, from)
		return
	}
	switch string(m.cseqMethod) {
	case "INVITE":
		c.invited(o, &m)
	case "CANCEL":
		if m.code == 481 && o.provisional { // the far end knows nothing of the call: it will never answer it
			c.givenUp(o, m.code)
		}
	case "BYE":
		if m.code >= 200 && !o.over() {
			o.result.Hung, o.result.ByeCode = true, m.code
			c.end(o)
		}
	}
}

// invited takes a response to the INVITE.
func (c *Callers) invited(o *outCall, m *message) {
	if o.timer != nil && o.result.Final == 0 {
		o.timer.Stop()
	}
	if m.code < 200 {
		if o.cancelled && !o.provisional {
			c.cancel(o, 0)
		}
		o.provisional = true
		return
	}
	first := o.result.Final == 0
	o.remoteTo = string(m.to)
	if m.code < 300 {
		o.target = string(m.contact)
		c.s.send(c.request(o, "ACK", o.target, o.branch+"a", o.remoteTo, ""), c.to)
	} else {
		c.s.send(c.request(o, "ACK", o.uri(c), o.branch, o.remoteTo, ""), c.to)
	}
	if !first {
		return
	}
	o.result.Final = m.code
	if m.code < 300 {
		c.described(o, m.body)
		o.result.Answered = time.Now()
		o.result.Setup = o.result.Answered.Sub(o.result.Sent)
		o.result.Media = mediaAddr(m.body)
	}
	close(o.answered)
	switch {
	case m.code >= 300:
		c.end(o)
	case o.cancelled:
		o.cseq, o.tries = 2, 0
		c.bye(o)
	}
}

func (c *Callers) described(o *outCall, sdp []byte) {
	if at := mediaAddr(sdp); c.OnMedia != nil && at.IsValid() {
		c.OnMedia(o.id, at)
	}
}

// asked takes a request of the far end: BYE ends the call, a re-INVITE is accepted.
func (c *Callers) asked(o *outCall, m *message, from netip.AddrPort) {
	switch string(m.method) {
	case "BYE":
		c.s.send(respond(m, 200, "OK", "", "", ""), from)
		o.result.Released = true
		c.end(o)
	case "INVITE":
		if o.over() {
			c.s.send(respond(m, 481, "Gone", "", "", ""), from)
			return
		}
		c.Stats.Reinvites.Add(1)
		c.described(o, m.body)
		c.s.send(respond(m, 200, "OK", "", "<sip:"+o.from+"@"+c.s.addr.String()+">", o.sdp), from)
	case "ACK":
	default:
		c.s.send(respond(m, 200, "OK", "", "", ""), from)
	}
}

// respond answers a request; tag is added to To when given.
func respond(m *message, code int, reason, tag, contact, body string) []byte {
	var b bytes.Buffer
	b.Grow(700)
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", code, reason)
	for _, v := range m.vias {
		fmt.Fprintf(&b, "Via: %s\r\n", v)
	}
	for _, r := range m.record {
		fmt.Fprintf(&b, "Record-Route: %s\r\n", r)
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s", m.from, m.to)
	if tag != "" && !bytes.Contains(m.to, []byte("tag=")) {
		b.WriteString(";tag=" + tag)
	}
	fmt.Fprintf(&b, "\r\nCall-ID: %s\r\nCSeq: %s %s\r\n", m.callID, m.cseq, m.cseqMethod)
	if contact != "" {
		b.WriteString("Contact: " + contact + "\r\n")
	}
	if body != "" {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return b.Bytes()
}
