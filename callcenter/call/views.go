package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Summary is the call for lists, bubbles and search. It shares nothing with the state.
func Summary(s *cc.CallState) *cc.CallSummary {
	v := &cc.CallSummary{
		Call: s.Id, Tenant: s.Tenant, Campaign: s.Campaign, Number: s.Number, Workflow: s.Workflow,
		Caller: s.Caller, CallerName: s.CallerName, DivertedFrom: s.DivertedFrom, Test: s.Test,
		Queue: s.Queue, Phase: s.Phase, Agent: s.Agent, Offer: s.Offer.CloneVT(), Held: s.Held,
		Owner: s.Owner, OwnerEpoch: s.OwnerEpoch, Media: s.Media, Desk: s.Desk, LateClaim: s.LateClaim,
		DeskStage: s.DeskStage, AutoClosed: s.AutoClosed,
		Class: s.Class, Provisional: s.Provisional, Reason: s.Reason, Excused: s.NoteExcused,
		ArrivedMs: s.ArrivedMs, EnqueuedMs: s.EnqueuedMs, ConnectedMs: s.ConnectedMs, AnsweredMs: s.AnsweredMs,
		EndedMs: s.EndedMs, EndCause: s.EndCause, TalkMs: talkMs(s), HoldMs: holdMs(s),
		Recording: s.Recording, RecordingDone: s.RecordingDone,
		Link: s.Link, Customer: s.Customer, Location: s.Location, Job: s.Job,
		AlsoBooked: append([]string(nil), s.AlsoBooked...), CallerCalls: int32(len(s.CallerMs)),
		Resumes: s.Resumes, ResumedBy: s.ResumedBy, HoldStage: s.HoldStage,
	}
	if s.Resumes == "" {
		v.Resumes = s.Place
	}
	v.Offer.HideLeg()
	for _, o := range s.MoreOffers {
		o = o.CloneVT()
		o.HideLeg()
		v.MoreOffers = append(v.MoreOffers, o)
	}
	summarizeDesk(v, s)
	return v
}

// summarizeDesk adds what is set for few calls, so that the others pay nothing for it.
func summarizeDesk(v *cc.CallSummary, s *cc.CallState) {
	if manual(s) {
		v.Kind, v.Channel = s.Kind, s.Channel
	}
	if s.Mode == cc.CallMode_FORWARDED {
		v.Mode = s.Mode
	}
	if s.Direction != cc.Direction_INBOUND {
		v.Direction = s.Direction
	}
	v.DraftVersion, v.CustomerName, v.Notes = s.Draft.GetVersion(), s.CustomerName, s.Notes
	for _, c := range s.Candidates {
		v.Candidates = append(v.Candidates, c.CloneVT())
	}
	v.Suggestion, v.FollowUp = s.BookingSuggestion.CloneVT(), s.FollowUp.CloneVT()
	over, open := s.Phase == cc.CallPhase_ENDED && !manual(s), s.Desk == cc.BubbleDesk_DESK_SHOWN
	v.Unattached = over && s.Owner != "" && s.Link == cc.LinkLevel_LINK_NONE
	v.OwesReason = over && open && s.Owner != "" && owesReason(s)
	v.Voicemail, v.CallbackOpen, v.NeedsCallback = s.Voicemail, s.CallbackOpen, s.NeedsCallback
	v.Tags, v.ReasonLead = append([]string(nil), s.Tags...), s.ReasonLead
	if c := s.Corrected; c != nil {
		v.Corrections = c.Count
		if class := AsCorrected(s); class != s.Class {
			v.CorrectedClass = class
		}
		v.CorrectedOwner, v.CorrectedReason, v.CorrectedNotes = c.Owner, c.Reason, c.Notes
		v.CorrectedLink = c.Link.CloneVT()
	}
}

// CallerMs are the arrivals of the caller's calls up to this one, for the next: what it is handed as Arrive.caller_ms.
func CallerMs(s *cc.CallState) []int64 {
	all := append(append([]int64(nil), s.CallerMs...), s.ArrivedMs)
	return all[max(0, len(all)-maxRecent):]
}

// Waiting is the call as the matcher orders it; nil unless it waits in a queue. It shares nothing with the state.
func Waiting(s *cc.CallState) *cc.WaitingCall {
	if s.Phase != cc.CallPhase_WAITING && s.Phase != cc.CallPhase_OFFERED {
		return nil
	}
	w := &cc.WaitingCall{
		Call: s.Id, Queue: s.Queue, Tenant: s.Tenant, EnqueuedMs: s.EnqueuedMs, PriorityMs: s.PriorityMs,
		Priority: s.Priority, StrictPriority: s.StrictPriority,
		Offered: s.Phase == cc.CallPhase_OFFERED, Connected: s.ConnectedMs != 0,
		Preferred: s.Preferred, Place: s.Place, JoinedMs: s.JoinedMs,
	}
	if s.EnteredMs != s.EnqueuedMs {
		w.EnteredMs = s.EnteredMs
	}
	if s.RedialWindowMs > 0 {
		w.Caller = s.Caller
	}
	for _, n := range s.Skills {
		w.Skills = append(w.Skills, n.CloneVT())
	}
	if mayJoin(s) {
		for _, o := range Offers(s) {
			w.Ringing = append(w.Ringing, o.Agent)
		}
	}
	for _, t := range s.Tried {
		w.Tried = append(w.Tried, t.CloneVT())
	}
	return w
}

// Done says that the call is over, its bubble closed, every agent told and every recording finished: nothing but a
// correction can come, and the actor may be dropped.
func Done(s *cc.CallState) bool {
	return s.Phase == cc.CallPhase_ENDED && s.Desk == cc.BubbleDesk_DESK_CLOSED && len(s.Tells) == 0 &&
		len(s.BubbleTells) == 0 && len(s.PlaceTells) == 0 && len(s.OpenRecordings) == 0
}

// Left is the place in line of a caller who hung up while waiting and may come back to it (R94), nil if there is none or
// it has been taken. It stands until the bubble leaves the desk.
func Left(s *cc.CallState) *cc.LeftPlace {
	gaveUp := s.EndCause == cc.EndCause_END_CALLER || s.EndCause == cc.EndCause_END_CALLER_LOST
	if !gaveUp || s.AnsweredMs != 0 || s.Queue == "" || s.RedialWindowMs <= 0 || s.Caller == "" || s.ResumedBy != "" ||
		s.Desk == cc.BubbleDesk_DESK_CLOSED {
		return nil
	}
	return &cc.LeftPlace{
		Call: s.Id, Tenant: s.Tenant, Queue: s.Queue, Caller: s.Caller, EnqueuedMs: s.EnqueuedMs, EnteredMs: s.EnteredMs,
		LeftMs: s.EndedMs,
	}
}

// Last is who talks with the caller, where a queue wants that remembered (R67); nil if nobody does.
func Last(s *cc.CallState) *cc.LastAgent {
	if !s.KeepLast || s.Agent == "" || s.Caller == "" {
		return nil
	}
	return &cc.LastAgent{Agent: s.Agent, AtMs: s.Segments[len(s.Segments)-1].FromMs}
}
