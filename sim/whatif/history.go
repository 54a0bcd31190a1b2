package whatif

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// redialWithinMs: a caller who hung up while waiting and calls again within this time would not have if answered.
const redialWithinMs = 10 * 60_000

// arrival is one caller as seen: when they came, how long they waited and talked.
type arrival struct {
	id, number, caller, name, diverted, trunk string
	atMs                                      int64
	redialOf                                  string // the call of theirs that was given up just before, or waited
	beside                                    bool   // redialOf waited still (R94)

	queued, answered, abandoned bool
	over                        bool  // the call has ended: talkMs is all of it
	waitMs                      int64 // from the queue's entry to the answer, the end, or the journal's end
	talkMs, wrapMs              int64 // wrapMs of the first agent; -1: not seen
	queue                       string
}

// wish is what an agent wanted to be from a time on.
type wish struct {
	atMs     int64
	presence cc.Presence
	reason   string
}

// reaction is what an agent did with one offer.
type reaction struct {
	outcome cc.OfferOutcome
	afterMs int64 // since the offer
}

// watched is what the journal shows of one agent.
type watched struct {
	id        string
	wishes    []wish
	reactions []reaction
	cut       []int64 // ms that offers lasted which others ended
	wraps     []int64 // ms, as long as they took
	backs     []int64 // ms from an Unavailable that an offer brought to the agent's return
	others    []other
}

// other is what became of a direct, internal or outbound call of an agent, or of a membership that a supervisor changed:
// the command that brought it.
type other struct {
	atMs int64
	cmd  any
}

// version is a configuration and when it came into force.
type version struct {
	atMs int64
	dir  *cc.Directory
}

// history is what a what-if needs of a journal. It holds a few words a call.
type history struct {
	arrivals []*arrival
	byCall   map[string]*arrival
	agents   map[string]*watched
	configs  []version
	fromMs   int64 // of the first arrival
	toMs     int64 // of the last end of a call
	actual   *book
}

