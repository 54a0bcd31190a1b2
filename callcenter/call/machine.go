package call

import (
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Names of the timers.
const (
	TimerConnect = "connect"  // connect_after_ms: the caller is answered even if no agent has
	TimerMaxWait = "max_wait" // the queue's patience
	TimerOffer   = "offer"    // ring deadline, then connect deadline; of an offer in a group: with its id behind a slash
	TimerTell    = "tell"     // repeat what agents have not acknowledged
	TimerDesk    = "desk"     // R87
	TimerHold    = "hold"     // R99
)

// decision is one Decide under way. Its emit is the only way to an event.
type decision struct {
	s   *cc.CallState
	env cc.Env
	out cc.Outcome
}

// Decide changes s by the events it returns and says what is owed once they are durable. With an error nothing was
// emitted. Commands of legs and timers that no longer fit are ignored: no event, no error.
func Decide(s *cc.CallState, c *cc.Command, env cc.Env) (cc.Outcome, error) {
	d := decision{s: s, env: env}
	if err := d.dispatch(c); err != nil {
		return cc.Outcome{}, err
	}
	return d.out, nil
}

func (d *decision) dispatch(c *cc.Command) error {
	m := c.Message()
	if d.s.Phase == cc.CallPhase_PHASE_UNKNOWN {
		return d.beforeArrival(m)
	}
	switch m := m.(type) {
	case *cc.Arrive:
		return nil // repeated
	case *cc.OfferGranted:
		return d.offerGranted(m)
	case *cc.Withdraw:
		return d.withdraw(m)
	case *cc.TokenProbe:
		d.answerProbe(m.Offer, m.Agent)
	case *cc.TellAcked:
		d.tellAcked(m)
	case *cc.BubbleAcked:
		d.bubbleAcked(m)
	case *cc.CustomerSuggested:
		d.customerSuggested(m)
	case *cc.StateFact:
		d.stateFact(m)
	case *cc.NoAgentNow:
		d.noAgentNow()
	case *cc.LegRang:
		d.legRang(m)
	case *cc.LegAnswered:
		d.legAnswered(m)
	case *cc.LegFailed:
		d.legFailed(m)
	case *cc.LegEnded:
		d.legEnded(m)
	case *cc.LegHeld:
		d.legHeld(m)
	case *cc.RecordingDone:
		d.recordingDone(m)
	case *cc.Recovered:
		d.recovered()
	case *cc.CallTimer:
		d.timer(m)
	case *cc.PlaceNews:
		d.placeNews(m)
	case *cc.PlaceHeard:
		d.placeHeard(m)
	case *cc.LeaveQueue:
		d.leaveQueue(m)
	default:
		return d.fromClient(m)
	}
	return nil
}

func (d *decision) fromClient(m any) error {
	switch m := m.(type) {
	case *cc.Accept:
		return d.accept(m)
	case *cc.Reject:
		return d.reject(m)
	case *cc.HangUp:
		return d.hangUp(m)
	case *cc.Hold:
		return d.hold(m)
	case *cc.Claim:
		return d.claim(m.Agent, false)
	case *cc.TakeOver:
		return d.takeOver(m)
	case *cc.CloseBubble:
		return d.closeBubble(m)
	case *cc.ReportNote:
		return d.reportNote(m)
	case *cc.ReportBooked:
		return d.reportBooked(m)
	case *cc.MoveCall:
		return d.moveCall(m)
	case *cc.SetPriority:
		return d.setPriority(m)
	}
	return d.onDesk(m)
}

// onDesk: what people do on a bubble beside owning it.
func (d *decision) onDesk(m any) error {
	switch m := m.(type) {
	case *cc.CreateBubble:
		return nil // repeated
	case *cc.ReportAction:
		return d.reportAction(m)
	case *cc.CheckLink:
		return d.checkLink(m)
	case *cc.BookWithoutLink:
		return d.bookWithoutLink(m)
	case *cc.SuggestBooking:
		return d.suggestBooking(m)
	case *cc.AnswerSuggestion:
		return d.answerSuggestion(m)
	case *cc.WriteDraft:
		return d.writeDraft(m)
	case *cc.SetTenant:
		return d.setTenant(m)
	case *cc.ChooseCustomer:
		return d.chooseCustomer(m)
	case *cc.ChangeTags:
		return d.changeTags(m)
	case *cc.WriteNotes:
		return d.writeNotes(m)
	case *cc.MarkCallback:
		return d.markCallback(m)
	case *cc.SetFollowUp:
		return d.setFollowUp(m)
	case *cc.FollowUpReached:
		return d.followUpReached(m)
	case *cc.Correct:
		return d.correct(m)
	}
	return cc.Errorf(cc.CodeBadCommand, "a call does not understand this command")
}

// beforeArrival: an agent that asks for a call which never came to be is let go.
func (d *decision) beforeArrival(m any) error {
	switch m := m.(type) {
	case *cc.Arrive:
		return d.arrive(m)
	case *cc.CreateBubble:
		return d.create(m)
	case *cc.OfferGranted:
		d.tellGone(m.Offer, m.Agent)
	case *cc.TokenProbe:
		d.tellGone(m.Offer, m.Agent)
	case *cc.TellAcked: // of that
	default:
		return cc.Errorf(cc.CodeNotFound, "no such call")
	}
	return nil
}

func (d *decision) timer(m *cc.CallTimer) {
	s := d.s
	inQueue := s.Phase == cc.CallPhase_WAITING || s.Phase == cc.CallPhase_OFFERED
	switch {
	case m.Name == TimerConnect && m.Seq == s.ConnectSeq && inQueue:
		d.connectCaller()
	case m.Name == TimerMaxWait && m.Seq == s.WaitSeq && inQueue:
		d.waitOver(m.Found)
	case strings.HasPrefix(m.Name, TimerOffer):
		if o := findOffer(s, func(o *cc.Offer) bool { return o.TimerSeq == m.Seq }); o != nil {
			d.offerDeadline(o)
		}
	case m.Name == TimerHold && m.Seq == s.HoldSeq && s.Held:
		d.heldLong()
	case m.Name == TimerTell && m.Seq == s.TellSeq:
		d.forgetRemoved()
		d.tellAgain()
	case m.Name == TimerDesk && m.Seq == s.DeskSeq:
		d.deskTimer()
	}
}

// emit applies one event and adds it to the outcome.
func (d *decision) emit(m any) {
	e := cc.NewEvent(m)
	Apply(d.s, e, d.env.NowMs)
	d.out.Events = append(d.out.Events, e)
}

func (d *decision) do(effects ...cc.Effect) { d.out.Effects = append(d.out.Effects, effects...) }

// nextSeq is the sequence number for the next timer; the event that carries it takes it.
func (d *decision) nextSeq() uint64 { return d.s.TimerSeq + 1 }
