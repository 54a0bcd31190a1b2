package facts

import (
	"slices"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/figures"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Streams of the journal that facts are made of; as in package actors.
const (
	callStreams  = "call/"
	agentStreams = "agent/"
)

type callEntry struct {
	facts    *cc.CallFacts
	quarters []int64 // written
	dirty    bool
}

type agentEntry struct {
	facts *cc.AgentFacts
	dirty bool
}

// folder is the state between two flushes: what the rows say and what has come on top.
type folder struct {
	j      *persistence.Journal
	space  *persistence.Derived
	calls  map[string]*callEntry
	agents map[string]*agentEntry
	rows   figures.Rows
	news   int // changes taken since the last flush that have something to write
	stats  *Stats
}

// maxCached bounds the calls kept in memory between flushes.
const maxCached = 20_000

// take folds one change.
func (f *folder) take(c *machine.Change) error {
	if id, ok := strings.CutPrefix(c.Stream, callStreams); ok {
		return f.takeCall(id, c)
	}
	if id, ok := strings.CutPrefix(c.Stream, agentStreams); ok {
		return f.takeAgent(id, c)
	}
	return nil
}

func (f *folder) takeCall(id string, c *machine.Change) error {
	e, err := f.call(id)
	if err != nil {
		return err
	}
	if c.Compacted || c.FirstVersion > e.facts.Version+1 {
		f.stats.Refolded.Add(1)
		return f.refoldCall(id)
	}
	f.foldCall(e, c.FirstVersion, c.Records)
	return nil
}

func (f *folder) foldCall(e *callEntry, first uint64, records [][]byte) {
	for i, data := range records {
		version := first + uint64(i)
		if version != e.facts.Version+1 {
			continue // seen before
		}
		err := eachEvent(data, func(ev *cc.Event, atMs int64) { figures.FoldCall(e.facts, ev, atMs) })
		if err != nil {
			f.stats.Unreadable.Add(1)
		}
		e.facts.Version = version
		f.stats.Records.Add(1)
		e.dirty = true
		f.news++
	}
}

// refoldCall makes a call's facts anew from its stream.
func (f *folder) refoldCall(id string) error {
	e, err := f.call(id)
	if err != nil {
		return err
	}
	e.facts = &cc.CallFacts{Call: id}
	// A stream that cannot be read has the facts of what can be; it is counted where it is set aside.
	_ = f.j.RecordsOf(callStreams+id, func(r machine.Record) bool {
		if e.facts.Version == 0 {
			e.facts.Version = r.Version - 1 // compacted: what went before is gone
		}
		f.foldCall(e, r.Version, [][]byte{r.Data})
		return true
	})
	e.dirty = true
	return nil
}

func (f *folder) takeAgent(id string, c *machine.Change) error {
	e, err := f.agent(id)
	if err != nil {
		return err
	}
	if c.Compacted || c.FirstVersion > e.facts.Version+1 {
		f.stats.Refolded.Add(1)
		return f.refoldAgent(id)
	}
	f.foldAgent(e, c.FirstVersion, c.Records)
	return nil
}

func (f *folder) foldAgent(e *agentEntry, first uint64, records [][]byte) {
	for i, data := range records {
		version := first + uint64(i)
		if version != e.facts.Version+1 {
			continue
		}
		err := eachEvent(data, func(ev *cc.Event, atMs int64) { figures.FoldAgent(e.facts, ev, atMs, &f.rows) })
		if err != nil {
			f.stats.Unreadable.Add(1)
		}
		e.facts.Version = version
		f.stats.Records.Add(1)
		e.dirty = true
		f.news++
	}
}

// refoldAgent makes the account of an agent's time anew: the rows it gives are those written before, and more.
func (f *folder) refoldAgent(id string) error {
	e, err := f.agent(id)
	if err != nil {
		return err
	}
	e.facts = &cc.AgentFacts{Agent: id}
	_ = f.j.RecordsOf(agentStreams+id, func(r machine.Record) bool {
		if e.facts.Version == 0 {
			e.facts.Version, e.facts.SinceMs = r.Version-1, r.TimeMs
		}
		f.foldAgent(e, r.Version, [][]byte{r.Data})
		return true
	})
	e.dirty = true
	return nil
}

// call gives a call's facts, from memory or as written; a new call's are empty.
func (f *folder) call(id string) (*callEntry, error) {
	if e := f.calls[id]; e != nil {
		return e, nil
	}
	v := f.space.View()
	defer v.Close()
	e := &callEntry{facts: &cc.CallFacts{Call: id}}
	b, err := v.Get(idKey(rowCall, id))
	if err == nil && b != nil {
		if e.facts.UnmarshalVT(b) != nil {
			err = machine.ErrCorrupt
		}
		e.quarters = figures.Quarters(e.facts)
	}
	if err != nil {
		return nil, err
	}
	f.calls[id] = e
	return e, nil
}

func (f *folder) agent(id string) (*agentEntry, error) {
	if e := f.agents[id]; e != nil {
		return e, nil
	}
	v := f.space.View()
	defer v.Close()
	e := &agentEntry{facts: &cc.AgentFacts{Agent: id}}
	b, err := v.Get(idKey(rowAgent, id))
	if err == nil && b != nil && e.facts.UnmarshalVT(b) != nil {
		err = machine.ErrCorrupt
	}
	if err != nil {
		return nil, err
	}
	f.agents[id] = e
	return e, nil
}

// flush writes what has come, and with it how far it stands for the journal; progress nil leaves that open.
func (f *folder) flush(p *progress) error {
	var ops []persistence.DerivedOp
	put := func(key []byte, m interface{ MarshalVT() ([]byte, error) }) error {
		b, err := m.MarshalVT()
		ops = append(ops, persistence.DerivedOp{Key: key, Value: b})
		return err
	}
	for id, e := range f.calls {
		if !e.dirty {
			continue
		}
		if err := put(idKey(rowCall, id), e.facts); err != nil {
			return err
		}
		for _, q := range figures.Quarters(e.facts) {
			if !slices.Contains(e.quarters, q) {
				e.quarters = append(e.quarters, q)
				ops = append(ops, persistence.DerivedOp{Key: timeKey(rowQuarter, q, id), Value: []byte{}})
			}
		}
		e.dirty = false
		if e.facts.EndedMs != 0 {
			delete(f.calls, id)
		}
	}
	for id, e := range f.agents {
		if !e.dirty {
			continue
		}
		if err := put(idKey(rowAgent, id), e.facts); err != nil {
			return err
		}
		e.dirty = false
	}
	for _, q := range f.rows.Quarters {
		if err := put(timeKey(rowTime, q.StartMs, q.Agent), q); err != nil {
			return err
		}
	}
	for _, w := range f.rows.Wraps {
		if err := put(timeKey(rowWrap, w.FromMs, w.Offer), w); err != nil {
			return err
		}
	}
	if p != nil {
		ops = append(ops, persistence.DerivedOp{Key: []byte(rowMeta), Value: p.encode()})
	}
	if err := f.space.Write(ops); err != nil {
		return err
	}
	f.rows, f.news = figures.Rows{}, 0
	if len(f.calls) > maxCached {
		clear(f.calls)
	}
	f.stats.Flushes.Add(1)
	return nil
}
