package sip

import (
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/wire"
)

// answer sends a response without a transaction to a checked request.
func (e *Endpoint) answer(in *inbound, req *sip.Request, a wire.Answer) []byte {
	if req.Method == sip.ACK {
		return nil
	}
	echo := wire.EchoOf(req)
	return e.write(in, &echo, a)
}

// write sends an answer, within the budget of an unproven source: it never gets more octets than it sent. It
// returns what was sent.
func (e *Endpoint) write(in *inbound, echo *wire.Echo, a wire.Answer) []byte {
	if a.ToTag == "" {
		a.ToTag = wire.ToTag(echo.CallID, echo.From, e.tagKey)
	}
	if !in.unproven() {
		a.Server = e.cfg.UserAgent
	}
	data := a.Append(make([]byte, 0, 512), echo)
	if in.unproven() && !e.limiter.spend(addrOf(in.src), len(data)) {
		a.Compact = true
		data = a.Append(data[:0], echo)
		if !e.limiter.spend(addrOf(in.src), len(data)) {
			e.Stats.OverBudget.Add(1)
			return nil
		}
	}
	if e.Send(in.reply, data) != nil {
		return nil
	}
	return data
}

// deny answers with a fault.
func (e *Endpoint) deny(in *inbound, req *sip.Request, f *wire.Fault) {
	e.Stats.Denied.Add(1)
	e.answer(in, req, wire.Answer{Code: f.Code, Reason: f.Reason, Extra: f.Extra})
}

// Reply answers a request without a leg, e.g. 404 to an INVITE for an unknown number. A final answer to an INVITE
// handed to Handler.Invite is repeated until its ACK and given again to retransmissions; it ends the Call-ID. src is
// where the request came from.
func (e *Endpoint) Reply(req *sip.Request, src leg.Dest, code int, reason string, headers ...wire.Field) error {
	for _, h := range headers {
		if strings.ContainsAny(h.Name+h.Value, "\r\n") {
			return ErrBadHeader
		}
	}
	if strings.ContainsAny(reason, "\r\n") {
		return ErrBadHeader
	}
	echo := wire.EchoOf(req)
	a := wire.Answer{
		Code: code, Reason: reason, Extra: headers, Server: e.cfg.UserAgent,
		ToTag: wire.ToTag(echo.CallID, echo.From, e.tagKey),
	}
	data := a.Append(make([]byte, 0, 512), &echo)
	to := src
	if !to.Reliable() {
		to.Addr = wire.ReplyAddr(req.Via(), src.Addr)
	}
	if req.Method == sip.INVITE && code >= 200 {
		f := &final{data: data, to: to}
		if e.routes.end(echo.CallID, route{final: f}, e.cfg.Now()) == routePending {
			e.repeatFinal(f)
		}
	}
	return e.Send(to, data)
}

// answerKey names a non-INVITE server transaction (RFC 3261 17.2.3), with the source so that nobody can fetch the
// answer of another.
type answerKey struct {
	src                    leg.Dest
	branch, callID, method string
	cseq                   uint32
}

// maxAnswers bounds the transactions remembered; only authenticated requests get in.
const maxAnswers = 8192

// answerCache keeps the answers of non-INVITE transactions for 32 s (timer J), so that a retransmission gets the same
// answer instead of being done twice. An entry without data is under way.
type answerCache struct {
	mu    sync.Mutex
	limit int
	m     map[answerKey]*cachedAnswer
	order []agingAnswer
}

type cachedAnswer struct{ data []byte }

type agingAnswer struct {
	key   answerKey
	entry *cachedAnswer
	until time.Time
}

func newAnswerCache(limit int) *answerCache {
	return &answerCache{limit: limit, m: map[answerKey]*cachedAnswer{}}
}

func keyOf(req *sip.Request, src leg.Dest) answerKey {
	branch, _ := req.Via().Params.Get("branch")
	return answerKey{src, branch, string(*req.CallID()), string(req.Method), req.CSeq().SeqNo}
}

// get returns the answer, nil if it is under way, and whether the transaction is known.
func (c *answerCache) get(k answerKey) (data []byte, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.m[k]; e != nil {
		return e.data, true
	}
	return nil, false
}

// begin remembers a transaction; false if it is known already.
func (c *answerCache) begin(k answerKey, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m[k] != nil {
		return false
	}
	if len(c.order) >= c.limit {
		c.dropFirst()
	}
	entry := &cachedAnswer{}
	c.m[k] = entry
	c.order = append(c.order, agingAnswer{k, entry, now.Add(routeTTL)})
	return true
}

func (c *answerCache) set(k answerKey, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.m[k]; e != nil {
		e.data = data
	}
}

func (c *answerCache) sweep(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.order) > 0 && !now.Before(c.order[0].until) {
		c.dropFirst()
	}
	if len(c.order) == 0 {
		c.order = nil
	}
}

func (c *answerCache) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.m)
}

func (c *answerCache) dropFirst() {
	first := c.order[0]
	c.order = c.order[1:]
	if c.m[first.key] == first.entry {
		delete(c.m, first.key)
	}
}
