package call

import (
	"strconv"

	cc "github.com/wirechief/wirechief/callcenter"
)

// bySystem closes what nobody closed.
const bySystem = "system"

// claim of an unowned bubble (R35). A managed call is claimed by its answer, so before that nobody may.
func (d *decision) claim(agent string, supervisor bool) error {
	s := d.s
	switch {
	case s.Desk != cc.BubbleDesk_DESK_SHOWN:
		return cc.Errorf(cc.CodeBubbleClosed, "the bubble has left the desk")
	case s.Owner == agent && agent != "":
		return nil
	case s.Owner != "":
		return d.ownerError(cc.CodeOwned, "the bubble is owned by %s", s.Owner)
	case s.Mode == cc.CallMode_MANAGED && s.AnsweredMs == 0 && s.Phase != cc.CallPhase_ENDED:
		return cc.Errorf(cc.CodeManagedCall, "the call is claimed by its answer")
	}
	if err := d.mayServe(agent, supervisor); err != nil {
		return err
	}
	d.emit(&cc.BubbleClaimed{Agent: agent, Epoch: s.OwnerEpoch + 1, Late: s.Phase == cc.CallPhase_ENDED})
	d.do(tellAgent(agent, &cc.BubbleGained{Call: s.Id}))
	d.classify()
	d.setDeskTimer()
	return nil
}

// takeOver is a compare-and-set on the epoch the clicker saw (R36): of two at once the second must look again.
func (d *decision) takeOver(m *cc.TakeOver) error {
	s := d.s
	switch {
	case s.Desk != cc.BubbleDesk_DESK_SHOWN:
		return cc.Errorf(cc.CodeBubbleClosed, "the bubble has left the desk")
	case s.Owner == "":
		return d.claim(m.Agent, m.Supervisor)
	case s.Owner == m.Agent:
		return nil
	}
	if err := d.mayServe(m.Agent, m.Supervisor); err != nil {
		return err
	}
	if m.Epoch != s.OwnerEpoch {
		return d.ownerError(cc.CodeOwnerChanged, "the bubble is now owned by %s", s.Owner)
	}
	former := s.Owner
	d.emit(&cc.BubbleTaken{Agent: m.Agent, From: former, Epoch: s.OwnerEpoch + 1, Late: s.Phase == cc.CallPhase_ENDED})
	d.do(tellAgent(former, &cc.BubbleLost{Call: s.Id, By: m.Agent}), tellAgent(m.Agent, &cc.BubbleGained{Call: s.Id}))
	return nil
}

func (d *decision) mayServe(agent string, supervisor bool) error {
	a := d.env.Dir.Agent(agent)
	if a == nil || !supervisor && !a.Granted(d.s.Tenant) {
		return cc.Errorf(cc.CodeNoGrant, "you have no grant for this tenant")
	}
	return nil
}

func (d *decision) ownerError(code, format, owner string) error {
	return cc.Errorf(code, format, owner).With("owner", owner).With("epoch", strconv.FormatUint(d.s.OwnerEpoch, 10))
}

// closeBubble by the owner or a supervisor, after the hang-up (R47).
func (d *decision) closeBubble(m *cc.CloseBubble) error {
	s := d.s
	switch {
	case !m.Supervisor && (s.Owner == "" || s.Owner != m.Agent):
		return cc.Errorf(cc.CodeNotYours, "the bubble is not yours")
	case s.Desk == cc.BubbleDesk_DESK_CLOSED:
		return cc.Errorf(cc.CodeBubbleClosed, "the bubble is closed")
	case s.Phase != cc.CallPhase_ENDED:
		return cc.Errorf(cc.CodeCallLive, "the call is still up")
	}
	lead := false
	if m.Reason != "" {
		r := d.env.Dir.Reason(m.Reason)
		if r == nil || !r.Active || r.Tenant != s.Tenant {
			return cc.Errorf(cc.CodeReasonUnknown, "no such call reason")
		}
		lead = r.Lead
	} else if owesReason(s) {
		return cc.Errorf(cc.CodeReasonRequired, "say why nothing was booked")
	}
	d.offDesk(&cc.BubbleClosed{By: m.Agent, Reason: m.Reason, Lead: lead})
	d.classify()
	return nil
}

// owesReason: not booked, not excused by a note, and talked for long enough (R47).
func owesReason(s *cc.CallState) bool {
	return s.Link != cc.LinkLevel_LINK_BOOKED && !s.NoteExcused && talkMs(s) >= s.LeadThresholdMs
}

// offDesk emits what takes the bubble off the desk; the owner's focus, if it is there, goes with it (R9).
func (d *decision) offDesk(event any) {
	d.emit(event)
	if d.s.Owner != "" {
		d.do(tellAgent(d.s.Owner, &cc.BubbleLost{Call: d.s.Id}))
	}
}
