package queues

import (
	"iter"
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// NoCalls is the reason of a time in which no call waited that nobody was being asked for.
const NoCalls = "no_calls"

// Span is a time in which an agent got nothing for one reason. A zero Reason: a call was about to be offered.
type Span struct {
	FromMs, UntilMs int64
	Reason          Reason
	Queue           string // of the call; "" with no call
	Call            string // best of the agent's queues at the beginning of the span; "": none waited
}

// WhyNothing says for an agent why no call was offered from a time until another: what stood between the agent and the
// best waiting call of their queues that nobody was being asked for (R80), or what kept the agent from any call while
// none waited, or no_calls. dir is the configuration in force at the beginning of the history, which must begin before
// the time asked for, best with all that waited then. At most limit spans; whole is false if there were more.
func WhyNothing(
	dir *cc.Directory, history iter.Seq[Change], agentID string, fromMs, untilMs int64, limit int,
) (spans []Span, whole bool, err error) {
	m, err := New(dir, Limits{})
	if err != nil {
		return nil, false, err
	}
	whole = true
	note := func(now int64) bool {
		s := m.nothing(agentID)
		s.FromMs = max(now, fromMs)
		n := len(spans)
		switch {
		case now <= fromMs: // what holds at the beginning: the last before it
			spans = append(spans[:0], s)
		case n > 0 && spans[n-1].Reason == s.Reason && spans[n-1].Queue == s.Queue:
		case n > 0 && spans[n-1].FromMs == s.FromMs:
			spans[n-1] = s
		case n >= limit:
			whole = false
			return false
		default:
			spans = append(spans, s)
		}
		return true
	}
	err = m.replay(func(yield func(Change) bool) {
		for c := range history {
			if c.AtMs >= untilMs {
				break
			}
			if !yield(c) {
				return
			}
		}
		yield(Change{Index: ^uint64(0), AtMs: untilMs - 1})
	}, note)
	for i := range spans {
		spans[i].UntilMs = untilMs
		if i > 0 {
			spans[i-1].UntilMs = spans[i].FromMs
		}
	}
	return spans, whole, err
}

// nothing is what keeps the agent from a call at m.now.
func (m *Matcher) nothing(agentID string) Span {
	a := m.agents[agentID]
	if a == nil || !slices.ContainsFunc(a.members, func(mb *member) bool { return !mb.removed() }) {
		return Span{Reason: Reason{Code: cc.NotMember}}
	}
	if c := a.bestUnasked(); c != nil {
		return Span{Reason: m.callStanding(a, c), Queue: c.w.Queue, Call: c.w.Call}
	}
	var first Reason
	for _, mb := range a.members {
		if mb.removed() {
			continue
		}
		r := m.queueStanding(a, mb.q.cfg)
		if r.OK() {
			return Span{Reason: Reason{Code: NoCalls}}
		}
		if first.OK() {
			first = r
		}
	}
	return Span{Reason: first}
}

// bestUnasked is the best waiting call of the agent's queues that nobody is being asked for.
func (a *agent) bestUnasked() (best *call) {
	for _, mb := range a.members {
		if mb.removed() {
			continue
		}
		n := mb.q.waiting.first()
		for n != nil && n.v.open() {
			n = n.next()
		}
		if n != nil && (best == nil || callLess(n.v, best)) {
			best = n.v
		}
	}
	return best
}
