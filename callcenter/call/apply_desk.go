package call

import (
	"bytes"
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// applyDesk handles what people do on a bubble beside owning and linking it.
func applyDesk(s *cc.CallState, m any, atMs int64) {
	switch m := m.(type) {
	case *cc.BubbleCreated:
		applyCreated(s, m, atMs)
	case *cc.DraftWritten:
		kept := s.Draft.GetKeptVersion()
		s.Draft = &cc.Draft{Text: bytes.Clone(m.Text), Version: m.Version, By: m.By, AtMs: atMs, KeptVersion: kept}
		s.TouchedMs = touched(s, atMs)
	case *cc.DraftKept:
		s.Draft.KeptVersion = m.Version
	case *cc.TenantSet:
		s.Tenant, s.LeadThresholdMs, s.DeskPolicy = m.Tenant, m.LeadThresholdMs, m.Desk.CloneVT()
	case *cc.CustomersSuggested:
		applySuggested(s, m)
	case *cc.CustomerChosen:
		s.Candidates, s.CustomerName = nil, m.Customer.GetName()
	case *cc.BookedUnlinked:
		s.UnlinkedJobs = append(s.UnlinkedJobs, m.Job)
	case *cc.BookingSuggested:
		s.BookingSuggestion = m.Suggestion.CloneVT()
	case *cc.SuggestionClosed:
		s.BookingSuggestion = nil
	case *cc.FactStated:
		applyFact(s, m.Fact)
	case *cc.TagsChanged:
		s.Tags = slices.Clone(m.Tags)
	case *cc.NotesWritten:
		s.Notes = m.Text
	case *cc.CallbackMarked:
		s.NeedsCallback = m.On
	case *cc.FollowUpSet:
		s.FollowUp = nil
		if m.On != "" {
			s.FollowUp = &cc.FollowUp{On: m.On, Note: m.Note, By: m.By}
		}
	case *cc.FollowUpDone:
		f := s.FollowUp.CloneVT()
		f.DoneMs, f.DoneBy = atMs, m.By
		s.FollowUp = f
	case *cc.Corrected:
		applyCorrected(s, m)
	case *cc.BubbleTellAcked:
		s.BubbleTells = slices.DeleteFunc(s.BubbleTells, func(t *cc.BubbleTell) bool {
			return t.Agent == m.Agent && t.Epoch == m.Epoch && t.Lost == m.Lost
		})
	}
}

// applyCreated: a manual bubble is over as a call from its first moment; only the desk has it.
func applyCreated(s *cc.CallState, m *cc.BubbleCreated, atMs int64) {
	s.Id, s.Company, s.Tenant, s.Kind, s.Channel = m.Call, m.Company, m.Tenant, m.Kind, cc.Channel_NO_CHANNEL
	s.Phase, s.ArrivedMs, s.EndedMs, s.TouchedMs = cc.CallPhase_ENDED, atMs, atMs, atMs
	s.Desk, s.DeskPolicy, s.DeskSeq = cc.BubbleDesk_DESK_SHOWN, m.Desk.CloneVT(), newSeq(s)
	s.Owner, s.OwnerEpoch = m.Agent, m.Epoch
	tellGained(s, m.Agent)
}

// touched moves the clock of a manual bubble; that of a call is its end.
func touched(s *cc.CallState, atMs int64) int64 {
	if s.Kind != cc.BubbleKind_BUBBLE_MANUAL {
		return 0
	}
	return atMs
}

func applySuggested(s *cc.CallState, m *cc.CustomersSuggested) {
	s.Candidates, s.CustomerName = nil, ""
	for _, c := range m.Customers {
		s.Candidates = append(s.Candidates, c.CloneVT())
	}
	if len(m.Customers) == 1 {
		s.CustomerName = m.Customers[0].Name
	}
}

func applyFact(s *cc.CallState, f cc.CallFact) {
	switch f {
	case cc.CallFact_FACT_OVERFLOW_ANSWERED:
		s.OverflowAnswered = true
	case cc.CallFact_FACT_VOICEMAIL_LEFT:
		s.Voicemail = true
	case cc.CallFact_FACT_CALLBACK_ACCEPTED:
		s.CallbackOpen = true
	case cc.CallFact_FACT_CALLBACK_CONCLUDED:
		s.CallbackOpen = false
	case cc.CallFact_FACT_BYPASSED:
		s.Bypassed = true
	}
}

func applyCorrected(s *cc.CallState, m *cc.Corrected) {
	c := s.Corrected.CloneVT()
	if c == nil {
		c = &cc.Correction{}
	}
	c.Count++
	switch m.Field {
	case cc.CorrectedField_CORRECTED_CLASS:
		c.Chosen = m.Chosen
	case cc.CorrectedField_CORRECTED_OWNER:
		c.Owner = m.After
	case cc.CorrectedField_CORRECTED_REASON:
		c.Reason, c.ReasonLead = m.After, m.Lead
	case cc.CorrectedField_CORRECTED_NOTES:
		c.Notes = m.After
	case cc.CorrectedField_CORRECTED_LINK:
		c.Link = m.LinkAfter.CloneVT()
	}
	s.Corrected = c
}

// tellGained and tellLost note what an agent must be told of their bubble. Only the newest of an agent counts.
func tellGained(s *cc.CallState, agent string) {
	putBubbleTell(s, &cc.BubbleTell{Agent: agent, Epoch: s.OwnerEpoch})
}

func tellLost(s *cc.CallState, agent string, epoch uint64, by string) {
	if agent != "" {
		putBubbleTell(s, &cc.BubbleTell{Agent: agent, Epoch: epoch, Lost: true, By: by})
	}
}

func putBubbleTell(s *cc.CallState, t *cc.BubbleTell) {
	s.BubbleTells = slices.DeleteFunc(s.BubbleTells, func(u *cc.BubbleTell) bool { return u.Agent == t.Agent })
	if len(s.BubbleTells) >= maxBubbleTells {
		s.BubbleTells = slices.Delete(s.BubbleTells, 0, 1)
	}
	s.BubbleTells = append(s.BubbleTells, t)
	s.TellSeq = newSeq(s)
}
