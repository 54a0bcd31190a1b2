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
	d.tellBubble(1)
	d.linkSuggestion()
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
	d.keepDraft(s.Owner, s.OwnerEpoch)
	late := s.Phase == cc.CallPhase_ENDED && !manual(s)
	d.emit(&cc.BubbleTaken{Agent: m.Agent, From: s.Owner, Epoch: s.OwnerEpoch + 1, Late: late})
	d.tellBubble(2)
	return nil
}

// answeredBy: the bubble is the answerer's; what a former owner typed is kept, and a customer that was found is linked.
func (d *decision) answeredBy(former string, epoch uint64) {
	told := 0
	if former != "" && former != d.s.Owner {
		d.keepDraft(former, epoch)
		told++
	}
	if d.s.Desk != cc.BubbleDesk_DESK_SHOWN {
		told++
	}
	if told > 0 {
		d.tellBubble(told)
	}
	d.linkSuggestion()
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
	lead, err := d.closeReason(m)
	if err != nil {
		return err
	}
	d.offDesk(&cc.BubbleClosed{By: m.Agent, Reason: m.Reason, Lead: lead})
	if m.FollowUpOn != "" {
		d.emit(&cc.FollowUpSet{On: m.FollowUpOn, Note: m.FollowUpNote, By: m.Agent})
	}
	d.classify()
	return nil
}

// closeReason: is it a lead? Or why the bubble cannot be closed like this (R47, R90).
func (d *decision) closeReason(m *cc.CloseBubble) (lead bool, err error) {
	s := d.s
	if m.Reason != "" {
		r := d.env.Dir.Reason(m.Reason)
		if r == nil || !r.Active || r.Tenant != s.Tenant {
			return false, cc.Errorf(cc.CodeReasonUnknown, "no such call reason")
		}
		lead = r.Lead
	} else if owesReason(s) {
		return false, cc.Errorf(cc.CodeReasonRequired, "say why nothing was booked")
	}
	switch {
	case m.FollowUpOn == "":
		return lead, nil
	case !lead:
		return lead, cc.Errorf(cc.CodeNotALead, "only a call closed with a lead reason is followed up")
	}
	return lead, dateOK(m.FollowUpOn, m.FollowUpNote, m.Today)
}

// owesReason: not manual, not booked, not excused by a note, and talked for long enough (R47).
func owesReason(s *cc.CallState) bool {
	return !manual(s) && s.Link != cc.LinkLevel_LINK_BOOKED && !s.NoteExcused && talkMs(s) >= s.LeadThresholdMs
}

// offDesk emits what takes the bubble off the desk; the owner's focus, if it is there, goes with it (R9).
func (d *decision) offDesk(event any) {
	shown := d.s.Desk == cc.BubbleDesk_DESK_SHOWN
	d.emit(event)
	if shown && d.s.Owner != "" {
		d.tellBubble(1)
	}
}
