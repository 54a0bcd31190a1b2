package call

import (
	"fmt"

	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
)

// anyCommand draws a command that may fit the moment or not: right and stale ids, right and wrong agents.
func (w *world) anyCommand() any {
	t := w.t
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	agent := pick("agent", "ann", "bob", "dan", "sue")
	offer := fmt.Sprint("o", rapid.IntRange(1, 5).Draw(t, "offer"))
	if s := w.s; len(s.MoreOffers) > 0 && rapid.IntRange(0, 2).Draw(t, "another") > 0 {
		offer, agent = s.MoreOffers[0].Id, s.MoreOffers[0].Agent
	} else if s.Offer != nil && rapid.IntRange(0, 3).Draw(t, "fitting") > 0 {
		offer, agent = s.Offer.Id, s.Offer.Agent
	} else if s.Agent != "" && rapid.Bool().Draw(t, "talking") {
		offer, agent = s.AgentOffer, s.Agent
	}
	leg := pick("leg", offer+"-leg", offer+"-leg", offer+"-leg", "c", "x")
	yes := rapid.Bool().Draw(t, "yes")
	switch rapid.IntRange(0, 5).Draw(t, "from") {
	case 4:
		return w.onDesk(agent, yes)
	case 5:
		return w.aboutThePlace(yes)
	case 0:
		return w.fromAgentOrLegs(agent, offer, leg, yes)
	case 1:
		return w.fromClients(agent, offer, yes)
	}
	// what moves a call on comes more often
	switch {
	case w.s.Phase == cc.CallPhase_WAITING || mayJoin(w.s) && !yes:
		return w.grant(agent, offer, yes)
	case w.s.Phase == cc.CallPhase_OFFERED && yes:
		return &cc.LegAnswered{Leg: leg}
	}
	return w.fromAgentOrLegs(agent, offer, leg, yes)
}

// aboutThePlace: supervisors, closing queues, other calls of the same person.
func (w *world) aboutThePlace(yes bool) any {
	t := w.t
	queue := rapid.SampledFrom([]string{"", "sales", "overflow", "gone"}).Draw(t, "queue")
	told := cc.PlaceTold(rapid.IntRange(1, 3).Draw(t, "told"))
	from := fmt.Sprint("call-", rapid.IntRange(0, 2).Draw(t, "other"))
	switch rapid.IntRange(0, 4).Draw(t, "command") {
	case 0:
		return &cc.MoveCall{Queue: queue, Head: yes, By: "sue", Agent: rapid.SampledFrom([]string{"", "bob"}).Draw(t, "to")}
	case 1:
		return &cc.SetPriority{Priority: int32(rapid.IntRange(-1, 11).Draw(t, "priority")), By: "sue"}
	case 2:
		return &cc.LeaveQueue{Queue: w.s.Queue, To: queue, Why: cc.QueueClosed}
	case 3:
		return &cc.PlaceHeard{From: from, Told: told}
	}
	return &cc.PlaceNews{From: from, Told: told}
}

func (w *world) grant(agent, offer string, yes bool) any {
	return &cc.OfferGranted{
		Offer: offer, Agent: agent, Queue: w.s.Queue, Leg: offer + "-leg",
		AnswerOn:  cc.AnswerOn(rapid.IntRange(0, 2).Draw(w.t, "answer_on")),
		Reachable: yes || rapid.Bool().Draw(w.t, "reachable"),
	}
}

func (w *world) fromAgentOrLegs(agent, offer, leg string, yes bool) any {
	t := w.t
	switch rapid.IntRange(0, 12).Draw(t, "command") {
	case 0:
		return w.grant(agent, offer, yes)
	case 1:
		return &cc.Withdraw{Offer: offer, Agent: agent, Reason: cc.OfferOutcome(rapid.IntRange(0, 14).Draw(t, "reason"))}
	case 2:
		return &cc.TokenProbe{Offer: offer, Agent: agent}
	case 3, 4:
		return &cc.TellAcked{Offer: offer, Agent: agent, Left: yes}
	case 5:
		return &cc.NoAgentNow{}
	case 6:
		return &cc.LegRang{Leg: leg}
	case 7:
		return &cc.LegAnswered{Leg: leg}
	case 8:
		return &cc.LegFailed{Leg: leg, Code: rapid.SampledFrom([]int32{486, 600, 603, 480, 500}).Draw(t, "code")}
	case 9:
		return &cc.LegEnded{Leg: leg, Lost: yes}
	case 10:
		return &cc.LegHeld{Leg: leg, Held: yes}
	case 11:
		return &cc.Recovered{}
	}
	name := rapid.SampledFrom([]string{TimerConnect, TimerMaxWait, TimerOffer, TimerTell, TimerDesk, TimerHold}).Draw(t, "timer")
	return &cc.CallTimer{Name: name, Seq: rapid.Uint64Range(1, 9).Draw(t, "seq")}
}

func (w *world) fromClients(agent, offer string, yes bool) any {
	t := w.t
	id := func(name string) string { return rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, name) }
	switch rapid.IntRange(0, 9).Draw(t, "command") {
	case 0:
		return &cc.Accept{Offer: offer, Agent: agent, Session: id("session")}
	case 1:
		return &cc.Reject{Offer: offer, Agent: agent}
	case 2:
		return &cc.HangUp{Agent: agent, Supervisor: yes && rapid.IntRange(0, 3).Draw(t, "sup") == 0}
	case 3, 4:
		return &cc.Hold{Agent: agent, On: yes}
	case 5:
		return &cc.Claim{Agent: agent}
	case 6:
		return &cc.TakeOver{Agent: agent, Epoch: rapid.Uint64Range(0, 4).Draw(t, "epoch"), Supervisor: yes}
	case 7:
		reason := rapid.SampledFrom([]string{"", "price", "fax", "wrong_number"}).Draw(t, "reason")
		return &cc.CloseBubble{Agent: agent, Supervisor: yes, Reason: reason}
	case 8:
		return &cc.ReportNote{Agent: agent, Customer: id("customer"), Location: id("location"), Job: id("job")}
	}
	return &cc.ReportBooked{Agent: agent, Customer: id("customer"), Location: id("location"), Job: id("job")}
}
