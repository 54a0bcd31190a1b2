package audit

import (
	"bytes"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
)

// WrapUpSlackMs is how late a timed wrap-up may end (I6).
const WrapUpSlackMs = 1000

// agent replays one agent, from the newest snapshot if records below it are gone.
func (a *auditor) agent(id string) {
	s := &cc.AgentState{}
	from, stream := uint64(1), a.layout.AgentStream(id)
	if first, ok := firstVersion(a.src, stream); ok && first > 1 {
		snap, version, _ := a.src.Snapshot(stream)
		if err := s.UnmarshalVT(snap); err != nil {
			a.report.add("I11", id, "snapshot cannot be read: %v", err)
			return
		}
		from = version + 1
		a.trimmed[id] = true
	}
	ok := a.replay(id, stream, from, func(e *cc.Event, atMs int64) { a.agentEvent(id, s, e, atMs) },
		func(e *cc.Event, atMs int64) { agent.Apply(s, e, atMs) })
	if !ok {
		return
	}
	if s.Token.GetState() > cc.TokenState_FREE && s.Token.State != cc.TokenState_WRAPUP {
		o := a.offer(s.Token.Offer)
		o.held, o.agent = true, id
		if o.call == "" {
			o.call = s.Token.Call
		}
	}
	summary, _ := agent.Summary(s).MarshalVT()
	if have, _ := a.src.Get([]byte(a.layout.AgentPrefix + id)); !bytes.Equal(have, summary) {
		a.report.add("I11", id, "replay differs from the index")
	}
}

func firstVersion(src Source, stream string) (uint64, bool) {
	for rec := range src.Records(stream, 1) {
		return rec.Version, true
	}
	return 0, false
}

func (a *auditor) agentEvent(id string, s *cc.AgentState, e *cc.Event, nowMs int64) {
	switch m := e.Message().(type) {
	case *cc.TokenGranted:
		if s.Token.GetState() > cc.TokenState_FREE {
			a.report.add("I1", id, "token granted to %s while %s holds it", m.Offer, s.Token.Offer)
		}
		o := a.offer(m.Offer)
		o.granted++
		o.agent = id
		if o.call == "" {
			o.call = m.Call
		}
	case *cc.TokenFreed:
		if s.Token.GetOffer() != m.Offer {
			a.report.add("I1", id, "freed the token of %s while %q holds it", m.Offer, s.Token.GetOffer())
		}
		o := a.offer(m.Offer)
		o.freed++
		o.outcomeAtAgent = m.Outcome
	case *cc.WrapUpEnded:
		if until := s.Token.GetWrapupUntilMs(); m.By == "system" && nowMs > until+WrapUpSlackMs {
			a.report.late("I6", id, "wrap-up of "+m.Offer+" ended", until, nowMs)
		}
	}
}
