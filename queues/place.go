package queues

import "slices"

// place is one place in line that several calls of one person share: who redials while the first call still waits joins
// it (R94). One call stands for the place: the one being offered, else the one that joined last, since that is the one
// the person holds. The others wait behind it, in no set.
type place struct {
	id    string
	calls []*call // in the order of joining
}

func compareJoined(a, b *call) int {
	switch {
	case a.w.JoinedMs != b.w.JoinedMs:
		if a.w.JoinedMs < b.w.JoinedMs {
			return -1
		}
		return 1
	case a.w.Call < b.w.Call:
		return -1
	}
	return 1
}

// takeSeat brings the call to the place that its state names.
func (m *Matcher) takeSeat(c *call) {
	id := c.w.Place
	if id == "" {
		id = c.w.Call
	}
	if c.place != nil && c.place.id != id {
		m.leaveSeat(c)
	}
	p := m.places[id]
	switch {
	case c.place != nil:
	case p == nil && c.w.Place == "":
		return // its own, and nobody has come to share it
	case p == nil:
		p = &place{id: id}
		m.places[id] = p
		if first := m.calls[id]; first != nil && first != c && first.w.Place == "" {
			first.place, p.calls = p, append(p.calls, first)
		}
		fallthrough
	default:
		c.place, p.calls = p, append(p.calls, c)
	}
	slices.SortFunc(c.place.calls, compareJoined)
}

func (m *Matcher) leaveSeat(c *call) {
	p := c.place
	if p == nil {
		return
	}
	c.place, c.shadow = nil, false
	p.calls = slices.DeleteFunc(p.calls, func(o *call) bool { return o == c })
	if len(p.calls) == 0 {
		delete(m.places, p.id)
	}
	m.reseat(p)
}

// reseat makes the right call stand for the place.
func (m *Matcher) reseat(p *place) {
	if p == nil || len(p.calls) == 0 {
		return
	}
	front := p.front()
	for _, c := range p.calls {
		if shadow := c != front && !c.open(); shadow != c.shadow {
			m.detach(c)
			c.shadow = shadow
			m.attach(c)
			m.markCall(c)
		}
	}
}

func (p *place) front() *call {
	for _, c := range p.calls {
		if c.open() {
			return c
		}
	}
	return p.calls[len(p.calls)-1]
}
