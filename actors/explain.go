package actors

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/pairing"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
)

// Limits of explanations: they read the journal's feed, and one at a time does.
const (
	maxOffersExplained = 100     // of a call, the last ones
	maxOffersFull      = 5       // of these, recomputed
	pastFirst          = 2_000   // indexes of a stretch that is tried first
	pastMost           = 200_000 // and at most, with all that came since
	maxSpans           = 500
)

// ErrPastGone: the journal does not reach back that far, or too much has happened since.
var ErrPastGone = errors.New("too long ago to be recomputed")

// OfferExplained says why an offer of a call went to its agent.
type OfferExplained struct {
	Offer, Agent, Queue string
	AtMs                int64
	Small               *cc.Explain
	Full                *queues.CallExplanation // nil: not recomputed
	Agrees              bool                    // the full one is what the small one sums up
	Why                 string                  // why it was not recomputed
	index               uint64
}

// ExplainOffers lists the offers of a call with the explanation that each carries; the last few are recomputed in full
// (DESIGN 4).
func (n *Node) ExplainOffers(ctx context.Context, call string) ([]OfferExplained, error) {
	offers, err := n.offersOf(call)
	if err != nil {
		return nil, err
	}
	if err := n.explaining(ctx); err != nil {
		return nil, err
	}
	defer n.explained()
	for i := max(0, len(offers)-maxOffersFull); i < len(offers) && ctx.Err() == nil; i++ {
		n.recompute(call, &offers[i])
	}
	return offers, nil
}

func (n *Node) offersOf(call string) (out []OfferExplained, err error) {
	v := n.reader()
	defer v.Close()
	for r := range v.Records(callStream(call), 1) {
		rec := &cc.Record{}
		if err := rec.UnmarshalVT(r.Data); err != nil {
			return nil, unreadable("call", call)
		}
		for _, e := range rec.Events {
			if m, ok := e.Message().(*cc.OfferMade); ok {
				out = append(out, OfferExplained{
					Offer: m.Offer.GetId(), Agent: m.Offer.GetAgent(), Queue: m.Offer.GetQueue(), AtMs: rec.NowMs,
					Small: m.Explain, index: r.Index,
				})
			}
		}
	}
	if len(out) > maxOffersExplained {
		out = out[len(out)-maxOffersExplained:]
	}
	return out, nil
}

// explaining takes the one turn there is.
func (n *Node) explaining(ctx context.Context) error {
	select {
	case n.explain <- struct{}{}:
		return nil
	case <-ctx.Done():
		return overloaded()
	}
}

func (n *Node) explained() { <-n.explain }

func (n *Node) recompute(call string, o *OfferExplained) {
	if o.Small.GetRankKey() == pushedKey {
		o.Why = "a supervisor chose the agent"
		return
	}
	dir, err := n.directoryOf(o.Small.GetConfigVersion())
	var past *pairing.Past
	if err == nil {
		past, err = n.past(min(o.index, o.Small.GetAppliedIndex()), o.index)
	}
	if err != nil {
		o.Why = err.Error()
		return
	}
	x, agrees, found, err := past.Explain(dir, o.Offer, call, o.Agent, o.Small)
	switch {
	case err != nil:
		o.Why = err.Error()
	case !found:
		o.Why = ErrPastGone.Error()
	default:
		o.Full, o.Agrees = &x, agrees
	}
}

// directoryOf is a version of the configuration.
func (n *Node) directoryOf(version uint64) (*cc.Directory, error) {
	if dir := n.Directory(); version == 0 || dir.Center.GetVersion() == version {
		return dir, nil
	}
	v := n.reader()
	defer v.Close()
	for r := range v.Records(configStream, version) {
		c := &cc.Center{}
		if err := c.UnmarshalVT(r.Data); err != nil {
			return nil, fmt.Errorf("reading version %d of the configuration: %w", version, err)
		}
		return cc.NewDirectory(c), nil
	}
	return nil, ErrPastGone
}

// past reads the stretch that ends at until and reaches back from an index so far that every agent's state is known.
func (n *Node) past(from, until uint64) (*pairing.Past, error) {
	for back := uint64(pastFirst); ; back *= 8 {
		p, reached, err := n.stretch(from-min(from, back), until)
		if err != nil || p.Whole() || reached {
			return p, err
		}
	}
}

// stretch reads the feed from an index on; reached: there is no more to be had before it.
func (n *Node) stretch(from, until uint64) (p *pairing.Past, reached bool, err error) {
	v := n.reader()
	defer v.Close()
	now := v.Applied()
	if until+pastMost < now {
		return nil, true, ErrPastGone
	}
	if least := max(now-min(now, pastMost)+1, v.FeedFloor()); from <= least {
		from, reached = least, true
	}
	var failed error
	p, err = pairing.NewPast(func(yield func(*machine.Change) bool) {
		failed = n.journal.Feed(from, now, func(c machine.Change) bool { return yield(&c) })
	}, until, rowsOf(v))
	if errors.Is(failed, persistence.ErrTrimmed) {
		return nil, true, ErrPastGone
	}
	if err == nil {
		err = failed
	}
	return p, reached, err
}

func rowsOf(v reader) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for _, prefix := range []string{agentPrefix, b2bua.WaitingPrefix} {
			for k, value := range v.Scan([]byte(prefix)) {
				if !yield(string(k), value) {
					return
				}
			}
		}
	}
}

// WhyNothing says what kept calls from an agent between two times: R80 over a stretch of the past. whole: it is all.
func (n *Node) WhyNothing(ctx context.Context, agent string, fromMs, untilMs int64) ([]queues.Span, bool, error) {
	if err := n.explaining(ctx); err != nil {
		return nil, false, err
	}
	defer n.explained()
	for back := uint64(pastFirst); ; back *= 8 {
		v := n.reader()
		now, floor := v.Applied(), max(v.FeedFloor(), 1)
		v.Close()
		from := max(now-min(now, back)+1, floor)
		first, err := n.firstAt(from)
		switch {
		case err != nil:
			return nil, false, err
		case first <= fromMs || from == 1:
		case from > floor && back < pastMost:
			continue
		default:
			return nil, false, cc.Errorf(cc.CodeNotFound, "too much has happened since: ask for a later time")
		}
		p, _, err := n.stretch(from, now)
		if err != nil {
			return nil, false, cc.Errorf(cc.CodeNotFound, "%v", err)
		}
		spans, whole, err := queues.WhyNothing(n.Directory(), p.History(), agent, fromMs, untilMs, maxSpans)
		if err != nil {
			return nil, false, fmt.Errorf("explaining agent %s: %w", agent, err)
		}
		return spans, whole, nil
	}
}

// firstAt is the time of the first change from an index on.
func (n *Node) firstAt(index uint64) (ms int64, err error) {
	err = n.journal.Feed(index, index+pastFirst, func(c machine.Change) bool {
		ms = c.TimeMs
		return false
	})
	if errors.Is(err, persistence.ErrTrimmed) {
		return 0, cc.Errorf(cc.CodeNotFound, "the journal does not reach back that far")
	}
	return ms, err
}
