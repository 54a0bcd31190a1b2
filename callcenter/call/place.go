package call

import (
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// A place in line outlives the call that took it (R94): who hung up and calls again within the window has it back, and
// who calls again while the first call waits has both calls in one place; the first answer releases the other. The calls
// of one place tell each other until it is heard.

// redial is what R94 gives a call that enters its first queue.
func redial(s *cc.CallState, f *cc.QueueFound, e *cc.CallQueued) {
	if s.EnqueuedMs != 0 || f.GetRedial() == "" || f.Redial == s.Id || e.RedialWindowMs <= 0 {
		return
	}
	e.EnqueuedMs, e.EnteredMs = f.EnqueuedMs, f.EnteredMs
	if f.RedialWaits {
		e.Place = f.Redial
	} else {
		e.Resumes = f.Redial
	}
}

// applyPlace: a call that goes on to another queue stands there in its own right; the others of its place are still
// released when it is answered.
func applyPlace(s *cc.CallState, m *cc.CallQueued, atMs int64) {
	if s.Place != "" && s.Place != m.Place && len(s.Sharers) < maxSharers {
		s.Sharers = append(s.Sharers, s.Place)
	}
	s.Place, s.JoinedMs = m.Place, 0
	switch {
	case m.Place != "":
		s.JoinedMs = atMs
		putPlaceTell(s, m.Place, cc.PlaceTold_PLACE_JOINED)
	case m.Resumes != "":
		s.Resumes = m.Resumes
		putPlaceTell(s, m.Resumes, cc.PlaceTold_PLACE_TAKEN)
	}
}

// putPlaceTell keeps what another call of the place must hear; beyond the limit it is not told: the caller of it waits in
// their own right then.
func putPlaceTell(s *cc.CallState, call string, told cc.PlaceTold) {
	if len(s.PlaceTells) < maxPlaceTells {
		s.PlaceTells = append(s.PlaceTells, &cc.PlaceTell{Call: call, Told: told})
		s.TellSeq = newSeq(s)
	}
}

// releasePlace tells the others of the place, all but the one it was learned from, that it was answered.
func releasePlace(s *cc.CallState, except string) {
	if s.Place != "" && s.Place != except {
		putPlaceTell(s, s.Place, cc.PlaceTold_PLACE_ANSWERED)
	}
	for _, c := range s.Sharers {
		if c != except {
			putPlaceTell(s, c, cc.PlaceTold_PLACE_ANSWERED)
		}
	}
	s.Place, s.Sharers = "", nil
}

// endPlace: who hung up the first of several calls is still in line with the last.
func endPlace(s *cc.CallState) {
	if n := len(s.Sharers); n > 0 && s.AnsweredMs == 0 && s.ResumedBy == "" {
		s.ResumedBy = s.Sharers[n-1]
	}
	s.Sharers = nil
}

func applyPlaceTaken(s *cc.CallState, m *cc.PlaceTaken) {
	waits := s.Phase == cc.CallPhase_WAITING || s.Phase == cc.CallPhase_OFFERED
	switch {
	case m.Told == cc.PlaceTold_PLACE_ANSWERED:
		s.ResumedBy = m.By
		releasePlace(s, m.By)
	case m.Told == cc.PlaceTold_PLACE_JOINED && waits:
		if len(s.Sharers) < maxSharers {
			s.Sharers = append(s.Sharers, m.By)
		}
	case m.Told == cc.PlaceTold_PLACE_JOINED && s.AnsweredMs != 0: // this one was answered while the person dialled
		putPlaceTell(s, m.By, cc.PlaceTold_PLACE_ANSWERED)
	case s.ResumedBy == "" && s.AnsweredMs == 0:
		s.ResumedBy = m.By
	}
}

// tellPlace sends what other calls of the place have not heard, and starts the repeat.
func (d *decision) tellPlace() {
	for _, t := range d.s.PlaceTells {
		d.do(tellCall(t.Call, &cc.PlaceNews{From: d.s.Id, Told: t.Told}))
	}
	if len(d.s.PlaceTells) > 0 {
		d.do(d.tellTimer())
	}
}

func tellCall(call string, m any) cc.Effect { return cc.TellCall{Call: call, Cmd: cc.NewCommand(m)} }

// placeNews from another call of the place. It is acknowledged in any case, once it is durable; it may be repeated.
func (d *decision) placeNews(m *cc.PlaceNews) {
	s := d.s
	if m.From == "" || m.From == s.Id || !fits(m.From) {
		return
	}
	if d.isNews(m) {
		d.emit(&cc.PlaceTaken{By: m.From, Told: m.Told})
		if m.Told == cc.PlaceTold_PLACE_ANSWERED {
			d.end(cc.EndCause_END_ADMIN, "place_answered", "")
		} else {
			d.tellPlace()
		}
	}
	d.do(tellCall(m.From, &cc.PlaceHeard{From: s.Id, Told: m.Told}))
}

// isNews: it is told for the first time, and means something to the call as it stands.
func (d *decision) isNews(m *cc.PlaceNews) bool {
	s := d.s
	switch m.Told {
	case cc.PlaceTold_PLACE_ANSWERED:
		return d.waits() == nil
	case cc.PlaceTold_PLACE_JOINED:
		told := slices.ContainsFunc(s.PlaceTells, func(t *cc.PlaceTell) bool { return t.Call == m.From })
		return !told && s.ResumedBy == "" && !slices.Contains(s.Sharers, m.From)
	case cc.PlaceTold_PLACE_TAKEN:
		return s.Phase == cc.CallPhase_ENDED && s.ResumedBy == ""
	}
	return false
}

func (d *decision) placeHeard(m *cc.PlaceHeard) {
	for _, t := range d.s.PlaceTells {
		if t.Call == m.From && t.Told == m.Told {
			d.emit(&cc.PlaceAcknowledged{Call: m.From, Told: m.Told})
			return
		}
	}
}
