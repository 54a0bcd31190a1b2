package call

import (
	"slices"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
)

// applyOfferMade: an offer that joins others is the same round of ringing.
func applyOfferMade(s *cc.CallState, m *cc.OfferMade) {
	o := m.Offer.CloneVT()
	o.Leg = m.Leg
	if s.Offer == nil {
		s.Offer = o
		s.OffersMade++
	} else {
		s.MoreOffers = append(s.MoreOffers, o)
	}
	s.Phase = cc.CallPhase_OFFERED
	takeSeq(s, m.Offer.GetTimerSeq())
}

func applyOfferAccepted(s *cc.CallState, m *cc.OfferAccepted) {
	o := Open(s, m.Offer)
	o.Connecting, o.AcceptedBy, o.DeadlineMs, o.TimerSeq = true, m.By, m.DeadlineMs, m.TimerSeq
	o.Dialled, o.Leg = true, m.Leg
	takeSeq(s, m.TimerSeq)
}

func applyOfferClosed(s *cc.CallState, m *cc.OfferClosed, atMs int64) {
	dropOffer(s, m.Offer)
	if s.Offer == nil {
		s.Phase, s.GroupClosed = cc.CallPhase_WAITING, false
	}
	if m.ReofferAtMs != 0 {
		putTried(s, &cc.TriedAgent{Agent: m.Agent, AtMs: atMs, Outcome: m.Outcome, ReofferAtMs: m.ReofferAtMs})
	}
	putTell(s, &cc.PendingTell{Agent: m.Agent, Offer: m.Offer, Outcome: m.Outcome})
}

func findTried(list []*cc.TriedAgent, agent string) (int, bool) {
	return slices.BinarySearchFunc(list, agent, func(t *cc.TriedAgent, id string) int {
		return strings.Compare(t.Agent, id)
	})
}

// putTried keeps the list by agent id; when it is full the agent who is free again first is forgotten.
func putTried(s *cc.CallState, t *cc.TriedAgent) {
	i, ok := findTried(s.Tried, t.Agent)
	if ok {
		s.Tried[i] = t
		return
	}
	if len(s.Tried) >= maxTried {
		first := 0
		for j, u := range s.Tried {
			if u.ReofferAtMs < s.Tried[first].ReofferAtMs {
				first = j
			}
		}
		s.Tried = slices.Delete(s.Tried, first, first+1)
		i, _ = findTried(s.Tried, t.Agent)
	}
	s.Tried = slices.Insert(s.Tried, i, t)
}

func putTell(s *cc.CallState, t *cc.PendingTell) {
	s.Tells = append(s.Tells, t)
	s.TellSeq = newSeq(s)
}

func putTold(s *cc.CallState, t *cc.PendingTell) {
	if len(s.Told) >= maxTold {
		s.Told = slices.Delete(s.Told, 0, 1)
	}
	s.Told = append(s.Told, t)
}

func applyAcknowledged(s *cc.CallState, m *cc.TellAcknowledged) {
	i := slices.IndexFunc(s.Tells, func(t *cc.PendingTell) bool { return sameTell(t, m.Agent, m.Offer, m.Left) })
	if i < 0 {
		return
	}
	putTold(s, s.Tells[i])
	s.Tells = slices.Delete(s.Tells, i, i+1)
}
