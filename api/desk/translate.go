package desk

import (
	"slices"
	"strings"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// translator turns one change of the journal into frames.
type translator struct {
	*state
	seq  uint64
	atMs int64
	out  []*delivery
	call *cc.CallSummary // as the change leaves it, nil when it is not in the change

	configured bool     // the configuration changed
	revoked    []string // sign-ins that ended
	gone       []client // clients the agent no longer counts as connected
	requeued   string   // agent whose queues a supervisor changed
}

// client is a connected client as its agent knows it.
type client struct{ agent, session string }

// apply takes over a change and gives what is to be told of it.
func (st *state) apply(c *machine.Change) *translator {
	t := &translator{state: st, seq: c.Index, atMs: c.TimeMs}
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
	if !op.Delete && (strings.HasPrefix(key, CallbackPrefix) || strings.HasPrefix(key, CallbackEnded)) {
		s := &cc.CallbackState{}
		if s.UnmarshalVT(op.Value) == nil {
			atMs := t.atMs
			t.later(Audience{Tenant: s.Tenant, Scope: Everyone}, wire.TypeCallbackUpdated,
				func() wire.Event { return &wire.CallbackUpdated{Callback: wire.NewCallback(s, atMs)} })
		}
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
	t.later(to, typ, func() wire.Event { return e })
}

// later is tell of an event that is only made when somebody is to have it: what event reads must not change.
func (t *translator) later(to Audience, typ string, event func() wire.Event) {
	t.out = append(t.out, &delivery{seq: t.seq, atMs: t.atMs, to: to, typ: typ, event: event})
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
	t.tenantSet(was, now)
	dir := t.dir
	view := func() wire.Event { return &wire.CallEvent{Call: wire.NewCall(now, dir)} }
	if now.Desk == cc.BubbleDesk_DESK_SHOWN {
		typ := wire.TypeBubbleUpdated
		if appears(events) {
			typ = wire.TypeBubbleShown
		}
		t.later(bubbleAudience(now), typ, view)
	}
	if now.Agent != "" && (was == nil || was.Phase != cc.CallPhase_ENDED) {
		t.later(Audience{Tenant: now.Tenant, Agent: now.Agent}, wire.TypeCallUpdated, view)
	}
	if former := was.GetAgent(); former != "" && former != now.Agent {
		t.later(Audience{Tenant: now.Tenant, Agent: former}, wire.TypeCallUpdated, view)
	}
}

// appears: somebody sees the bubble who did not before (R34).
func appears(events []any) bool {
	for _, e := range events {
		switch e.(type) {
		case *cc.CallArrived, *cc.OfferMade, *cc.Answered, *cc.CallEnded, *cc.BubbleCreated, *cc.TenantSet:
			return true
		}
	}
	return false
}

func (t *translator) callEvent(was, now *cc.CallSummary, e any) {
	mine := func(agent string) Audience { return Audience{Tenant: now.Tenant, Agent: agent} }
	switch e := e.(type) {
	case *cc.OfferMade:
		dir := t.dir
		t.later(mine(e.Offer.Agent), wire.TypeOfferMade,
			func() wire.Event { return &wire.OfferMade{Offer: wire.NewOffer(now, e.Offer, dir)} })
	case *cc.OfferAccepted:
		to := mine(offerAgent(was, now, e.Offer))
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
		if !offerIn(was, e.Offer).GetConnecting() {
			t.tell(mine(e.Agent), wire.TypeOfferWithdrawn,
				&wire.OfferWithdrawn{Offer: e.Offer, Call: now.Call, Outcome: "answered"})
		}
		if former := was.GetOwner(); former != "" && former != e.Agent {
			t.taken(now, former, e.Agent, e.OwnerEpoch)
		}
	case *cc.HoldReminder:
		to := mine(now.Agent)
		if e.Stage != "reminder" {
			to.Scope = Supervisors
		}
		t.tell(to, wire.TypeCallHeldLong, &wire.CallHeldLong{Call: now.Call, Agent: now.Agent, Stage: e.Stage})
	case *cc.BubbleTaken:
		t.taken(now, e.From, e.Agent, e.Epoch)
	case *cc.LinkChanged:
		t.booked(now, e)
	case *cc.LinkConflict:
		t.tell(mine(e.By), wire.TypeLinkConflict,
			&wire.LinkConflict{Call: now.Call, Existing: e.Existing, Wanted: e.Wanted})
	case *cc.BubbleCleared:
		t.tell(bubbleAudience(now), wire.TypeBubbleCleared, &wire.BubbleCleared{Call: now.Call, Because: e.Because})
	case *cc.BubbleClosed:
		t.tell(bubbleAudience(now), wire.TypeBubbleClosed, &wire.BubbleClosed{
			Call: now.Call, By: e.By, Reason: e.Reason, Auto: e.Auto, Class: wire.Class(now.Class),
		})
	}
}

// booked hands the job the call's campaign and recording (R42).
func (t *translator) booked(now *cc.CallSummary, e *cc.LinkChanged) {
	if e.Level == cc.LinkLevel_LINK_BOOKED {
		t.tell(bubbleAudience(now), wire.TypeLinkBooked, &wire.LinkBooked{
			Call: now.Call, Job: e.Job, Customer: e.Customer, Location: e.Location, Campaign: now.Campaign,
			Recording: now.Recording, By: e.By,
		})
	}
}

// tenantSet: the owner's customer search follows, if the bubble is focused (R9).
func (t *translator) tenantSet(was, now *cc.CallSummary) {
	if was == nil || was.Tenant == now.Tenant || t.agents[now.Owner].GetFocus() != now.Call {
		return
	}
	t.context[now.Owner] = now.Tenant
	t.tell(Audience{Agent: now.Owner}, wire.TypeContextTenant, &wire.ContextTenant{Tenant: orNull(now.Tenant)})
}

// offerAgent: the summary may already be past the offer, or not yet at it.
func offerAgent(was, now *cc.CallSummary, offer string) string {
	if a := offerIn(was, offer).GetAgent(); a != "" {
		return a
	}
	if a := offerIn(now, offer).GetAgent(); a != "" {
		return a
	}
	return now.Agent
}

// offerIn is an open offer of a call, nil if it is not open there.
func offerIn(s *cc.CallSummary, offer string) *cc.Offer {
	return offerThat(s, func(o *cc.Offer) bool { return o.Id == offer })
}

func offerThat(s *cc.CallSummary, is func(*cc.Offer) bool) *cc.Offer {
	if o := s.GetOffer(); o == nil || is(o) {
		return o
	}
	for _, o := range s.MoreOffers {
		if is(o) {
			return o
		}
	}
	return nil
}

func (t *translator) taken(now *cc.CallSummary, from, by string, epoch uint64) {
	t.tell(Audience{Tenant: now.Tenant, Agent: from}, wire.TypeBubbleTaken, &wire.BubbleTaken{
		Call: now.Call, By: by, ByName: t.dir.Agent(by).GetName(), Epoch: epoch,
	})
}

func (t *translator) agentChanged(id string, now *cc.AgentSummary, events []any) {
	mine := Audience{Agent: id}
	for _, e := range events {
		t.notice(id, e)
		switch e := e.(type) {
		case *cc.WrapUpStarted:
			t.tell(mine, wire.TypeWrapupStarted, &wire.Wrapup{
				Call: e.Call, Offer: e.Offer, Until: wire.At(e.UntilMs),
				Mode: strings.ToLower(strings.TrimPrefix(e.Mode.String(), "WRAPUP_")),
			})
		case *cc.WrapUpExtended:
			t.tell(mine, wire.TypeWrapupExtended,
				&wire.Wrapup{Offer: e.Offer, Until: wire.At(e.UntilMs), RemainingMs: e.RemainingMs})
		case *cc.WrapUpPaused:
			t.tell(mine, wire.TypeWrapupPaused, &wire.Wrapup{Call: e.Call, Offer: e.Offer, RemainingMs: e.RemainingMs})
		case *cc.WrapUpResumed:
			t.tell(mine, wire.TypeWrapupResumed, &wire.Wrapup{Offer: e.Offer, Until: wire.At(e.UntilMs)})
		case *cc.WrapUpEnded:
			t.tell(mine, wire.TypeWrapupEnded, &wire.WrapupEnded{Offer: e.Offer, By: e.By})
		case *cc.ClientGone:
			t.gone = append(t.gone, client{id, e.Session})
		case *cc.HandRaised:
			t.hand(id, wire.TypeHandRaised, e.Call, "")
		case *cc.HandLowered:
			t.hand(id, wire.TypeHandLowered, e.Call, e.By)
		case *cc.FocusChanged:
			t.tell(mine, wire.TypeFocusChanged, &wire.FocusChanged{Call: orNull(e.Call)})
		}
	}
	if now == nil {
		return
	}
	was, dir := t.agents[id], t.dir
	t.agents[id] = now
	if !slices.Equal(was.GetQueuesAdded(), now.QueuesAdded) || !slices.Equal(was.GetQueuesRemoved(), now.QueuesRemoved) {
		t.requeued = id
	}
	t.later(mine, wire.TypeAgentStatus, func() wire.Event { return &wire.AgentStatus{Agent: wire.NewAgent(id, now, dir)} })
	if !samePublic(was, now) {
		t.later(t.bosses(id), wire.TypeAgentStatus,
			func() wire.Event { return &wire.AgentStatus{Agent: wire.NewAgent(id, now, dir).Public()} })
	}
	if tenant := t.tenantOf(now.Focus); tenant != t.context[id] {
		t.context[id] = tenant
		t.tell(mine, wire.TypeContextTenant, &wire.ContextTenant{Tenant: orNull(tenant)})
	}
}

// samePublic says whether others see the agent as before: offer, call and focus are the agent's own
// (wire.Agent.Public).
func samePublic(was, now *cc.AgentSummary) bool {
	if was == nil {
		return false
	}
	return was.Presence == now.Presence && was.Reason == now.Reason && was.PresenceSinceMs == now.PresenceSinceMs &&
		was.NextPresence == now.NextPresence && was.NextReason == now.NextReason && was.Token == now.Token &&
		was.Client == now.Client && was.Endpoint == now.Endpoint && was.BusyDirect == now.BusyDirect &&
		was.BusyInternal == now.BusyInternal && was.BusyOutbound == now.BusyOutbound &&
		was.IdleSinceMs == now.IdleSinceMs && was.CooldownUntilMs == now.CooldownUntilMs &&
		was.WrapupUntilMs == now.WrapupUntilMs && was.WrapupRemainingMs == now.WrapupRemainingMs &&
		was.Activity == now.Activity && was.NextBy == now.NextBy && was.Held == now.Held &&
		was.HandSinceMs == now.HandSinceMs && slices.Equal(was.QueuesAdded, now.QueuesAdded) &&
		slices.Equal(was.QueuesRemoved, now.QueuesRemoved)
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
