package queues

import (
	"fmt"
	"iter"
	"math"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Change is one thing that a matcher was told, with the journal index that it came with. Exactly one of the others is
// set. Changes of one index are one append and are decided on together.
type Change struct {
	Index     uint64
	AtMs      int64
	Center    *cc.Directory
	Call      *cc.WaitingCall
	CallGone  string
	Agent     *cc.AgentSummary
	AgentGone string
}

// Take tells the matcher a change.
func (m *Matcher) Take(c Change) error {
	switch {
	case c.Center != nil:
		return m.Configure(c.Center)
	case c.Call != nil:
		m.SetCall(c.Call)
	case c.CallGone != "":
		m.RemoveCall(c.CallGone)
	case c.Agent != nil:
		m.SetAgent(c.Agent)
	case c.AgentGone != "":
		m.RemoveAgent(c.AgentGone)
	}
	return nil
}

// replay tells a matcher a history in order and lets it decide after each append and whenever it wanted to be woken, so
// that pairs on their way are kept apart as they were. decided is called after each decision; false ends the replay. What
// is decided differs from what was only where a hint, or several appends taken in together, made the difference.
func (m *Matcher) replay(history iter.Seq[Change], decided func(now int64) bool) error {
	decide := func(now int64) bool {
		m.Match(now)
		m.Unmatched(now)
		return decided(now)
	}
	var last Change
	for c := range history {
		if c.Index != last.Index && last.AtMs > 0 {
			if !decide(last.AtMs) {
				return nil
			}
			for at, ok := m.NextWake(last.AtMs); ok && at < c.AtMs; at, ok = m.NextWake(at) {
				if !decide(at) {
					return nil
				}
			}
		}
		if err := m.Take(c); err != nil {
			return fmt.Errorf("replaying index %d: %w", c.Index, err)
		}
		last = c
	}
	if last.AtMs > 0 {
		decide(last.AtMs)
	}
	return nil
}

// ExplainOffer recomputes the full explanation of an offer of the call from the history, as of the applied index that
// the offer's small one names and the time at which it was decided; dir is the configuration in force at the beginning.
// Calls with a better score have taken their agents. Known is false when the call did not wait there and then.
func ExplainOffer(
	dir *cc.Directory, history iter.Seq[Change], callID string, index uint64, nowMs int64,
) (CallExplanation, error) {
	m, err := New(dir, Limits{})
	if err != nil {
		return CallExplanation{}, err
	}
	var x CallExplanation
	var turnMs, lastMs int64
	m.onTurn = func(c *call) {
		if c.w.Call == callID {
			x, turnMs = m.ExplainCall(callID, m.now), m.now
		}
	}
	err = m.replay(func(yield func(Change) bool) {
		for c := range history {
			if c.Index > index {
				break
			}
			if lastMs = c.AtMs; !yield(c) {
				return
			}
		}
		yield(Change{Index: math.MaxUint64, AtMs: max(lastMs, nowMs)})
	}, func(int64) bool { return true })
	if turnMs < lastMs { // it had no turn here
		x = m.ExplainCall(callID, nowMs)
	}
	return x, err
}

// Agrees says whether the explanation is the one that the small one of an offer to the agent sums up.
func (x CallExplanation) Agrees(e *cc.Explain, agent string) bool {
	counts := map[string]int32{}
	asked, ranked := int(max(1, e.GetGroup())), 0
	won := false
	for _, s := range x.Agents {
		if s.Reason.Code != "" {
			counts[s.Reason.Code]++
		}
		if s.Rank == 0 {
			continue
		}
		ranked++
		if won = won || s.Agent == agent && s.Rank <= asked && s.RankKey == e.RankKey; s.Rank > asked {
			if i := s.Rank - asked - 1; i < len(e.Next) && e.Next[i] != s.Agent {
				return false
			}
		}
	}
	for _, n := range e.GetExcluded() {
		if counts[n.Code] != n.Count {
			return false
		}
		delete(counts, n.Code)
	}
	return won && len(counts) == 0 && len(e.Next) == min(nextExplained, ranked-asked) && x.ConfigVersion == e.ConfigVersion
}
