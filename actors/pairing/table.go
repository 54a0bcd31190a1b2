package pairing

import (
	"fmt"
	"strings"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
)

// Rows of the index that a Table reads, beside those of agents, waiting calls and left places.
const (
	ConfigKey  = "cfg/center" // -> Center
	ShutPrefix = "qs/"        // qs/<queue> -> QueueShut: a supervisor closed it (R97)
)

// Prefixes are the rows that a Table begins with. Calls come after agents, so that none is thought to be alone.
func Prefixes() []string {
	return []string{seat.IndexPrefix, b2bua.LeftPrefix, ShutPrefix, b2bua.WaitingPrefix}
}

// Hinted says whether an operation is worth telling ahead of its commit: it may make a pair possible.
func Hinted(key []byte) bool {
	k := string(key)
	return strings.HasPrefix(k, b2bua.WaitingPrefix) || strings.HasPrefix(k, seat.IndexPrefix)
}

// Options of a Table.
type Options struct {
	Dir    *cc.Directory
	Limits queues.Limits
	Sight  *Sight
	// Load gives the configuration that a row of ConfigKey put in force.
	Load func(value []byte) (*cc.Directory, error)
	// Hidden says of a row that it must count as not being there; nil: of none.
	Hidden func(key string) bool
}

// Table keeps a matcher by the index. Its methods must be called by one owner.
type Table struct {
	Matcher *queues.Matcher
	o       Options
	ahead   map[string]uint64 // key -> version of its stream that a hint told of and the journal has not yet
	calls   map[string]*cc.WaitingCall
	left    map[string]*cc.LeftPlace
	agents  map[string]standing
}

// standing is what counts of an agent for skip_if (R30).
type standing struct{ online, available bool }

// New makes an empty table; a configuration the matcher refuses is an error.
func New(o Options) (*Table, error) {
	m, err := queues.New(o.Dir, o.Limits)
	if err != nil {
		return nil, fmt.Errorf("making a matcher: %w", err)
	}
	return &Table{
		Matcher: m, o: o, ahead: map[string]uint64{}, calls: map[string]*cc.WaitingCall{}, left: map[string]*cc.LeftPlace{},
		agents: map[string]standing{},
	}, nil
}

// Changed takes a committed change. What a hint has told already, and more, is passed over.
func (t *Table) Changed(c *machine.Change, nowMs int64) (failed error) {
	version := c.FirstVersion + uint64(max(len(c.Records), 1)) - 1
	for _, op := range c.Ops {
		key := string(op.Key)
		if ahead, ok := t.ahead[key]; ok {
			if version < ahead {
				continue
			}
			delete(t.ahead, key)
		}
		if err := t.Take(key, op.Value, op.Delete, nowMs); err != nil {
			failed = err
		}
	}
	return failed
}

// Hint takes what an append under way will say: it is true a moment later, or never. version is its stream's after it.
func (t *Table) Hint(ops []machine.IndexOp, version uint64, nowMs int64) (failed error) {
	for _, op := range ops {
		key := string(op.Key)
		t.ahead[key] = version
		if err := t.Take(key, op.Value, op.Delete, nowMs); err != nil {
			failed = err
		}
	}
	return failed
}

// Reread takes a key as the journal has it: what was hinted of it may never come true.
func (t *Table) Reread(key string, value []byte, there bool, nowMs int64) error {
	delete(t.ahead, key)
	return t.Take(key, value, !there, nowMs)
}

// Take takes one row of the index.
func (t *Table) Take(key string, value []byte, gone bool, nowMs int64) error {
	gone = gone || t.o.Hidden != nil && t.o.Hidden(key)
	var err error
	if id, ok := strings.CutPrefix(key, b2bua.WaitingPrefix); ok {
		err = t.call(id, value, gone, nowMs)
	} else if id, ok := strings.CutPrefix(key, seat.IndexPrefix); ok {
		err = t.agent(id, value, gone)
	} else if id, ok := strings.CutPrefix(key, b2bua.LeftPrefix); ok {
		err = t.place(id, value, gone, nowMs)
	} else if id, ok := strings.CutPrefix(key, ShutPrefix); ok {
		t.o.Sight.shut(id, !gone)
	} else if key == ConfigKey && !gone {
		err = t.configure(value, nowMs)
	}
	if err != nil {
		return fmt.Errorf("reading row %s: %w", key, err)
	}
	return nil
}

