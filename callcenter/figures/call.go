package figures

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// FoldCall takes one event of the call's stream into its facts; events it does not know tell nothing.
func FoldCall(f *cc.CallFacts, e *cc.Event, atMs int64) {
	switch m := e.Message().(type) {
	case *cc.CallArrived:
		f.Call, f.Tenant, f.Campaign, f.Number, f.Caller = m.Call, m.Tenant, m.Campaign, m.Number, m.Caller
		f.ArrivedMs, f.Test = atMs, m.Test
	case *cc.CallQueued:
		queued(f, m, atMs)
	case *cc.OfferMade:
		if room(f, len(f.Offers), MaxOffers) {
			f.Offers = append(f.Offers, &cc.OfferFact{
				Offer: m.Offer.GetId(), Agent: m.Offer.GetAgent(), Queue: m.Offer.GetQueue(), MadeMs: atMs,
			})
		}
	case *cc.OfferClosed:
		endOffer(f, m.Offer, m.Outcome, atMs)
	case *cc.Answered:
		answered(f, m, atMs)
	case *cc.CallHeld:
		if f.HeldMs == 0 && openTalk(f) != nil {
			f.HeldMs = atMs
		}
	case *cc.CallResumed:
		endHold(f, atMs)
	case *cc.AgentLeft:
		endTalk(f, atMs)
	case *cc.CallEnded:
		ended(f, m, atMs)
	case *cc.BubbleClaimed:
		own(f, m.Agent)
	case *cc.BubbleTaken:
		own(f, m.Agent)
	case *cc.BubbleClosed:
		f.Closed = true
	case *cc.Classified:
		classified(f, m.Class)
	case *cc.Corrected:
		Correct(f, m.ClassAfter, corrected(f, m))
	case *cc.PlaceTaken:
		placeTaken(f, m)
	}
}

// queued: into a first queue or a further one. The place of an earlier call counts from that call's entry (R94).
func queued(f *cc.CallFacts, m *cc.CallQueued, atMs int64) {
	how, enter := "next_queue", atMs
	if m.Why != "" {
		how = m.Why
	}
	if m.EnteredMs > 0 {
		enter = m.EnteredMs
	}
	leaveQueue(f, cc.VisitOutcome_VISIT_FLOWED_OUT, how, atMs)
	f.Shared = f.Shared || m.Place != ""
	if room(f, len(f.Visits), MaxVisits) {
		f.Visits = append(f.Visits, &cc.VisitFact{Queue: m.Queue, EnterMs: enter})
	}
}

// corrected is the owner after a correction: one that is taken back leaves who was seen.
func corrected(f *cc.CallFacts, m *cc.Corrected) string {
	switch {
	case m.Field != cc.CorrectedField_CORRECTED_OWNER:
		return ""
	case m.After == "":
		return f.SeenOwner
	}
	return m.After
}

// placeTaken: the caller called again (R94). Of the calls that share a place one counts: this one does not if it is over,
// or ends before it is answered.
func placeTaken(f *cc.CallFacts, m *cc.PlaceTaken) {
	if m.Told == cc.PlaceTold_PLACE_JOINED || f.EndedMs == 0 {
		f.Shared = true
		return
	}
	Resume(f)
}

// room says whether one more fact of a kind fits; if not it is counted as dropped.
func room(f *cc.CallFacts, n, limit int) bool {
	if n >= limit {
		f.Dropped++
	}
	return n < limit
}

// openVisit is the queue that the call waits in, nil: none.
func openVisit(f *cc.CallFacts) *cc.VisitFact {
	if n := len(f.Visits); n > 0 && f.Visits[n-1].LeaveMs == 0 {
		return f.Visits[n-1]
	}
	return nil
}

func leaveQueue(f *cc.CallFacts, outcome cc.VisitOutcome, how string, atMs int64) *cc.VisitFact {
	v := openVisit(f)
	if v != nil {
		v.Outcome, v.How, v.LeaveMs = outcome, how, atMs
	}
	return v
}

func openTalk(f *cc.CallFacts) *cc.TalkFact {
	if n := len(f.Talks); n > 0 && f.Talks[n-1].UntilMs == 0 {
		return f.Talks[n-1]
	}
	return nil
}

func endOffer(f *cc.CallFacts, offer string, outcome cc.OfferOutcome, atMs int64) string {
	for _, o := range slices.Backward(f.Offers) {
		if o.Offer == offer {
			if o.EndMs == 0 {
				o.Outcome, o.EndMs = outcome, atMs
			}
			return o.Queue
		}
	}
	return ""
}

