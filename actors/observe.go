package actors

import (
	"strings"
	"sync/atomic"

	cc "github.com/wirechief/wirechief/callcenter"
)

// stats count what happens on this node; published as wirechief_actors_*.
type stats struct {
	invites, unknownNumber, overloaded, sendFailed, streamsLost, panics, tellsLost atomic.Uint64
	matches, matcherResets                                                         atomic.Uint64
	noPorts, mediaFailed, recordingsRefused, recordingsFailed                      atomic.Uint64
	callsArrived, callsAnswered, callsEnded, callsAbandoned, offersMade            atomic.Uint64
	offersMissed, offersRejected, offersFailed, admissionRefused                   atomic.Uint64
	rowsUnreadable, digitsLost, callbacksReported, callbacksFailed                 atomic.Uint64
	noDestination, hopLimit, callsResumed, callsReleased, queuesPassed             atomic.Uint64
	callsMoved, offersElsewhere, holdReminders, holdAlarms, queuesClosed           atomic.Uint64
	waitMs, talkMs                                                                 atomic.Uint64
}

// Each gives every counter by name.
func (n *Node) Each(f func(name string, v float64)) {
	s := &n.stats
	for _, c := range []struct {
		name string
		v    *atomic.Uint64
	}{
		{"invites_total", &s.invites}, {"unknown_number_total", &s.unknownNumber},
		{"overloaded_total", &s.overloaded}, {"send_failed_total", &s.sendFailed},
		{"streams_lost_total", &s.streamsLost}, {"panics_total", &s.panics}, {"tells_lost_total", &s.tellsLost},
		{"matches_total", &s.matches}, {"matcher_resets_total", &s.matcherResets},
		{"no_ports_total", &s.noPorts}, {"media_failed_total", &s.mediaFailed},
		{"recordings_refused_total", &s.recordingsRefused}, {"recordings_failed_total", &s.recordingsFailed},
		{"calls_arrived_total", &s.callsArrived}, {"calls_answered_total", &s.callsAnswered},
		{"calls_ended_total", &s.callsEnded}, {"calls_abandoned_total", &s.callsAbandoned},
		{"offers_made_total", &s.offersMade}, {"offers_missed_total", &s.offersMissed},
		{"offers_rejected_total", &s.offersRejected}, {"offers_failed_total", &s.offersFailed},
		{"admission_refused_total", &s.admissionRefused},
		{"rows_unreadable_total", &s.rowsUnreadable}, {"digits_lost_total", &s.digitsLost},
		{"no_destination_total", &s.noDestination}, {"hop_limit_total", &s.hopLimit},
		{"calls_resumed_total", &s.callsResumed}, {"calls_released_total", &s.callsReleased},
		{"queues_passed_total", &s.queuesPassed}, {"calls_moved_total", &s.callsMoved},
		{"offers_answered_elsewhere_total", &s.offersElsewhere}, {"hold_reminders_total", &s.holdReminders},
		{"hold_alarms_total", &s.holdAlarms}, {"queues_closed_total", &s.queuesClosed},
		{"callbacks_reported_total", &s.callbacksReported}, {"callbacks_failed_total", &s.callbacksFailed},
		{"wait_ms_total", &s.waitMs}, {"talk_ms_total", &s.talkMs},
		{"dispatcher_overflow_total", &n.dispatcher.overflow},
	} {
		f(c.name, float64(c.v.Load()))
	}
	f("calls_active", float64(n.calls.count()))
	f("calls_up", float64(n.calls.up.Load()))
	n.estimates.Load().each(f)
	underway, bound := n.admission.governor.level()
	f("admission_underway", float64(underway))
	f("admission_bound", bound)
}