func (t *Table) call(id string, value []byte, gone bool, nowMs int64) error {
	was := t.calls[id]
	var w *cc.WaitingCall
	if gone {
		t.Matcher.RemoveCall(id)
		delete(t.calls, id)
	} else {
		w = &cc.WaitingCall{}
		if err := w.UnmarshalVT(value); err != nil {
			return err
		}
		t.Matcher.SetCall(w)
		t.calls[id] = w
	}
	if was.GetQueue() != w.GetQueue() {
		t.o.Sight.waits(was.GetQueue(), -1)
		t.o.Sight.waits(w.GetQueue(), 1)
	}
	t.redial(was, nowMs)
	t.redial(w, nowMs)
	return nil
}

// redial keeps what the next call of this caller would find in this queue (R94).
func (t *Table) redial(w *cc.WaitingCall, nowMs int64) {
	if w.GetCaller() != "" {
		t.redialOf(Caller{w.Queue, w.Tenant, w.Caller}, nowMs)
	}
}

func (t *Table) redialOf(c Caller, nowMs int64) {
	r, ok := t.Matcher.Redial(c.Queue, c.Tenant, c.Number, nowMs)
	t.o.Sight.redial(c, r, ok)
}

func (t *Table) place(id string, value []byte, gone bool, nowMs int64) error {
	p := t.left[id]
	if gone && p == nil {
		return nil
	}
	if gone {
		delete(t.left, id)
		t.Matcher.RemoveLeft(p)
	} else {
		p = &cc.LeftPlace{}
		if err := p.UnmarshalVT(value); err != nil {
			return err
		}
		t.left[id] = p
		t.Matcher.SetLeft(p)
	}
	t.redialOf(Caller{p.Queue, p.Tenant, p.Caller}, nowMs)
	return nil
}

func (t *Table) agent(id string, value []byte, gone bool) error {
	var is standing
	if gone {
		t.Matcher.RemoveAgent(id)
	} else {
		s := &cc.AgentSummary{}
		if err := s.UnmarshalVT(value); err != nil {
			return err
		}
		t.Matcher.SetAgent(s)
		is = standing{
			online:    s.Presence == cc.Presence_AVAILABLE || s.Presence == cc.Presence_UNAVAILABLE,
			available: s.Presence == cc.Presence_AVAILABLE,
		}
	}
	if was := t.agents[id]; was != is {
		t.members(id, was, -1)
		t.members(id, is, 1)
		t.agents[id] = is
	}
	return nil
}

// members counts an agent in or out at the queues of the configuration.
func (t *Table) members(id string, s standing, by int32) {
	if !s.online {
		return
	}
	available := int32(0)
	if s.available {
		available = by
	}
	for _, q := range t.o.Dir.Agent(id).GetQueues() {
		t.o.Sight.members(q, by, available)
	}
}

func (t *Table) configure(value []byte, nowMs int64) error {
	dir, err := t.o.Load(value)
	if err != nil {
		return err
	}
	if err := t.Matcher.Configure(dir); err != nil {
		return err
	}
	for id, s := range t.agents { // sums: in any order
		t.members(id, s, -1)
	}
	t.o.Dir = dir
	for id, s := range t.agents {
		t.members(id, s, 1)
	}
	callers := map[Caller]bool{}
	for _, w := range t.calls {
		callers[Caller{w.Queue, w.Tenant, w.Caller}] = w.Caller != ""
	}
	for _, p := range t.left {
		callers[Caller{p.Queue, p.Tenant, p.Caller}] = p.Caller != ""
	}
	for c, known := range callers {
		if known {
			t.redialOf(c, nowMs)
		}
	}
	return nil
}

// Reserve is the command by which a pair is asked of its agent. Offer is a new id, applied the index that was seen.
func Reserve(m queues.Match, offer string, applied uint64) *cc.Command {
	m.Explain.AppliedIndex = applied
	return cc.NewCommand(&cc.Reserve{
		Offer: offer, Call: m.Call, Queue: m.Queue, Tenant: m.Tenant, Policy: m.Policy, Explain: m.Explain,
	})
}
