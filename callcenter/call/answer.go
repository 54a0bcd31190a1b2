package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// answer: the agent is on the call. Bubble, recording and talk time begin in this one event (R29, R56, R79). Of a group
// the others have missed nothing (R25).
func (d *decision) answer(o *cc.Offer) {
	s, former, epoch := d.s, d.s.Owner, d.s.OwnerEpoch
	d.closeOffers(o, cc.OfferOutcome_WITHDRAWN_ANSWERED_ELSEWHERE, "")
	if s.ConnectedMs == 0 {
		d.emit(&cc.CallerConnected{})
		d.do(cc.ConnectCaller{Leg: s.LegCaller})
	}
	e := &cc.Answered{Offer: o.Id, Agent: o.Agent, OwnerEpoch: s.OwnerEpoch + 1, Wrapup: o.Policy.GetWrapup().CloneVT()}
	if d.toBeRecorded() {
		e.Recording = d.env.IDs.Next("rec-")
	}
	d.emit(e)
	d.do(cc.Bridge{Caller: s.LegCaller, Agent: s.LegAgent})
	if e.Recording != "" {
		d.do(cc.StartRecording{Recording: e.Recording, Caller: s.LegCaller, Agent: s.LegAgent})
	}
	d.tellLast(1)
	d.tellPlace()
	d.answeredBy(former, epoch)
}

// toBeRecorded is the policy of R58 as far as it is configured: the exclusion list, then the tenant. A call without a
// known tenant is recorded.
func (d *decision) toBeRecorded() bool {
	t := d.env.Dir.Tenant(d.s.Tenant)
	if t == nil {
		return true
	}
	not := t.RecordExclusions
	if slices.Contains(not, d.s.Number) || d.s.Caller != "" && slices.Contains(not, d.s.Caller) {
		return false
	}
	return t.Record
}

// recordingDone: the file is durable. It may come long after the call, and twice.
func (d *decision) recordingDone(m *cc.RecordingDone) {
	if slices.Contains(d.s.OpenRecordings, m.Recording) {
		d.emit(&cc.RecordingFinished{
			Recording: m.Recording, DurationMs: m.DurationMs, Bytes: m.Bytes, Sha256: m.Sha256, Path: m.Path, Gaps: m.Gaps,
		})
	}
}

// hold by a client of the agent on the call.
func (d *decision) hold(m *cc.Hold) error {
	s := d.s
	switch {
	case s.Phase == cc.CallPhase_ENDED:
		return errEnded()
	case s.Phase != cc.CallPhase_BRIDGED:
		return cc.Errorf(cc.CodeNotConnected, "no agent is on the call")
	case s.Agent != m.Agent:
		return cc.Errorf(cc.CodeNotYours, "another agent is on the call")
	}
	d.setHeld(m.On, m.Agent)
	d.do(tellAgent(s.Agent, d.standing()))
	return nil
}

// standing is how the call stands on the desk of the agent on it. What of it gets lost, the agent's next probe brings.
func (d *decision) standing() *cc.DeskCallChanged {
	s, state := d.s, cc.DeskCallState_DESK_ACTIVE
	if s.Held {
		state = cc.DeskCallState_DESK_HELD
	}
	return &cc.DeskCallChanged{
		Call: s.Id, Class: cc.CallClass_QUEUE_CALL, State: state, AtMs: d.env.NowMs,
		Bubble: s.Owner == s.Agent && s.Desk == cc.BubbleDesk_DESK_SHOWN,
	}
}

func (d *decision) setHeld(on bool, by string) {
	s := d.s
	switch {
	case on == s.Held:
	case on:
		d.emit(&cc.CallHeld{By: by, TimerSeq: d.nextSeq()})
		d.do(cc.Unbridge{Caller: s.LegCaller, Agent: s.LegAgent}, cc.PlayHold{Leg: s.LegCaller}, d.holdTimer())
	default:
		d.emit(&cc.CallResumed{By: by})
		d.do(cc.Bridge{Caller: s.LegCaller, Agent: s.LegAgent})
	}
}

func errEnded() error { return cc.Errorf(cc.CodeCallEnded, "the call is over") }
