package agent

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Of all calls of an agent at most one is un-held, merged ones counting as one (R21). Hold & Accept (R20) and Resume are
// one command each: the un-held call is told to hold, and only when it says so the other is taken. A call un-held by
// other means, the phone above all, makes the others be held.

// acceptCall takes a ringing call. Who may have it is the call's to say (R28): what the agent does not have is handed on.
func (d *step) acceptCall(m *cc.AcceptCall) error {
	if m.Call == "" {
		return cc.Errorf(cc.CodeBadCommand, "a call to accept has an id")
	}
	want := &cc.Swap{Take: cc.SwapTake_TAKE_ACCEPT, Call: m.Call, Offer: m.Offer, Session: m.Session}
	return d.take(want, !rings(d.s, want), m.HoldActive)
}

func (d *step) resumeCall(m *cc.ResumeCall) error {
	if m.Call == "" {
		return cc.Errorf(cc.CodeBadCommand, "a call to resume has an id")
	}
	want := &cc.Swap{Take: cc.SwapTake_TAKE_RESUME, Call: m.Call}
	return d.take(want, gone(d.s, want) || taken(d.s, want), true)
}

// take: at once if nothing is un-held or the call is to say itself what is so, else behind the holding of the other (R20).
func (d *step) take(want *cc.Swap, ask, hold bool) error {
	if now := d.s.Swap; now.GetTake() != cc.SwapTake_TAKE_NONE {
		switch {
		case now.Call != want.Call || now.Take != want.Take:
			return cc.Errorf(cc.CodeSwapRunning, "call %s is being taken", now.Call)
		case now.Held:
			d.forward(0, want)
		default:
			d.effect(cc.Await{ID: now.Id})
		}
		return nil
	}
	others := unheldBeside(d.s, want.Call)
	switch {
	case ask || len(others) == 0:
		d.forward(0, want)
	case !hold:
		return cc.Errorf(cc.CodeCallActive, "call %s is not on hold", others[0]).With("call", others[0])
	default:
		d.startSwap(want, others)
		d.effect(cc.Await{ID: d.s.Swap.Id})
	}
	return nil
}

func (d *step) startSwap(want *cc.Swap, others []string) {
	e := &cc.SwapStarted{
		Id: d.s.TimerSeq + 1, TimerSeq: d.s.TimerSeq + 1, Hold: others, Take: want.Take, Call: want.Call, Offer: want.Offer,
		Session: want.Session,
	}
	if want.Take != cc.SwapTake_TAKE_NONE {
		e.DeadlineMs = d.now + HoldMs
	}
	d.emit(e)
	d.tellSwap()
}

// tellSwap tells what the swap waits for, and again later: the calls answer the same to a repeat.
func (d *step) tellSwap() {
	w := d.s.Swap
	again := d.now + HoldAgainMs
	switch {
	case w.Take == cc.SwapTake_TAKE_NONE:
		again = d.now + HoldMs
	default:
		again = min(again, w.DeadlineMs)
	}
	if w.Held {
		d.tellCall(w.Call, takeCommand(d.s.Id, w))
	}
	for _, call := range w.Hold {
		if !w.Held && isUnheld(d.s, call) {
			d.tellCall(call, &cc.Hold{Agent: d.s.Id, On: true})
		}
	}
	d.setTimer(timerSwap, w.TimerSeq, again)
}

// keepSwap brings a swap on after each command, and sees to it that of two un-held calls the older is held.
func (d *step) keepSwap() {
	if w := d.s.Swap; w != nil {
		d.swapOn(w)
	}
	if d.swapped && d.s.Swap == nil && d.unheld == "" { // one was un-held while another was being taken
		d.unheld = newestUnheld(d.s)
	}
	if d.unheld == "" {
		return
	}
	others := unheldBeside(d.s, d.unheld)
	if len(others) == 0 {
		return
	}
	if w := d.s.Swap; w.GetTake() != cc.SwapTake_TAKE_NONE && !w.Held {
		d.failSwap(cc.Errorf(cc.CodeCallActive, "call %s was taken meanwhile", d.unheld).With("call", d.unheld))
	}
	if w := d.s.Swap; w.GetTake() == cc.SwapTake_TAKE_NONE && !(w.GetCall() == d.unheld && slices.Equal(w.Hold, others)) {
		d.startSwap(&cc.Swap{Call: d.unheld}, others)
	}
}

func (d *step) swapOn(w *cc.Swap) {
	takes := w.Take != cc.SwapTake_TAKE_NONE
	switch {
	case takes && taken(d.s, w):
		d.endSwap(nil)
	case takes && gone(d.s, w):
		d.failSwap(cc.Errorf(cc.CodeOfferGone, "call %s is over", w.Call))
	case w.Held || slices.ContainsFunc(w.Hold, func(call string) bool { return isUnheld(d.s, call) }):
	case !takes:
		d.endSwap(nil)
	default:
		d.emit(&cc.SwapHeld{Id: w.Id, DeadlineMs: d.now + HoldMs, TimerSeq: d.s.TimerSeq + 1})
		d.forward(w.Id, w)
		d.setTimer(timerSwap, w.TimerSeq, d.now+HoldAgainMs)
	}
}

