package feed

import (
	"strconv"
	"strings"
	"sync"

	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Item is one public event and who may have it.
type Item struct {
	Seq     uint64
	AtMs    int64 // cluster time
	Type    string
	Tenant  string   // what it tells of; "" with Tenants or Open, or of a call whose tenant is not settled
	Tenants []string // of an agent: any of them
	Open    bool     // tells of no tenant: for everybody
	Event   Event    // not to be changed

	once  sync.Once
	frame []byte
}

// Frame is the event as JSON without prev (wire.Splice adds it), encoded when first asked for.
func (it *Item) Frame() []byte {
	it.once.Do(func() { it.frame = encode(it.Event) })
	return it.frame
}

// ID is the event's id.
func (it *Item) ID() string { return it.Event.head().ID }

// Facts are what a change does not say itself.
type Facts interface {
	CallTenant(call string) string
	AgentTenants(agent string) []string
}

// Translate gives the public events of one change of the journal, in order. The same change gives the same events,
// whenever it is read: from Facts comes only who may have them, as things are now.
func Translate(c *machine.Change, facts Facts) []*Item {
	t := translator{c: c, facts: facts}
	for i := range c.Ops {
		t.row(&c.Ops[i])
	}
	if id, ok := strings.CutPrefix(c.Stream, desk.CallStreams); ok {
		t.callStream(id)
	} else if id, ok := strings.CutPrefix(c.Stream, desk.AgentStreams); ok {
		for _, r := range t.records() {
			t.agentEvents(id, r)
		}
	}
	return t.out
}

type translator struct {
	c     *machine.Change
	facts Facts
	now   *cc.CallSummary  // of the stream's call as the change leaves it; nil: the change does not show it
	agent *cc.AgentSummary // the same of an agent
	out   []*Item
}

func (t *translator) row(op *machine.IndexOp) {
	key := string(op.Key)
	switch {
	case key == desk.ConfigKey:
		t.add(cc.PubCenterChanged, "", nil, &CenterChanged{Version: t.c.FirstVersion}).Open = true
	case op.Delete:
	case strings.HasPrefix(key, desk.CallPrefix) && strings.HasPrefix(t.c.Stream, desk.CallStreams):
		s := &cc.CallSummary{}
		if s.UnmarshalVT(op.Value) == nil && desk.CallStreams+s.Call == t.c.Stream {
			t.now = s
		}
	case strings.HasPrefix(key, desk.AgentPrefix) && strings.HasPrefix(t.c.Stream, desk.AgentStreams):
		s := &cc.AgentSummary{}
		if s.UnmarshalVT(op.Value) == nil {
			t.agent = s
		}
	}
}

// records reads the change's records; one that cannot be read is left out, as everywhere.
func (t *translator) records() (out [][]*cc.Event) {
	for _, data := range t.c.Records {
		var r cc.Record
		if r.UnmarshalVT(data) == nil {
			out = append(out, r.Events)
		}
	}
	return out
}

func (t *translator) callStream(id string) {
	tenant := t.now.GetTenant()
	if t.now == nil {
		tenant = t.facts.CallTenant(id)
	}
	if t.c.Compacted {
		t.add(cc.PubCallUnreadable, tenant, nil, &CallUnreadable{Call: id})
		return
	}
	for _, events := range t.records() {
		for _, e := range events {
			if typ, ev := t.callEvent(id, e.Message()); typ != "" {
				t.add(typ, tenant, nil, ev)
			}
		}
	}
}

// callEvent gives the public event of one of the call's own; "" when it is none of the public's business.
func (t *translator) callEvent(id string, e any) (string, Event) {
	switch e := e.(type) {
	case *cc.CallArrived:
		return cc.PubCallArrived, &CallArrived{
			Call: id, Number: e.Number, Campaign: e.Campaign, Workflow: e.Workflow, Trunk: e.Trunk, Caller: e.Caller,
			CallerName: e.CallerName, DivertedFrom: e.DivertedFrom, Mode: wire.Mode(e.Mode), Test: e.Test, Blocked: e.Blocked,
		}
	case *cc.CallQueued:
		return cc.PubCallQueued, &CallQueued{Call: id, Queue: e.Queue, EnqueuedAt: wire.At(e.EnqueuedMs)}
	case *cc.CallerConnected:
		return cc.PubCallConnected, &CallConnected{Call: id}
	case *cc.OfferMade:
		return cc.PubOfferMade, &OfferMade{
			Call: id, Offer: e.Offer.GetId(), Agent: e.Offer.GetAgent(), Queue: e.Offer.GetQueue(),
			Deadline: wire.At(e.Offer.GetDeadlineMs()),
		}
	case *cc.OfferAccepted:
		return cc.PubOfferAccepted, &OfferAccepted{Call: id, Offer: e.Offer}
	case *cc.OfferClosed:
		return cc.PubOfferEnded, &OfferEnded{
			Call: id, Offer: e.Offer, Agent: e.Agent, Outcome: wire.Outcome(e.Outcome), Detail: e.Detail,
		}
	case *cc.Answered:
		return cc.PubCallAnswered, &CallAnswered{
			Call: id, Offer: e.Offer, Agent: e.Agent, OwnerEpoch: e.OwnerEpoch, Recording: e.Recording, WaitMs: waited(t.now),
		}
	case *cc.CallHeld:
		return cc.PubCallHeld, &CallBy{Call: id, By: e.By}
	case *cc.CallResumed:
		return cc.PubCallResumed, &CallBy{Call: id, By: e.By}
	case *cc.AgentLeft:
		return cc.PubCallAgentLeft, &CallAgentLeft{Call: id, Agent: e.Agent, Cause: wire.EndCause(e.Cause)}
	case *cc.CallEnded:
		return cc.PubCallEnded, ended(id, e, t.now)
	case *cc.Classified:
		return cc.PubCallClassified, &CallClassified{Call: id, Class: wire.Class(e.Class), Provisional: e.Provisional}
	case *cc.RecordingFinished:
		return cc.PubRecordingFinished, &RecordingFinished{
			Call: id, Recording: e.Recording, DurationMs: e.DurationMs, Bytes: e.Bytes, SHA256: e.Sha256, Gaps: e.Gaps,
		}
	}
	return bubbleEvent(id, e)
}

func bubbleEvent(id string, e any) (string, Event) {
	switch e := e.(type) {
	case *cc.BubbleClaimed:
		return cc.PubBubbleClaimed, &BubbleClaimed{Call: id, Agent: e.Agent, Epoch: e.Epoch, Late: e.Late}
	case *cc.BubbleTaken:
		return cc.PubBubbleTaken, &BubbleTaken{Call: id, Agent: e.Agent, From: e.From, Epoch: e.Epoch, Late: e.Late}
	case *cc.NoteExcused:
		return cc.PubBubbleExcused, &BubbleExcused{Call: id, By: e.By}
	case *cc.DeskReminder:
		return cc.PubBubbleReminded, &BubbleReminded{Call: id, Stage: e.Stage}
	case *cc.BubbleCleared:
		return cc.PubBubbleCleared, &BubbleCleared{Call: id, Because: e.Because}
	case *cc.BubbleClosed:
		return cc.PubBubbleClosed, &BubbleClosed{Call: id, By: e.By, Reason: e.Reason, Lead: e.Lead, Auto: e.Auto}
	case *cc.LinkChanged:
		return cc.PubLinkChanged, &LinkChanged{
			Call: id, Level: wire.LinkLevel(e.Level), Customer: e.Customer, Location: e.Location, Job: e.Job, By: e.By,
		}
	case *cc.LinkConflict:
		return cc.PubLinkConflict, &LinkConflict{Call: id, Existing: e.Existing, Wanted: e.Wanted, By: e.By}
	case *cc.AlsoBooked:
		return cc.PubLinkAlsoBooked, &LinkAlsoBooked{Call: id, Job: e.Job, By: e.By}
	}
	return laterEvent(id, e)
}

// laterEvent: what people make of a call beside owning and linking it.
func laterEvent(id string, e any) (string, Event) {
	switch e := e.(type) {
	case *cc.BubbleCreated:
		return cc.PubBubbleCreated, &BubbleCreated{Call: id, Agent: e.Agent}
	case *cc.TenantSet:
		return cc.PubCallTenantSet, &CallTenantSet{Call: id, By: e.By}
	case *cc.Corrected:
		return cc.PubCallCorrected, &CallCorrected{
			Call: id, Field: strings.ToLower(strings.TrimPrefix(e.Field.String(), "CORRECTED_")), Before: e.Before, After: e.After,
			ClassBefore: wire.Class(e.ClassBefore), ClassAfter: wire.Class(e.ClassAfter), By: e.By, Why: e.Why,
		}
	case *cc.FollowUpSet:
		return cc.PubFollowUpSet, &FollowUp{Call: id, On: e.On, Note: e.Note, By: e.By}
	case *cc.FollowUpDone:
		return cc.PubFollowUpDone, &FollowUp{Call: id, By: e.By}
	}
	return "", nil
}

// waited is from the queue entry to the answer (R79).
func waited(c *cc.CallSummary) int64 {
	since := c.GetEnqueuedMs()
	if since == 0 || c.GetAnsweredMs() == 0 {
		return 0
	}
	return max(0, c.AnsweredMs-since)
}

func ended(id string, e *cc.CallEnded, c *cc.CallSummary) *CallEnded {
	out := &CallEnded{
		Call: id, Cause: wire.EndCause(e.Cause), Detail: e.Detail, Queue: c.GetQueue(), Agent: c.GetAgent(),
		Owner: c.GetOwner(), Answered: c.GetAnsweredMs() != 0, WaitMs: waited(c), TalkMs: c.GetTalkMs(),
		HoldMs: c.GetHoldMs(), TotalMs: max(0, c.GetEndedMs()-c.GetArrivedMs()),
	}
	if since := c.GetEnqueuedMs(); since != 0 && !out.Answered {
		out.WaitMs = max(0, c.GetEndedMs()-since)
	}
	return out
}

// agentEvents: a status is for whoever shares a tenant with the agent; what names a call, for the call's tenant.
func (t *translator) agentEvents(id string, events []*cc.Event) {
	call := t.agent.GetCall()
	for _, e := range events {
		if freed, ok := e.Message().(*cc.TokenFreed); ok {
			call = freed.Call
		}
	}
	for _, e := range events {
		switch e := e.Message().(type) {
		case *cc.PresenceChanged:
			t.add(cc.PubAgentStatus, "", t.facts.AgentTenants(id), &AgentStatus{
				Agent: id, Presence: wire.Presence(e.Presence), Reason: e.Reason, By: e.By,
			})
		case *cc.WrapUpStarted:
			t.add(cc.PubWrapupStarted, t.facts.CallTenant(e.Call), nil, &Wrapup{
				Agent: id, Call: e.Call, Offer: e.Offer, Mode: wire.WrapUpMode(e.Mode), Until: wire.At(e.UntilMs),
			})
		case *cc.WrapUpExtended:
			t.add(cc.PubWrapupExtended, t.facts.CallTenant(call), nil, &Wrapup{
				Agent: id, Call: call, Offer: e.Offer, Until: wire.At(e.UntilMs),
			})
		case *cc.WrapUpEnded:
			t.add(cc.PubWrapupEnded, t.facts.CallTenant(call), nil, &WrapupEnded{
				Agent: id, Call: call, Offer: e.Offer, By: e.By,
			})
		}
	}
}

func (t *translator) add(typ, tenant string, tenants []string, e Event) *Item {
	*e.head() = Head{
		Type: typ, ID: strconv.FormatUint(t.c.Index, 10) + "-" + strconv.Itoa(len(t.out)), Seq: t.c.Index,
		At: wire.At(t.c.TimeMs), Channel: wire.Voice, Tenant: tenant,
	}
	it := &Item{Seq: t.c.Index, AtMs: t.c.TimeMs, Type: typ, Tenant: tenant, Tenants: tenants, Event: e}
	t.out = append(t.out, it)
	return it
}
