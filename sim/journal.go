package sim

import (
	"strconv"

	"github.com/wirechief/wirechief/persistence/machine"
)

// journal is the replicated log: it gathers appends into entries, has them committed after a while, and lets
// persistence/machine say what they do. It may lose an append, take one whose result nobody learns, or take it late.
type journal struct {
	w       *World
	m       *machine.Machine
	mem     *machine.Mem
	raft    uint64
	entries [][]byte
	waiting []proposal
	syncing bool
	number  uint64
	out     machine.Applied
}

type proposal struct {
	by   *proc
	a    *machine.Append
	done func(machine.Result) // nil: nobody hears
}

// maxEntry is how many appends share an entry.
const maxEntry = 64

func newJournal(w *World) *journal {
	j := &journal{w: w, mem: machine.NewMem()}
	j.reload()
	return j
}

// reload forgets what is only in memory.
func (j *journal) reload() {
	m, err := machine.Load(j.mem)
	if err != nil {
		panic("sim: the journal cannot be loaded: " + err.Error())
	}
	j.m = m
}

// append takes an append of a process. done comes later, once, unless the process ends.
func (j *journal) append(p *proc, a *machine.Append, done func(machine.Result)) {
	w := j.w
	done = w.mut.result(w, a, done)
	answer := func(r machine.Result, after int64) {
		w.after(after, func() {
			if p.alive {
				done(r)
			}
		})
	}
	unknown := machine.Result{Status: machine.Unknown}
	if reason := machine.Check(a, machine.Size(a)); reason != machine.NoReason {
		answer(machine.Result{Status: machine.Refused, Reason: reason}, us)
		return
	}
	x := proposal{by: p, a: a, done: func(r machine.Result) {
		if w.note(a.Stream, "append", result(a, r)); p.alive {
			done(r)
		}
	}}
	switch {
	case w.net.chance(w.weather.refuse):
		answer(machine.Result{Status: machine.Refused, Reason: machine.Overloaded}, us)
		return
	case !w.net.chance(w.weather.unknown):
		j.propose(x)
		return
	}
	w.note(a.Stream, "unknown", strconv.FormatUint(a.Seq, 10))
	switch w.net.IntN(3) {
	case 0: // never arrived
	case 1: // taken, and nobody hears
		x.done = nil
		j.propose(x)
	case 2: // taken late, perhaps after it was repeated
		x.done = nil
		w.after(w.net.between(ms, 200*ms), func() { j.propose(x) })
	}
	answer(unknown, w.net.between(ms, 50*ms))
}

func result(a *machine.Append, r machine.Result) string {
	s := strconv.FormatUint(a.Seq, 10) + " at " + strconv.FormatUint(a.Expect, 10)
	switch r.Status {
	case machine.OK:
		return s + " ok"
	case machine.Unknown:
		return s + " unknown"
	}
	return s + " refused " + strconv.Itoa(int(r.Reason))
}

func (j *journal) propose(x proposal) {
	j.waiting = append(j.waiting, x)
	j.sync()
}

// sync commits what waits, after the time a sync takes.
func (j *journal) sync() {
	if j.syncing || len(j.waiting) == 0 {
		return
	}
	j.syncing = true
	d := j.w.net.between(200*us, 900*us) + j.w.weather.slowSync
	j.w.after(d, func() {
		j.syncing = false
		n := min(len(j.waiting), j.w.mut.atOnce())
		batch := j.waiting[:n:n]
		j.waiting = j.waiting[n:]
		j.commit(batch)
		j.sync()
	})
}

func (j *journal) header() machine.Header {
	j.number++
	// While nobody has the lease, time goes on from the last entry: no wall clock is asked.
	h := machine.Header{Node: 1, Boot: 1, Number: j.number, TimeNs: max(j.m.State().TimeNs+1, epochNs)}
	for _, p := range j.w.procs {
		if p.alive && p.lease {
			h.Node, h.Boot, h.TimeNs = p.node, p.boot, p.clock.tick()
			break
		}
	}
	return h
}

func (j *journal) commit(batch []proposal) {
	entry := machine.BeginAppends(nil, j.header())
	for _, x := range batch {
		entry = machine.AddAppend(entry, j.w.mut.append(j.w, x.a))
	}
	j.apply(entry)
	for i, x := range batch {
		r := j.out.Results[i]
		j.w.check.result(x.a, r)
		if x.done != nil {
			j.w.after(10*us, func() { x.done(r) })
		}
	}
}

// apply runs one entry and lets everybody know who follows.
func (j *journal) apply(entry []byte) {
	j.raft++
	j.entries = append(j.entries, entry)
	j.out.Results = nil // handed to whoever waits
	if err := j.m.Apply(j.mem, j.raft, entry, &j.out); err != nil {
		j.w.fail("I7", "the journal cannot apply an entry: %v", err)
		return
	}
	ns := j.m.State().TimeNs
	for _, p := range j.w.procs {
		if p.alive {
			p.clock.observe(ns)
		}
	}
	for _, c := range j.out.Changes {
		j.w.check.committed(c, ns)
		if d := j.w.desk; d != nil && d.matcher != nil {
			d.matcher.fed(c)
		}
	}
}

// shards runs a shard command at once and gives the rows its node owns.
func (j *journal) shards(c machine.ShardCommand) []machine.ShardRow {
	j.apply(machine.EncodeShards(nil, j.header(), c))
	return j.out.Rows
}

// crashed: a process is gone, and of what it had handed in some arrives, some not.
func (j *journal) crashed(p *proc) {
	kept := j.waiting[:0]
	for _, x := range j.waiting {
		if x.by != p || j.w.net.chance(0.5) {
			kept = append(kept, x)
		}
	}
	j.waiting = kept
	j.reload()
}

// Reading. Everything committed can be read at once.

func (j *journal) get(key string) []byte {
	v, ok, err := machine.Get(j.mem, []byte(key))
	if err != nil || !ok {
		return nil
	}
	if v == nil {
		return []byte{}
	}
	return v
}

func (j *journal) version(stream string) uint64 {
	v, err := machine.StreamVersion(j.mem, stream)
	if err != nil {
		j.w.fail("I11", "reading stream %s: %v", stream, err)
	}
	return v
}

// scan gives keys and values with a prefix as they are now.
func (j *journal) scan(prefix string) (keys []string, values [][]byte) {
	_ = machine.Scan(j.mem, []byte(prefix), func(k, v []byte) bool { // Mem never fails
		keys, values = append(keys, string(k)), append(values, append([]byte(nil), v...))
		return true
	})
	return keys, values
}

func (j *journal) records(stream string, from uint64, fn func(data []byte) error) error {
	var fault error
	err := machine.Records(j.mem, stream, from, func(r machine.Record) bool {
		fault = fn(r.Data)
		return fault == nil
	})
	if err != nil {
		return err
	}
	return fault
}
