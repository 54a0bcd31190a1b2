package b2bua

import (
	"bytes"

	"github.com/wirechief/wirechief/actors/host"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Index keys of bubbles. The shell scans them by prefix.
const (
	DraftPrefix    = "bd/" // bd/<call> -> Draft: what is typed on an open bubble (R39)
	OwnerPrefix    = "bo/" // bo/<agent>/<arrived ms, inverted, 8 bytes><call>: an agent's calls, the newest first
	FollowUpPrefix = "bf/" // bf/<tenant>/<YYYY-MM-DD>/<call>: open follow-ups (R90)
)

// deskRows are the rows of one call beside summary and place in the queue: keys, and values where they have one.
type deskRows struct {
	times, owner, followUp []byte // keys, nil: none
	tenant                 string // value of times
	draft                  []byte // value, nil: none
}

func (m *Machine) deskRows() (r deskRows) {
	c := m.Call
	if c.Phase == cc.CallPhase_PHASE_UNKNOWN {
		return r
	}
	r.times, r.tenant = TimeKey(TimesPrefix, c.ArrivedMs, c.Id), c.Tenant
	if c.Owner != "" {
		r.owner = TimeKey(OwnerPrefix+c.Owner+"/", c.ArrivedMs, c.Id)
	}
	if f := c.FollowUp; f != nil && f.DoneMs == 0 {
		r.followUp = []byte(FollowUpPrefix + c.Tenant + "/" + f.On + "/" + c.Id)
	}
	if c.Draft != nil {
		r.draft, _ = c.Draft.MarshalVT()
	}
	return r
}

// sealDesk writes what has changed of them.
func (m *Machine) sealDesk(s *host.Sealed) {
	was, now := m.index.desk, m.deskRows()
	m.index.desk = now
	if now.times != nil && (was.times == nil || was.tenant != now.tenant) {
		s.Index = append(s.Index, machine.IndexOp{Key: now.times, Value: []byte(now.tenant)})
	}
	move := func(from, to []byte) {
		if bytes.Equal(from, to) {
			return
		}
		if from != nil {
			s.Index = append(s.Index, machine.IndexOp{Key: from, Delete: true})
		}
		if to != nil {
			s.Index = append(s.Index, machine.IndexOp{Key: to, Value: []byte{}})
		}
	}
	move(was.owner, now.owner)
	move(was.followUp, now.followUp)
	if !bytes.Equal(was.draft, now.draft) {
		s.Index = append(s.Index, machine.IndexOp{
			Key: []byte(DraftPrefix + m.Call.Id), Value: now.draft, Delete: now.draft == nil,
		})
	}
}