// readHistory reads a journal. from and to bound the arrivals by journal index.
func readHistory(r machine.Reader, from, to uint64) (*history, error) {
	h := &history{byCall: map[string]*arrival{}, agents: map[string]*watched{}, actual: newBook()}
	err := machine.Records(r, "config", 1, func(rec machine.Record) bool {
		c := &cc.Center{}
		if c.UnmarshalVT(rec.Data) == nil { // one that cannot be read is the replay's finding
			h.configs = append(h.configs, version{rec.TimeMs, cc.NewDirectory(c)})
		}
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if len(h.configs) == 0 {
		return nil, errNoConfig
	}
	st, err := machine.ReadState(r)
	if err != nil {
		return nil, err
	}
	if err := h.read(r, "call/", func(id string) taker { return &callReader{h: h, id: id, from: from, to: to} }); err != nil {
		return nil, err
	}
	if len(h.arrivals) == 0 {
		return nil, errNoCalls
	}
	slices.SortFunc(h.arrivals, func(a, b *arrival) int {
		return cmp.Or(cmp.Compare(a.atMs, b.atMs), cmp.Compare(a.id, b.id))
	})
	h.fromMs = h.arrivals[0].atMs
	h.close(st.TimeNs / 1e6)
	h.findRedials()
	h.actual.fromMs, h.actual.toMs = h.fromMs, h.toMs
	err = h.read(r, "agent/", func(id string) taker { return &agentReader{h: h, a: h.agent(id)} })
	h.actual.close(h.toMs)
	return h, err
}

// taker takes a stream's records.
type taker interface {
	snapshot(data []byte)
	take(r *cc.Record, index uint64)
	end()
}

func (h *history) read(r machine.Reader, prefix string, of func(id string) taker) error {
	var streams []string
	if err := machine.Streams(r, prefix, func(s string) bool { streams = append(streams, s); return true }); err != nil {
		return fmt.Errorf("listing streams: %w", err)
	}
	for _, s := range streams {
		t := of(strings.TrimPrefix(s, prefix))
		first := true
		err := machine.Records(r, s, 1, func(rec machine.Record) bool {
			if first && rec.Version > 1 {
				if data, _, ok, err := machine.Snapshot(r, s); ok && err == nil {
					t.snapshot(append([]byte(nil), data...))
				}
			}
			first = false
			var x cc.Record
			if x.UnmarshalVT(rec.Data) != nil {
				return false // the replay's finding
			}
			t.take(&x, rec.Index)
			return true
		})
		if err != nil {
			return fmt.Errorf("reading %s: %w", s, err)
		}
		t.end()
	}
	return nil
}

func (h *history) agent(id string) *watched {
	w := h.agents[id]
	if w == nil {
		w = &watched{id: id}
		h.agents[id] = w
	}
	return w
}

// close ends what the journal leaves open.
func (h *history) close(endMs int64) {
	for _, a := range h.arrivals {
		if a.queued && !a.over && !a.answered {
			a.waitMs = max(0, endMs-a.waitMs)
		}
	}
	h.toMs = max(h.toMs, h.fromMs)
}

func (h *history) findRedials() {
	last := map[string]*arrival{}
	for _, a := range h.arrivals {
		if a.caller == "" {
			continue
		}
		if p := last[a.caller]; p != nil && p.queued {
			since := a.atMs - (p.atMs + p.waitMs)
			a.beside = since < 0
			if a.beside || p.abandoned && since <= redialWithinMs {
				a.redialOf = p.id
			}
		}
		last[a.caller] = a
	}
}

// callReader reads one call.
type callReader struct {
	h         *history
	id        string
	from, to  uint64
	a         *arrival
	talkSince int64
}

func (*callReader) snapshot([]byte) {}

func (c *callReader) take(r *cc.Record, index uint64) {
	for _, e := range r.Events {
		if x := e.GetCallArrived(); x != nil && c.a == nil && index >= c.from && index <= c.to {
			c.a = &arrival{
				id: c.id, number: x.Number, caller: x.Caller, name: x.CallerName, diverted: x.DivertedFrom, trunk: x.Trunk,
				atMs: r.NowMs, wrapMs: -1,
			}
		}
		if c.a == nil {
			continue
		}
		c.h.actual.call(c.id, e, r.NowMs)
		c.event(e, r.NowMs)
	}
}

func (c *callReader) event(e *cc.Event, nowMs int64) {
	a := c.a
	switch x := e.Message().(type) {
	case *cc.CallQueued:
		if !a.queued {
			a.queued, a.waitMs = true, nowMs // made a duration at its end
		}
		a.queue = x.Queue
	case *cc.Answered:
		if !a.answered {
			a.answered, a.waitMs = true, nowMs-a.waitMs
		}
		c.talkSince = nowMs
	case *cc.AgentLeft:
		a.talkMs += nowMs - c.talkSince
		c.talkSince = 0
	case *cc.CallEnded:
		a.over = true
		c.h.toMs = max(c.h.toMs, nowMs)
		if c.talkSince > 0 {
			a.talkMs += nowMs - c.talkSince
		}
		if a.queued && !a.answered {
			a.waitMs = nowMs - a.waitMs
			a.abandoned = byCaller(x.Cause)
		}
	}
}

func (c *callReader) end() {
	if c.a != nil {
		c.h.arrivals = append(c.h.arrivals, c.a)
		c.h.byCall[c.id] = c.a
	}
}

func byCaller(c cc.EndCause) bool {
	return c == cc.EndCause_END_CALLER || c == cc.EndCause_END_CALLER_LOST
}

// agentReader reads one agent.
type agentReader struct {
	h         *history
	a         *watched
	call      string // of the token
	offeredMs int64  // 0: no offer is open
	wrapMs    int64  // its wrap-up began
	downMs    int64  // an offer's end made the agent Unavailable
	is        wish   // as it is
	next      *wish  // stored until the token is free
}

func (g *agentReader) snapshot(data []byte) {
	s := &cc.AgentState{}
	if s.UnmarshalVT(data) == nil {
		g.is = wish{s.PresenceSinceMs, s.Presence, s.Reason}
		g.a.wishes = append(g.a.wishes, g.is)
	}
	g.h.actual.agentIs(g.a.id, s)
}

func (g *agentReader) take(r *cc.Record, _ uint64) {
	for _, e := range r.Events {
		g.h.actual.agent(g.a.id, e, r.NowMs)
		g.event(e, r.NowMs)
	}
	switch cmd := r.Command.Message().(type) {
	case *cc.DeskCallChanged, *cc.SetMembership:
		g.a.others = append(g.a.others, other{r.NowMs, cmd})
	}
}

func (g *agentReader) event(e *cc.Event, nowMs int64) {
	a := g.a
	switch x := e.Message().(type) {
	case *cc.PresenceChanged:
		g.presence(x, nowMs)
	case *cc.NextPresenceSet:
		g.next = nil
		want := wish{nowMs, x.Presence, x.Reason}
		if x.Presence == cc.Presence_PRESENCE_UNKNOWN { // what was stored is taken back
			want.presence, want.reason = g.is.presence, g.is.reason
		} else {
			g.next = &want
		}
		a.wishes = append(a.wishes, want)
	case *cc.TokenGranted:
		g.offeredMs, g.call = nowMs, x.Call
	case *cc.TokenTalking:
		g.reacted(cc.OfferOutcome_ANSWERED, nowMs)
	case *cc.WrapUpStarted:
		g.wrapMs = nowMs
	case *cc.TokenFreed:
		if g.wrapMs > 0 {
			a.wraps = append(a.wraps, nowMs-g.wrapMs)
			if c := g.h.byCall[g.call]; c != nil && c.wrapMs < 0 {
				c.wrapMs = nowMs - g.wrapMs
			}
		}
		g.wrapMs = 0
		g.reacted(x.Outcome, nowMs)
	}
}

// presence: a wish, unless it was stored before, or an offer's end had made the agent Unavailable or is over with that.
func (g *agentReader) presence(x *cc.PresenceChanged, nowMs int64) {
	stored, down := g.next, g.downMs
	g.is, g.next, g.downMs = wish{nowMs, x.Presence, x.Reason}, nil, 0
	switch {
	case byOffer(x):
		g.downMs = nowMs
	case down > 0 && x.Presence == cc.Presence_AVAILABLE:
		g.a.backs = append(g.a.backs, nowMs-down)
	case stored != nil && stored.presence == x.Presence && stored.reason == x.Reason:
	default:
		g.a.wishes = append(g.a.wishes, g.is)
	}
}

// reacted keeps what the agent or the phone did, and how long it took.
func (g *agentReader) reacted(o cc.OfferOutcome, nowMs int64) {
	if g.offeredMs == 0 {
		return
	}
	switch o {
	case cc.OfferOutcome_ANSWERED, cc.OfferOutcome_REJECTED, cc.OfferOutcome_MISSED, cc.OfferOutcome_FAILED_BUSY,
		cc.OfferOutcome_FAILED_UNREACHABLE, cc.OfferOutcome_FAILED_CONNECT:
		g.a.reactions = append(g.a.reactions, reaction{o, nowMs - g.offeredMs})
	case cc.OfferOutcome_CALLER_GAVE_UP, cc.OfferOutcome_WITHDRAWN_ANSWERED_ELSEWHERE, cc.OfferOutcome_WITHDRAWN_MOVED,
		cc.OfferOutcome_WITHDRAWN_QUEUE_CLOSED:
		g.a.cut = append(g.a.cut, nowMs-g.offeredMs)
	}
	g.offeredMs = 0
}

func (g *agentReader) end() { g.a.complete() }

// byOffer: the end of an offer made the agent Unavailable, not a wish.
func byOffer(x *cc.PresenceChanged) bool {
	if x.Presence != cc.Presence_UNAVAILABLE {
		return false
	}
	return x.Reason == cc.ReasonMissed || x.Reason == cc.ReasonRejected || x.Reason == cc.ReasonEndpointUnreachable
}
