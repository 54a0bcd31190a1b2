package seat

import (
	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	cc "github.com/wirechief/wirechief/callcenter"
)

// maxAskers bounds who waits for one swap; there is one at a time. More are refused.
const maxAskers = 8

// askers are who waits for the end of a command that takes more than one step. They live with the process: after a
// restart nobody is there to be answered.
type askers struct {
	id      uint64
	waiting []any
}

// Forwarded is a command to a call whose answer is for the askers; none: nobody waits.
type Forwarded struct {
	cc.TellCall
	Askers []any
}

// take carries out one effect about who waits. asker is who gave the present command; what is left of them comes back.
func (a *askers) take(e cc.Effect, asker any, d *host.Decision) (left any) {
	switch e := e.(type) {
	case cc.Await:
		if e.ID != a.id {
			a.id, a.waiting = e.ID, nil
		}
		switch {
		case asker == nil:
		case len(a.waiting) >= maxAskers:
			d.Release = append(d.Release, b2bua.Replied{To: asker, Err: cc.Errorf(cc.CodeOverloaded, "too many wait for this call")})
		default:
			a.waiting = append(a.waiting, asker)
		}
		return nil
	case cc.Settle:
		for _, to := range a.of(e.ID) {
			r := b2bua.Replied{To: to}
			if e.Err != nil {
				r.Err = e.Err
			}
			d.Release, d.Prompt = append(d.Release, r), true
		}
	case cc.Forward:
		f := Forwarded{TellCall: cc.TellCall{Call: e.Call, Cmd: e.Cmd}}
		if e.ID != 0 {
			f.Askers = a.of(e.ID)
		} else if asker != nil {
			f.Askers, asker = []any{asker}, nil
		}
		d.Early = append(d.Early, f)
	}
	return asker
}

// of takes who waits under an id.
func (a *askers) of(id uint64) (out []any) {
	if a.id == id {
		out, a.waiting = a.waiting, nil
	}
	return out
}

// Abandon takes everybody who waits: the actor goes, and its successor knows nothing of them.
func (m *Machine) Abandon() []any { return m.askers.of(m.askers.id) }
