package pairing

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
)

// Past is what a matcher was told over a stretch of the journal, for explanations. It begins with the rows that did not
// change in the stretch nor after it; what changed is known from its first change on.
type Past struct {
	changes []queues.Change
	base    []queues.Change
	unknown map[string]bool // rows that changed after the stretch and not in it: how they were is not known
}

// matters: rows that decide who is paired with whom.
func matters(key string) bool {
	return strings.HasPrefix(key, b2bua.WaitingPrefix) || strings.HasPrefix(key, seat.IndexPrefix)
}

// NewPast reads a stretch of the feed, in order. Until is its last index; the feed goes on to the index of rows, which
// are those of agents and waiting calls as they are now.
func NewPast(feed iter.Seq[*machine.Change], until uint64, rows iter.Seq2[string, []byte]) (*Past, error) {
	p := &Past{unknown: map[string]bool{}}
	known := map[string]bool{}
	for c := range feed {
		for _, op := range c.Ops {
			key := string(op.Key)
			switch {
			case !matters(key):
			case c.Index > until && !known[key]:
				p.unknown[key] = true
			case c.Index <= until:
				known[key] = true
				x, err := asChange(key, op.Value, op.Delete)
				if err != nil {
					return nil, err
				}
				x.Index, x.AtMs = c.Index, c.TimeMs
				p.changes = append(p.changes, x)
			}
		}
	}
	for key, value := range rows {
		if known[key] || p.unknown[key] {
			continue
		}
		x, err := asChange(key, value, false)
		if err != nil {
			return nil, err
		}
		p.base = append(p.base, x)
	}
	return p, nil
}

func asChange(key string, value []byte, gone bool) (x queues.Change, err error) {
	if id, ok := strings.CutPrefix(key, b2bua.WaitingPrefix); ok {
		if gone {
			return queues.Change{CallGone: id}, nil
		}
		x.Call = &cc.WaitingCall{}
		err = x.Call.UnmarshalVT(value)
	} else if id, ok := strings.CutPrefix(key, seat.IndexPrefix); ok {
		if gone {
			return queues.Change{AgentGone: id}, nil
		}
		x.Agent = &cc.AgentSummary{}
		err = x.Agent.UnmarshalVT(value)
	}
	if err != nil {
		err = fmt.Errorf("reading row %s: %w", key, err)
	}
	return x, err
}

// Whole says that every agent's state is known from the beginning of the stretch or from their first change in it.
func (p *Past) Whole() bool {
	for key := range p.unknown {
		if strings.HasPrefix(key, seat.IndexPrefix) {
			return false
		}
	}
	return true
}

// History is the stretch as package queues replays it.
func (p *Past) History() iter.Seq[queues.Change] {
	return func(yield func(queues.Change) bool) {
		for _, list := range [][]queues.Change{p.base, p.changes} {
			for _, c := range list {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// Granted finds where an agent gave its token for an offer: the index, its time, and the indexes before it at which the
// pair may have been made: what the matcher had seen, and what it was told ahead of the journal.
type Granted struct {
	Index  uint64
	AtMs   int64
	Before []uint64
}

// Grant looks for the grant of an offer; small is the explanation that the offer carries.
func (p *Past) Grant(offer, call, agent string, small *cc.Explain) (Granted, bool) {
	at := map[uint64]bool{small.GetAppliedIndex(): true}
	for _, c := range p.changes {
		switch {
		case c.Call != nil && c.Call.Call == call && c.Index > small.GetAppliedIndex():
			at[c.Index] = true
		case c.Agent != nil && c.Agent.Agent == agent && c.Agent.Offer == offer && c.Agent.Token == cc.TokenState_RESERVED:
			g := Granted{Index: c.Index, AtMs: c.AtMs}
			at[c.Index-1] = true
			g.Before = slices.Sorted(maps.Keys(at))
			if len(g.Before) > maxTries {
				g.Before = append(g.Before[:maxTries-1:maxTries-1], g.Before[len(g.Before)-1])
			}
			return g, true
		}
	}
	return Granted{}, false
}

// maxTries bounds the indexes at which one offer is explained.
const maxTries = 6

// Explain recomputes the full explanation of an offer. agrees: it is the one that small sums up; if it is at none of the
// indexes, the explanation is of the last.
func (p *Past) Explain(
	dir *cc.Directory, offer, call, agent string, small *cc.Explain,
) (x queues.CallExplanation, agrees, found bool, err error) {
	g, found := p.Grant(offer, call, agent, small)
	if !found {
		return x, false, false, nil
	}
	for _, index := range g.Before {
		x, err = queues.ExplainOffer(dir, p.History(), call, index, g.AtMs)
		if err != nil {
			return x, false, true, fmt.Errorf("explaining offer %s: %w", offer, err)
		}
		if x.Agrees(small, agent) {
			return x, true, true, nil
		}
	}
	return x, false, true, nil
}