// answered: the visit that waits is answered; an agent who takes over after another was lost answers no visit (R85).
func answered(f *cc.CallFacts, m *cc.Answered, atMs int64) {
	queue := endOffer(f, m.Offer, cc.OfferOutcome_ANSWERED, atMs)
	if v := leaveQueue(f, cc.VisitOutcome_VISIT_ANSWERED, "", atMs); v != nil {
		v.Agent, queue = m.Agent, v.Queue
	}
	endTalk(f, atMs)
	if room(f, len(f.Talks), MaxTalks) {
		f.Talks = append(f.Talks, &cc.TalkFact{Agent: m.Agent, Queue: queue, FromMs: atMs})
	}
	own(f, m.Agent)
}

func endHold(f *cc.CallFacts, atMs int64) {
	if t := openTalk(f); t != nil && f.HeldMs != 0 {
		t.HoldMs += atMs - f.HeldMs
	}
	f.HeldMs = 0
}

func endTalk(f *cc.CallFacts, atMs int64) {
	endHold(f, atMs)
	if t := openTalk(f); t != nil {
		t.UntilMs = atMs
	}
}

// ended: a caller who leaves while waiting or ringing has abandoned; any other end takes the call out by a rule.
func ended(f *cc.CallFacts, m *cc.CallEnded, atMs int64) {
	endTalk(f, atMs)
	f.EndedMs = atMs
	outcome, how := cc.VisitOutcome_VISIT_FLOWED_OUT, Cause(m.Cause)
	if m.Cause == cc.EndCause_END_CALLER || m.Cause == cc.EndCause_END_CALLER_LOST {
		outcome, how = cc.VisitOutcome_VISIT_ABANDONED, ""
	}
	if f.Shared {
		outcome, how = cc.VisitOutcome_VISIT_RESUMED, ""
	}
	leaveQueue(f, outcome, how, atMs)
}

// Cause is an end cause as flowed-out visits name it.
func Cause(c cc.EndCause) string {
	switch c {
	case cc.EndCause_END_NO_DESTINATION:
		return "no_destination"
	case cc.EndCause_END_HOP_LIMIT:
		return "hop_limit"
	case cc.EndCause_END_REJECTED_BY_TARGET:
		return "rejected_by_target"
	case cc.EndCause_END_SUPERVISOR:
		return "supervisor"
	case cc.EndCause_END_NODE_LOST:
		return "node_lost"
	case cc.EndCause_END_AGENT_LOST:
		return "agent_lost"
	case cc.EndCause_END_ADMIN:
		return "admin"
	}
	return "ended"
}

func own(f *cc.CallFacts, agent string) {
	if f.Corrected {
		f.CorrectedOwner = agent
	} else {
		f.SeenOwner = agent
	}
	if !slices.Contains(f.Owners, agent) && room(f, len(f.Owners), MaxOwners) {
		f.Owners = append(f.Owners, agent)
	}
}

// classified: what the call's facts say is as first seen until a person corrects it, from then on as corrected.
func classified(f *cc.CallFacts, class cc.Class) {
	if f.Corrected {
		f.CorrectedClass = class
	} else {
		f.SeenClass = class
	}
}

// Correct takes a correction by a person (R52) into the facts: what was seen stays. Class UNKNOWN, owner "": as before.
func Correct(f *cc.CallFacts, class cc.Class, owner string) {
	if !f.Corrected {
		f.Corrected, f.CorrectedClass, f.CorrectedOwner = true, f.SeenClass, f.SeenOwner
	}
	if class != cc.Class_CLASS_UNKNOWN {
		f.CorrectedClass = class
	}
	if owner != "" {
		f.CorrectedOwner = owner
	}
}

// Resume takes back that the caller abandoned: they called again and have the old place (R94).
func Resume(f *cc.CallFacts) {
	if n := len(f.Visits); n > 0 && f.Visits[n-1].Outcome == cc.VisitOutcome_VISIT_ABANDONED {
		f.Visits[n-1].Outcome = cc.VisitOutcome_VISIT_RESUMED
	}
}

// Quarters lists the quarters of an hour in which facts of the call start, each once, oldest first.
func Quarters(f *cc.CallFacts) []int64 {
	var out []int64
	if f.Call == "" { // a manual bubble is no call (R39)
		return nil
	}
	add := func(ms int64) {
		if q := Quarter(ms); !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	add(f.ArrivedMs)
	for _, v := range f.Visits {
		add(v.EnterMs)
	}
	for _, o := range f.Offers {
		add(o.MadeMs)
	}
	for _, t := range f.Talks {
		add(t.FromMs)
	}
	slices.Sort(out)
	return out
}