// swapFired: told again until the deadline. A hold that comes later than that changes nothing any more.
func (d *step) swapFired(seq uint64) {
	w := d.s.Swap
	switch {
	case w == nil || w.TimerSeq != seq:
	case w.Take == cc.SwapTake_TAKE_NONE || d.now < w.DeadlineMs:
		d.tellSwap()
	case w.Held:
		d.failSwap(cc.Errorf(cc.CodeUnavailable, "call %s does not answer", w.Call))
	default:
		d.failSwap(cc.Errorf(cc.CodeHoldFailed, "call %s could not be held", w.Hold[0]).With("call", w.Hold[0]))
	}
}

func (d *step) endSwap(err *cc.Error) {
	d.swapped = true
	id := d.s.Swap.Id
	waits := d.s.Swap.Take != cc.SwapTake_TAKE_NONE && !d.s.Swap.Held // else who asked hears from the call
	if err == nil {
		d.emit(&cc.SwapDone{Id: id})
	} else {
		d.emit(&cc.SwapFailed{Id: id, Code: err.Code})
	}
	if waits {
		d.effect(cc.Settle{ID: id, Err: err})
	}
}

func (d *step) failSwap(err *cc.Error) { d.endSwap(err) }

// forward hands the taking to the call, whose answer goes to who asked.
func (d *step) forward(id uint64, w *cc.Swap) {
	d.effect(cc.Forward{ID: id, Call: w.Call, Cmd: cc.NewCommand(takeCommand(d.s.Id, w))})
	if w.Take == cc.SwapTake_TAKE_RESUME && d.onCall(d.s.Token.GetOffer()) && d.s.Token.Call == w.Call {
		d.armProbe(ProbeMs) // what the call says of it may be lost
	}
}

func takeCommand(agent string, w *cc.Swap) any {
	if w.Take == cc.SwapTake_TAKE_RESUME {
		return &cc.Hold{Agent: agent}
	}
	return &cc.Accept{Offer: w.Offer, Agent: agent, Session: w.Session}
}

// rings says whether the call waits for this agent to take it.
func rings(s *cc.AgentState, w *cc.Swap) bool {
	if w.Offer != "" {
		return s.Token.GetState() == cc.TokenState_RESERVED && s.Token.Offer == w.Offer
	}
	i := deskCall(s, w.Call)
	return i >= 0 && s.Calls[i].State == cc.DeskCallState_DESK_RINGING
}

// taken: what the swap was for has happened.
func taken(s *cc.AgentState, w *cc.Swap) bool {
	if w.Offer != "" {
		state := s.Token.GetState()
		return s.Token.GetOffer() == w.Offer && (state == cc.TokenState_CONNECTING || state == cc.TokenState_TALKING)
	}
	return isUnheld(s, w.Call)
}

// gone: what the swap was for cannot happen any more.
func gone(s *cc.AgentState, w *cc.Swap) bool {
	t := s.Token
	switch {
	case w.Offer != "":
		return t.GetOffer() != w.Offer || t.State == cc.TokenState_WRAPUP
	case t.GetState() == cc.TokenState_TALKING && t.Call == w.Call:
		return false
	}
	return deskCall(s, w.Call) < 0
}

// isUnheld: the agent hears this call, or is about to.
func isUnheld(s *cc.AgentState, call string) bool {
	t := s.Token
	switch {
	case t.GetState() == cc.TokenState_CONNECTING && t.Call == call:
		return true
	case t.GetState() == cc.TokenState_TALKING && t.Call == call:
		return !t.Held
	}
	i := deskCall(s, call)
	return i >= 0 && s.Calls[i].State == cc.DeskCallState_DESK_ACTIVE
}

// unheldBeside lists the un-held calls besides one and those it is merged with.
func unheldBeside(s *cc.AgentState, call string) (out []string) {
	merged := inConference(s, call)
	add := func(other string, conference bool) {
		if other != call && isUnheld(s, other) && !(merged && conference) {
			out = append(out, other)
		}
	}
	add(s.Token.GetCall(), s.Token.GetConference())
	for _, c := range s.Calls {
		add(c.Call, c.Conference)
	}
	return out
}

// newestUnheld is the call that became un-held last, "" when none is.
func newestUnheld(s *cc.AgentState) (call string) {
	sinceMs := int64(-1)
	if t := s.Token; isUnheld(s, t.GetCall()) {
		call, sinceMs = t.Call, max(t.SinceMs, t.ToldMs)
	}
	for _, c := range s.Calls {
		if isUnheld(s, c.Call) && c.SinceMs >= sinceMs {
			call, sinceMs = c.Call, c.SinceMs
		}
	}
	return call
}

func inConference(s *cc.AgentState, call string) bool {
	if s.Token.GetCall() == call {
		return s.Token.GetConference()
	}
	i := deskCall(s, call)
	return i >= 0 && s.Calls[i].Conference
}

func applySwap(s *cc.AgentState, m any) bool {
	switch m := m.(type) {
	case *cc.SwapStarted:
		s.Swap = &cc.Swap{
			Id: m.Id, Hold: m.Hold, Take: m.Take, Call: m.Call, Offer: m.Offer, Session: m.Session, DeadlineMs: m.DeadlineMs,
			TimerSeq: m.TimerSeq,
		}
		s.TimerSeq = m.TimerSeq
	case *cc.SwapHeld:
		s.Swap.Held, s.Swap.DeadlineMs, s.Swap.TimerSeq = true, m.DeadlineMs, m.TimerSeq
		s.TimerSeq = m.TimerSeq
	case *cc.SwapDone, *cc.SwapFailed:
		s.Swap = nil
	default:
		return false
	}
	return true
}
