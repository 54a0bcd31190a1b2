package audit

import (
	"bytes"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
)

// call replays one call.
func (a *auditor) call(id string) {
	s := &cc.CallState{}
	answered := false
	ok := a.replay(id, a.layout.CallStream(id), 1, func(e *cc.Event, _ int64) {
		a.callEvent(id, s, e)
		if _, ok := e.Message().(*cc.Answered); ok {
			answered = true
		}
	}, func(e *cc.Event, atMs int64) { call.Apply(s, e, atMs) })
	if !ok {
		return
	}
	if answered {
		a.report.Answered++
	}
	a.callEnd(id, s)
}

// callEvent checks an event against the state it meets.
func (a *auditor) callEvent(id string, s *cc.CallState, e *cc.Event) {
	switch m := e.Message().(type) {
	case *cc.OfferMade:
		o := a.offer(m.Offer.Id)
		o.call, o.agent = id, m.Offer.Agent
		o.made++
		if s.Phase != cc.CallPhase_WAITING && (s.Phase != cc.CallPhase_OFFERED || s.RingMax == 0) {
			a.report.add("I2", id, "offer %s made in phase %v", m.Offer.Id, s.Phase)
		}
	case *cc.OfferClosed:
		o := a.offer(m.Offer)
		o.ended++
		o.outcomeAtCall = m.Outcome
	case *cc.Answered:
		o := a.offer(m.Offer)
		o.ended++
		o.outcomeAtCall = cc.OfferOutcome_ANSWERED
		if s.Phase != cc.CallPhase_OFFERED {
			a.report.add("I2", id, "answered in phase %v", s.Phase)
		}
		if m.OwnerEpoch <= s.OwnerEpoch {
			a.report.add("I4", id, "answer with owner epoch %d after %d", m.OwnerEpoch, s.OwnerEpoch)
		}
	case *cc.BubbleClaimed:
		if m.Epoch <= s.OwnerEpoch || s.Owner != "" {
			a.report.add("I4", id, "claimed by %s with epoch %d while %q owns epoch %d", m.Agent, m.Epoch, s.Owner,
				s.OwnerEpoch)
		}
	case *cc.BubbleTaken:
		if m.Epoch <= s.OwnerEpoch || m.From != s.Owner {
			a.report.add("I4", id, "taken from %s with epoch %d while %q owns epoch %d", m.From, m.Epoch, s.Owner,
				s.OwnerEpoch)
		}
	case *cc.CallEnded:
		if m.Cause == cc.EndCause_END_NONE {
			a.report.add("I2", id, "ended without a cause")
		}
		if s.Phase == cc.CallPhase_ENDED {
			a.report.add("I2", id, "ended twice")
		}
	}
}

// callEnd checks the state a call was left in, and the index against it.
func (a *auditor) callEnd(id string, s *cc.CallState) {
	switch s.Phase {
	case cc.CallPhase_ENDED:
		a.report.Ended[s.EndCause.String()]++
	case cc.CallPhase_WAITING, cc.CallPhase_OFFERED, cc.CallPhase_BRIDGED:
		a.report.Live++
		if _, ok := a.src.Get([]byte(a.layout.LivePrefix + id)); !ok {
			a.report.add("I2", id, "is %v but would not be brought back after a restart", s.Phase)
		}
	default:
		a.report.add("I2", id, "is in phase %v", s.Phase)
	}
	for _, o := range call.Offers(s) {
		a.offer(o.Id).open = true
	}
	if s.Phase == cc.CallPhase_BRIDGED {
		a.offer(s.AgentOffer).open = true
	}
	_, waits := a.src.Get([]byte(a.layout.WaitingPrefix + id))
	if want := call.Waiting(s) != nil; waits != want {
		a.report.add("I2", id, "index says waiting=%v, the call %v", waits, want)
	}
	summary, _ := call.Summary(s).MarshalVT()
	if have, _ := a.src.Get([]byte(a.layout.SummaryPrefix + id)); !bytes.Equal(have, summary) {
		a.report.add("I11", id, "replay differs from the index")
	}
}