// observe counts and logs what happened to a call.
func (n *Node) observe(c *cc.CallState, events []*cc.Event) {
	s := &n.stats
	for _, e := range events {
		switch e := e.Message().(type) {
		case *cc.CallArrived:
			s.callsArrived.Add(1)
			n.log.Info("call arrived", "call", c.Id, "tenant", c.Tenant, "campaign", c.Campaign,
				"number", c.Number, "caller", c.Caller)
		case *cc.OfferMade:
			s.offersMade.Add(1)
			n.log.Debug("offer made", "call", c.Id, "tenant", c.Tenant, "agent", e.Offer.Agent, "offer", e.Offer.Id, "queue", e.Offer.Queue)
		case *cc.OfferClosed:
			n.countOutcome(e.Outcome)
			n.log.Debug("offer closed", "call", c.Id, "tenant", c.Tenant, "agent", e.Agent, "offer", e.Offer,
				"outcome", e.Outcome.String(), "detail", e.Detail)
		case *cc.Answered:
			s.callsAnswered.Add(1)
			s.waitMs.Add(uint64(max(0, c.AnsweredMs-c.EnqueuedMs)))
			n.log.Info("call answered", "call", c.Id, "tenant", c.Tenant, "agent", e.Agent, "queue", c.Queue)
		case *cc.CallEnded:
			s.callsEnded.Add(1)
			if c.AnsweredMs == 0 && c.ResumedBy == "" {
				s.callsAbandoned.Add(1)
			}
			n.observeEnd(c, e)
			n.log.Info("call ended", "call", c.Id, "tenant", c.Tenant, "agent", c.Owner,
				"cause", e.Cause.String(), "detail", e.Detail, "ms", c.EndedMs-c.ArrivedMs)
		default:
			n.observePlace(c, e)
		}
	}
}

// observeEnd raises what must not happen unseen: a caller without a target (R6, R88).
func (n *Node) observeEnd(c *cc.CallState, e *cc.CallEnded) {
	switch e.Cause {
	case cc.EndCause_END_NO_DESTINATION:
		n.stats.noDestination.Add(1)
	case cc.EndCause_END_HOP_LIMIT:
		n.stats.hopLimit.Add(1)
	default:
		return
	}
	n.log.Warn("a caller had no target left", "call", c.Id, "tenant", c.Tenant, "number", c.Number, "queue", c.Queue,
		"cause", e.Cause.String(), "detail", e.Detail)
}

// observePlace counts what became of a place in line.
func (n *Node) observePlace(c *cc.CallState, e any) {
	s := &n.stats
	switch e := e.(type) {
	case *cc.CallQueued:
		s.queuesPassed.Add(uint64(len(e.Passed)))
		if e.By != "" {
			s.callsMoved.Add(1)
			n.log.Info("call moved", "call", c.Id, "queue", e.Queue, "why", e.Why, "by", e.By)
		}
	case *cc.CallMoved:
		s.callsMoved.Add(1)
		n.log.Info("call moved", "call", c.Id, "head", e.Head, "agent", e.Agent, "by", e.By)
	case *cc.PriorityChanged:
		n.log.Info("priority changed", "call", c.Id, "priority", e.Priority, "by", e.By)
	case *cc.PlaceTaken:
		switch e.Told {
		case cc.PlaceTold_PLACE_TAKEN:
			s.callsResumed.Add(1)
		case cc.PlaceTold_PLACE_ANSWERED:
			s.callsReleased.Add(1)
		}
	case *cc.HoldReminder:
		if e.TimerSeq != 0 {
			s.holdReminders.Add(1)
		} else {
			s.holdAlarms.Add(1)
		}
	}
}

func (n *Node) countOutcome(o cc.OfferOutcome) {
	switch o {
	case cc.OfferOutcome_MISSED:
		n.stats.offersMissed.Add(1)
	case cc.OfferOutcome_REJECTED:
		n.stats.offersRejected.Add(1)
	case cc.OfferOutcome_WITHDRAWN_ANSWERED_ELSEWHERE:
		n.stats.offersElsewhere.Add(1)
	case cc.OfferOutcome_FAILED_BUSY, cc.OfferOutcome_FAILED_UNREACHABLE, cc.OfferOutcome_FAILED_CONNECT,
		cc.OfferOutcome_FAILED_NODE_LOST:
		n.stats.offersFailed.Add(1)
	}
}

func (n *Node) observeAgent(a *cc.AgentState, events []*cc.Event) {
	for _, e := range events {
		if p, ok := e.Message().(*cc.PresenceChanged); ok {
			tenants := strings.Join(n.Directory().Agent(a.Id).GetTenants(), ",")
			n.log.Info("presence", "agent", a.Id, "tenant", tenants, "presence", p.Presence.String(), "reason", p.Reason, "by", p.By)
		}
	}
}
