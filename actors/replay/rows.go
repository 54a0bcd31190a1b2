package replay

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
)

// rowPrefixes are the index rows of which each is of one stream, as that stands at its end. Rows that are no view of a
// stream (queues shut, registrations, recordings, sessions) are not replayed.
var rowPrefixes = []string{
	seat.IndexPrefix, b2bua.SummaryPrefix, b2bua.WaitingPrefix, b2bua.LivePrefix, b2bua.DuePrefix, b2bua.TimesPrefix,
	b2bua.LeftPrefix, b2bua.DraftPrefix, b2bua.OwnerPrefix, b2bua.FollowUpPrefix,
}

// lastPrefixes are the rows that several calls write over, each when it has something later to say.
var lastPrefixes = []string{b2bua.LastPrefix, b2bua.CallerPrefix, b2bua.NumberPrefix}

func (c *callSubject) end() {
	c.traces()
	s := c.m.Call
	if s.Phase == cc.CallPhase_PHASE_UNKNOWN {
		return // it never came to be
	}
	summary, _ := call.Summary(s).MarshalVT()
	c.row(b2bua.SummaryPrefix, b2bua.SummaryPrefix+c.id, summary, &cc.CallSummary{})
	var waiting, left, draft, live []byte
	if w := call.Waiting(s); w != nil {
		waiting, _ = w.MarshalVT()
	}
	c.row(b2bua.WaitingPrefix, b2bua.WaitingPrefix+c.id, waiting, &cc.WaitingCall{})
	if l := call.Left(s); l != nil {
		left, _ = l.MarshalVT()
	}
	c.row(b2bua.LeftPrefix, b2bua.LeftPrefix+c.id, left, &cc.LeftPlace{})
	if s.Draft != nil {
		draft, _ = s.Draft.MarshalVT()
	}
	c.row(b2bua.DraftPrefix, b2bua.DraftPrefix+c.id, draft, &cc.Draft{})
	if !c.m.Asleep() {
		live = []byte{}
	}
	c.row(b2bua.LivePrefix, b2bua.LivePrefix+c.id, live, nil)
	c.marks(s)
}

// marks are the rows whose keys say what there is to say. Where the state wants none, their number tells of one.
func (c *callSubject) marks(s *cc.CallState) {
	c.row(b2bua.TimesPrefix, string(b2bua.TimeKey(b2bua.TimesPrefix, s.ArrivedMs, c.id)), append([]byte{}, s.Tenant...), nil)
	if s.Owner != "" {
		c.row(b2bua.OwnerPrefix, string(b2bua.TimeKey(b2bua.OwnerPrefix+s.Owner+"/", s.ArrivedMs, c.id)), []byte{}, nil)
	}
	if f := s.FollowUp; f != nil && f.DoneMs == 0 {
		c.row(b2bua.FollowUpPrefix, b2bua.FollowUpPrefix+s.Tenant+"/"+f.On+"/"+c.id, []byte{}, nil)
	}
	if due := call.DeskTimer(s); due.Name != "" && c.m.Asleep() {
		seq := binary.BigEndian.AppendUint64(nil, due.Seq)
		c.row(b2bua.DuePrefix, string(b2bua.DueKey(due.AtMs, c.id)), seq, nil)
	}
}

// traces are what a call leaves in rows that outlast it until a later call writes over them.
type traces struct {
	seen           bool
	tenant, caller string // as it arrived
	number         string
	arrivedMs      int64
	callerMs       []int64
	last           *cc.LastAgent
	lastKey        string
}

// see looks at the call after a record.
func (t *traces) see(s *cc.CallState) {
	if !t.seen && s.Phase != cc.CallPhase_PHASE_UNKNOWN {
		t.seen, t.tenant, t.caller, t.number, t.arrivedMs = true, s.Tenant, s.Caller, s.Number, s.ArrivedMs
		t.callerMs = call.CallerMs(s)
	}
	if l := call.Last(s); l != nil && (l.Agent != t.last.GetAgent() || l.AtMs != t.last.GetAtMs()) {
		t.last, t.lastKey = l, b2bua.LastKey(s.Tenant, s.Caller)
	}
}

func (c *callSubject) traces() {
	t := &c.left
	if t.seen && t.number != "" {
		c.trace(b2bua.NumberPrefix, b2bua.NumberPrefix+t.number, b2bua.PackTimes(t.arrivedMs), lastTime)
		if t.caller != "" {
			c.trace(b2bua.CallerPrefix, string(b2bua.CallerKey(t.tenant, t.caller)), b2bua.PackTimes(t.callerMs...), lastTime)
		}
	}
	if t.last != nil {
		value, _ := t.last.MarshalVT()
		c.trace(b2bua.LastPrefix, t.lastKey, value, func(v []byte) int64 {
			var l cc.LastAgent
			if l.UnmarshalVT(v) != nil {
				return 0
			}
			return l.AtMs
		})
	}
}

func lastTime(v []byte) int64 {
	ms := b2bua.ParseTimes(v)
	if len(ms) == 0 {
		return 0
	}
	return ms[len(ms)-1]
}

// atOnceMs: calls that come at once write their rows in the order of their appends, not of their arrivals; an append
// whose fate was unknown is repeated for a while.
const atOnceMs = 60_000

// trace compares a row with what this call wrote there: it stands, or something that is no older.
func (c *callSubject) trace(prefix, key string, mine []byte, at func([]byte) int64) {
	have, ok, err := machine.Get(c.r, []byte(key))
	switch {
	case err != nil:
		c.differ(Difference{Kind: Unreadable, Field: key, Replayed: err.Error()})
	case ok && bytes.Equal(have, mine):
		c.rows[prefix]++
		c.rep.Rows++
	case !ok || at(have) < at(mine)-atOnceMs:
		c.differ(Difference{Kind: Index, Field: fmt.Sprintf("%q", key), Recorded: present(ok), Replayed: "a row as late as this call's"})
	}
}

// countRows finds rows that no stream gives: those that one gives have been compared each.
func (x *run) countRows() error {
	if x.rep.Different > 0 || x.rep.MoreRules > 0 {
		return nil // a stream that was not read to its end gave none, and other rules gave others
	}
	for _, prefix := range rowPrefixes {
		if err := x.count(prefix, func(there, given int) bool { return there == given }); err != nil {
			return err
		}
	}
	for _, prefix := range lastPrefixes { // two calls may have said the same
		if err := x.count(prefix, func(there, given int) bool { return there <= given }); err != nil {
			return err
		}
	}
	return nil
}

func (x *run) count(prefix string, good func(there, given int) bool) error {
	n := 0
	if err := machine.Scan(x.r, []byte(prefix), func(_, _ []byte) bool { n++; return true }); err != nil {
		return fmt.Errorf("reading the index: %w", err)
	}
	if !good(n, x.rows[prefix]) {
		x.rep.add(Difference{
			Stream: "index", Kind: Rows, Field: prefix, Recorded: fmt.Sprint(n), Replayed: fmt.Sprint(x.rows[prefix]),
		})
	}
	return nil
}
