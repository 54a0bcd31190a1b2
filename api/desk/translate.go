package desk

import (
	"strings"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// delivery is one frame for whoever its audience is, encoded once.
type delivery struct {
	seq   uint64
	to    Audience
	frame []byte
}

// translator turns one change of the journal into frames.
type translator struct {
	*state
	seq  uint64
	at   wire.Time
	out  []delivery
	call *cc.CallSummary // as the change leaves it, nil when it is not in the change

	configured bool     // the configuration changed
	revoked    []string // sign-ins that ended
	gone       []client // clients the agent no longer counts as connected
}

// client is a connected client as its agent knows it.
type client struct{ agent, session string }

// apply takes over a change and gives what is to be told of it.
func (st *state) apply(c *machine.Change) *translator {
	t := &translator{state: st, seq: c.Index, at: wire.At(c.TimeMs)}
	var agent *cc.AgentSummary
	var agentID string
	for i := range c.Ops {
		op := &c.Ops[i]
		key := string(op.Key)
		if id, ok := idIn(key, CallPrefix); ok && !op.Delete {
			s := &cc.CallSummary{}
			if s.UnmarshalVT(op.Value) == nil && s.Call == id {
				t.call = s
			}
		} else if id, ok := idIn(key, AgentPrefix); ok && !op.Delete {
			s := &cc.AgentSummary{}
			if s.UnmarshalVT(op.Value) == nil {
				agent, agentID = s, id
			}
		} else {
			t.other(key, op)
		}
	}
	events := decode(c.Records)
	if id, ok := idIn(c.Stream, CallStreams); ok {
		t.callChanged(id, events)
	} else if id, ok := idIn(c.Stream, AgentStreams); ok {
		if agentID != id {
			agent = nil
		}
		t.agentChanged(id, agent, events)
	}
	st.applied = c.Index
	return t
}

func (t *translator) other(key string, op *machine.IndexOp) {
	if key == ConfigKey {
		t.configured = true
	}
	if id, ok := idIn(key, auth.FamilyPrefix); ok {
		if f, err := auth.ParseFamily(op.Value); op.Delete || err != nil || f.Revoked != "" {
			t.revoked = append(t.revoked, id)
		}
	}
}

func decode(records [][]byte) (out []any) {
	for _, data := range records {
		var r cc.Record
		if r.UnmarshalVT(data) != nil {
			continue
		}
		for _, e := range r.Events {
			out = append(out, e.Message())
		}
	}
	return out
}

func (t *translator) tell(to Audience, typ string, e wire.Event) {
	t.out = append(t.out, delivery{t.seq, to, wire.Encode(e, typ, t.seq, t.at)})
}

// callChanged: what happened first, then the call as it is now.
func (t *translator) callChanged(id string, events []any) {
	was := t.calls[id]
	now := t.call
	if now == nil || now.Call != id {
		if was == nil {
			return // nothing is known of it: only while old changes are read at the start
		}
		now = was
	}
	for _, e := range events {
		t.callEvent(was, now, e)
	}
	if now == was {
		return
	}
	if isOpen(now) {
		t.calls[id] = now
	} else {
		delete(t.calls, id)
	}
	view := wire.NewCall(now, t.dir)
	if now.Desk == cc.BubbleDesk_DESK_SHOWN {
		typ := wire.TypeBubbleUpdated
		if appears(events) {
			typ = wire.TypeBubbleShown
		}
		t.tell(bubbleAudience(now), typ, &wire.CallEvent{Call: view})
	}
	if now.Agent != "" && (was == nil || was.Phase != cc.CallPhase_ENDED) {
		t.tell(Audience{Tenant: now.Tenant, Agent: now.Agent}, wire.TypeCallUpdated, &wire.CallEvent{Call: view})
	}
	if former := was.GetAgent(); former != "" && former != now.Agent {
		t.tell(Audience{Tenant: now.Tenant, Agent: former}, wire.TypeCallUpdated, &wire.CallEvent{Call: view})
	}
}

// appears: somebody sees the bubble who did not before (R34).
func appears(events []any) bool {
	for _, e := range events {
		switch e.(type) {
		case *cc.CallArrived, *cc.OfferMade, *cc.Answered, *cc.CallEnded:
			return true
		}
	}
	return false
}

func (t *translator) callEvent(was, now *cc.CallSummary, e any) {
	mine := func(agent string) Audience { return Audience{Tenant: now.Tenant, Agent: agent} }
	switch e := e.(type) {
	case *cc.OfferMade:
		t.tell(mine(e.Offer.Agent), wire.TypeOfferMade, &wire.OfferMade{Offer: wire.NewOffer(now, e.Offer, t.dir)})
	case *cc.OfferAccepted:
		to := mine(offerAgent(was, now))
		to.Except = e.By
		t.tell(to, wire.TypeOfferWithdrawn,
			&wire.OfferWithdrawn{Offer: e.Offer, Call: now.Call, Outcome: "accepted_elsewhere"})
	case *cc.OfferClosed:
		t.tell(mine(e.Agent), wire.TypeOfferWithdrawn,
			&wire.OfferWithdrawn{Offer: e.Offer, Call: now.Call, Outcome: wire.Outcome(e.Outcome)})
		if bubbleAudience(now).Scope != Everyone {
			t.tell(mine(e.Agent), wire.TypeBubbleCleared, &wire.BubbleCleared{Call: now.Call, Because: "offer_ended"})
		}
	case *cc.Answered:
		if !was.GetOffer().GetConnecting() {
			t.tell(mine(e.Agent), wire.TypeOfferWithdrawn,
				&wire.OfferWithdrawn{Offer: e.Offer, Call: now.Call, Outcome: "answered"})
		}
		if former := was.GetOwner(); former != "" && former != e.Agent {
			t.taken(now, former, e.Agent, e.OwnerEpoch)
		}
	case *cc.BubbleTaken:
		t.taken(now, e.From, e.Agent, e.Epoch)
	case *cc.BubbleCleared:
		t.tell(bubbleAudience(now), wire.TypeBubbleCleared, &wire.BubbleCleared{Call: now.Call, Because: e.Because})
	case *cc.BubbleClosed:
		t.tell(bubbleAudience(now), wire.TypeBubbleClosed, &wire.BubbleClosed{
			Call: now.Call, By: e.By, Reason: e.Reason, Auto: e.Auto, Class: wire.Class(now.Class),
		})
	}
}

// offerAgent: the summary may already be past the offer, or not yet at it.
func offerAgent(was, now *cc.CallSummary) string {
	if a := was.GetOffer().GetAgent(); a != "" {
		return a
	}
	if a := now.GetOffer().GetAgent(); a != "" {
		return a
	}
	return now.Agent
}

func (t *translator) taken(now *cc.CallSummary, from, by string, epoch uint64) {
	t.tell(Audience{Tenant: now.Tenant, Agent: from}, wire.TypeBubbleTaken, &wire.BubbleTaken{
		Call: now.Call, By: by, ByName: t.dir.Agent(by).GetName(), Epoch: epoch,
	})
}

func (t *translator) agentChanged(id string, now *cc.AgentSummary, events []any) {
	mine := Audience{Agent: id}
	for _, e := range events {
		switch e := e.(type) {
		case *cc.WrapUpStarted:
			t.tell(mine, wire.TypeWrapupStarted, &wire.Wrapup{
				Call: e.Call, Offer: e.Offer, Until: wire.At(e.UntilMs),
				Mode: strings.ToLower(strings.TrimPrefix(e.Mode.String(), "WRAPUP_")),
			})
		case *cc.WrapUpExtended:
			t.tell(mine, wire.TypeWrapupExtended, &wire.Wrapup{Offer: e.Offer, Until: wire.At(e.UntilMs)})
		case *cc.WrapUpEnded:
			t.tell(mine, wire.TypeWrapupEnded, &wire.WrapupEnded{Offer: e.Offer, By: e.By})
		case *cc.ClientGone:
			t.gone = append(t.gone, client{id, e.Session})
		case *cc.FocusChanged:
			t.tell(mine, wire.TypeFocusChanged, &wire.FocusChanged{Call: orNull(e.Call)})
		}
	}
	if now == nil {
		return
	}
	was := wire.NewAgent(id, t.agents[id], t.dir).Public()
	t.agents[id] = now
	view := wire.NewAgent(id, now, t.dir)
	t.tell(mine, wire.TypeAgentStatus, &wire.AgentStatus{Agent: view})
	if public := view.Public(); *public != *was {
		t.tell(Audience{Tenants: t.dir.Agent(id).GetTenants(), Scope: Supervisors, Not: id},
			wire.TypeAgentStatus, &wire.AgentStatus{Agent: public})
	}
	if tenant := t.tenantOf(now.Focus); tenant != t.context[id] {
		t.context[id] = tenant
		t.tell(mine, wire.TypeContextTenant, &wire.ContextTenant{Tenant: orNull(tenant)})
	}
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
