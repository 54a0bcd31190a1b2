package sim

import (
	"strconv"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
)

// What people do on bubbles beside owning them: they type, report what they do in the CRM, book elsewhere, mark, correct
// and make bubbles of their own. Each acts on a picture that may be old.

// askDesk puts a command to a call and hears how it went.
func (w *World) askDesk(call string, msg any, done func(err error)) {
	p := w.ownerOf(call)
	if p == nil {
		return
	}
	asked := w.check.asked()
	p.toCall(call, b2bua.Ask{Cmd: cc.NewCommand(msg), Reply: reply(func(err error) {
		w.check.replied(asked, err)
		if done != nil {
			done(err)
		}
	})})
}

// works does a few things on a bubble of theirs, while they talk or after.
func (p *person) works(call string) {
	if p.w.calm {
		return
	}
	for range p.dice.IntN(4) {
		p.w.after(p.dice.between(sec, 40*sec), func() { p.work(call) })
	}
}

func (p *person) work(call string) {
	w := p.w
	b := w.check.calls[call]
	if b == nil {
		return
	}
	s := b.shadow
	location, job := "loc"+strconv.Itoa(p.dice.IntN(2)), "job"+strconv.Itoa(p.dice.IntN(3))
	epoch := s.OwnerEpoch
	focus := p.known.GetFocus()
	if p.dice.chance(0.1) {
		epoch--
	}
	switch p.dice.IntN(12) {
	case 0, 1, 2:
		p.types(call, s.Draft.GetVersion())
	case 3, 4:
		action := []string{"dispatch", "reschedule", "email", "note", "save"}[p.dice.IntN(5)]
		w.askDesk(call, &cc.ReportAction{
			Agent: p.id(), Epoch: epoch, Focus: focus, Action: action, Customer: "cust1", Location: location, Job: job,
		}, nil)
	case 5:
		w.askDesk(call, &cc.ReportNote{Agent: p.id(), Location: location}, nil)
	case 6:
		w.askDesk(call, &cc.ReportBooked{Agent: p.id(), Location: location, Job: job}, nil)
	case 7:
		w.askDesk(call, &cc.CheckLink{Agent: p.id(), Location: location}, nil)
		w.askDesk(call, &cc.BookWithoutLink{Agent: p.id(), Location: location, Job: job}, nil)
	case 8:
		w.askDesk(call, &cc.ChangeTags{Agent: p.id(), Add: []string{job}, Supervisor: p.dice.chance(0.1)}, nil)
	case 9:
		w.askDesk(call, &cc.ChooseCustomer{Agent: p.id(), Customer: &cc.CustomerRef{Id: location}}, nil)
	case 10:
		w.askDesk(call, &cc.MarkCallback{Agent: p.id(), On: p.dice.chance(0.7)}, nil)
	case 11:
		w.askDesk(call, &cc.SuggestBooking{Agent: p.id(), Caller: s.Caller, Location: location, Job: job}, nil)
		w.after(sec, func() {
			g := s.BookingSuggestion
			w.askDesk(call, &cc.AnswerSuggestion{Agent: p.id(), Suggestion: g.GetId(), Accept: true}, nil)
		})
	}
}

// types writes a draft on the version they saw; sometimes two of their clients do.
func (p *person) types(call string, version uint64) {
	w := p.w
	write := func(text string) {
		w.askDesk(call, &cc.WriteDraft{Agent: p.id(), Version: version, Text: []byte(text)}, func(err error) {
			if err == nil {
				w.check.typed(call, version+1, text)
			}
		})
	}
	p.n++
	write(p.id() + " wrote " + strconv.Itoa(p.n))
	if p.dice.chance(0.3) {
		w.after(p.dice.between(0, sec), func() { write(p.id() + " wrote elsewhere") })
	}
}

// corrects is a supervisor's look at a call a while after it was over (R52).
func (p *person) corrects(call string) {
	w := p.w
	m := &cc.Correct{By: p.id(), Field: cc.CorrectedField_CORRECTED_CLASS}
	switch p.dice.IntN(4) {
	case 0:
		m.Value = "excused_manager"
	case 1:
		m.Value = "not_lead"
	case 2:
		m.Field, m.Value = cc.CorrectedField_CORRECTED_NOTES, "seen by "+p.id()
	case 3:
		m.Field, m.Link = cc.CorrectedField_CORRECTED_LINK, &cc.LinkRef{Level: int32(cc.LinkLevel_LINK_BOOKED), Job: "job9"}
	}
	w.askDesk(call, m, func(err error) {
		if err == nil {
			w.check.correctedTo(call, m)
		}
	})
}

// grabs clicks on a bubble that may be somebody's.
func (p *person) grabs() {
	if ids := p.w.check.bubbles(); len(ids) > 0 {
		p.w.askDesk(ids[p.dice.IntN(len(ids))], &cc.Claim{Agent: p.id()}, nil)
	}
}

// makesBubble starts work without a call (R39) and ends it.
func (p *person) makesBubble() {
	w := p.w
	var at *proc
	for _, q := range w.procs {
		if q.alive && q.lease && q.ready {
			at = q
		}
	}
	if at == nil {
		return
	}
	id := strconv.FormatUint(uint64(at.home), 16) + "-" + at.id()
	cmd := &cc.CreateBubble{Call: id, Agent: p.id(), Tenant: tenantID(p.dice.IntN(w.plan.Size.Tenants))}
	a := at.newCall(id)
	at.calls[id] = a
	asked := w.check.asked()
	a.input(b2bua.Ask{Cmd: cc.NewCommand(cmd), Reply: reply(func(err error) {
		w.check.replied(asked, err)
		if err == nil {
			p.works(id)
			w.after(p.dice.between(30*sec, 90*sec), func() { w.askDesk(id, &cc.CloseBubble{Agent: p.id()}, nil) })
		}
	})})
}

// lookedUp: the directory answers who may be calling, early or late (R10).
func (w *World) lookedUp(call string, d dice) {
	if d.chance(0.5) {
		return
	}
	m := &cc.CustomerSuggested{}
	for i := range 1 + d.IntN(2) {
		m.Customers = append(m.Customers, &cc.CustomerRef{Id: "cust" + strconv.Itoa(i+d.IntN(2))})
	}
	w.after(d.between(10*ms, 20*sec), func() { w.askDesk(call, m, nil) })
}
