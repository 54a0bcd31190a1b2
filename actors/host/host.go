package host

import (
	"github.com/wirechief/wirechief/persistence/machine"
)

// Limits of one actor's pipeline.
const (
	// MaxGathered bounds the decisions that wait behind the appends under way; further commands are refused as
	// overloaded.
	MaxGathered = 1024
	// MaxFlights bounds the appends of one actor under way at a time.
	MaxFlights = 4
	// MaxTries bounds how often an append is repeated before its actor gives its stream up.
	MaxTries = 400
)

// Machine is an actor's rules and its state as the host drives them. Its state runs ahead of the journal: Step changes
// it at once, and only the host knows what of it is committed.
type Machine interface {
	// Step handles one input. It must leave the state untouched when it refuses.
	Step(input any) Decision
	// Seal gives the index changes (and a snapshot if one is due) for everything stepped since the last Seal.
	// version is the stream's version with those steps included.
	Seal(version uint64) Sealed
}

// Decision is what one input led to.
type Decision struct {
	Record  []byte // what replay needs; nil when nothing has to become durable
	Release []any  // effects and replies in order, owed once Record and all before it are committed
	// Prompt says that somebody outside waits for what Release holds; else the append may wait a moment for company.
	Prompt bool
	// Early are messages to other actors that may leave as soon as Record is on its way to the journal: whoever acts
	// on one lets its own append require this one, so nothing that leaves the engine gets ahead of what it rests on.
	Early []any
}

// Sealed goes into the append beside the records.
type Sealed struct {
	Index    []machine.IndexOp
	Snapshot []byte
	Compact  bool
}

// Identity is who appends: the stream, the shard with the epoch it is owned under, and the incarnation of this actor.
type Identity struct {
	Stream      string
	Shard       machine.ShardID
	Epoch       uint64
	Incarnation uint64
}

// Early is a message let out ahead of its commit, with what the receiver's append must require.
type Early struct {
	Message  any
	Requires []machine.Require // none when all it rests on is committed
}

// Output is what the shell must do now, in this order.
type Output struct {
	Release []any             // let out, in order
	Propose []*machine.Append // hand to the journal in this order; the results come back by Appended
	Again   bool              // Propose repeats appends that were not taken: wait a little first
	Early   []Early           // then hand these over
	Stop    bool              // the actor has lost its stream: rebuild from the journal, or leave it to its new owner
	Dropped []any             // releases of decisions that will never be committed, and messages not handed over yet
}

// flight is an append under way.
type flight struct {
	append *machine.Append
	owed   []any
	again  bool // not taken: to be repeated when those after it have come back too
	tries  int
}

// Host is the state of the loop. Its methods are called by one goroutine.
type Host struct {
	id       Identity
	machine  Machine
	version  uint64 // of the stream with all flights included
	taken    uint64 // version known to be committed
	seq      uint64
	flights  []*flight // oldest first
	records  [][]byte  // gathered behind them
	gathered []any
	early    []any
	requires []machine.Require
	prompt   bool // one of the gathered is
	waiting  int  // decisions gathered

	lease   bool
	stopped bool
	held    []any // committed, but the lease is away
}

// New starts a host for a machine whose state is at the given stream version. The lease is taken to hold.
func New(id Identity, m Machine, version uint64) *Host {
	return &Host{id: id, machine: m, version: version, taken: version, lease: true}
}

// Version is the committed version of the stream.
func (h *Host) Version() uint64 { return h.taken }

// Shard is the one the stream is written under.
func (h *Host) Shard() machine.ShardID { return h.id.Shard }

// Idle says that nothing waits for a commit.
func (h *Host) Idle() bool { return len(h.flights) == 0 && len(h.records) == 0 }

// Full says that no further input may be stepped until a result comes.
func (h *Host) Full() bool { return h.waiting >= MaxGathered }

// Stopped says that the actor has lost its stream.
func (h *Host) Stopped() bool { return h.stopped }

// Step puts one input to the machine. What it rests on (an early message) goes into requires: the next append is
// refused unless those streams have at least these versions. The caller checks Full and Stopped before.
func (h *Host) Step(input any, requires ...machine.Require) Output {
	var out Output
	if h.stopped {
		return Output{Stop: true}
	}
	d := h.machine.Step(input)
	switch {
	case d.Record != nil:
		h.records = append(h.records, d.Record)
		h.gathered = append(h.gathered, d.Release...)
		h.early = append(h.early, d.Early...)
		h.requires = append(h.requires, requires...)
		h.prompt = h.prompt || d.Prompt
		h.waiting++
		h.propose(&out)
	case len(h.records) > 0:
		h.gathered = append(h.gathered, d.Release...)
	case len(h.flights) > 0:
		last := h.flights[len(h.flights)-1]
		last.owed = append(last.owed, d.Release...)
	default:
		h.release(&out, d.Release)
	}
	switch {
	case d.Record != nil:
	case len(h.records) > 0:
		h.early = append(h.early, d.Early...)
	default:
		h.tell(&out, d.Early, h.version)
	}
	return out
}

// Appended takes the result of one of the appends under way, by its sequence number.
func (h *Host) Appended(seq uint64, r machine.Result) Output {
	var out Output
	f := h.flight(seq)
	if f == nil || h.stopped {
		return out
	}
	switch {
	case r.Status == machine.OK:
		h.taken = r.Version
		h.landed(&out, f)
	case r.Status == machine.Unknown || r.Reason == machine.Overloaded || r.Reason == machine.RequireFailed ||
		r.Reason == machine.VersionConflict && f != h.flights[0]:
		// Not taken, or it followed one that was not. Nothing later is proposed until all have come back.
		f.again = true
		f.tries++
	default:
		h.stop(&out)
		return out
	}
	h.repeat(&out)
	h.propose(&out)
	return out
}

// Lease tells whether this node may act. What was committed while it was away leaves when it is back.
func (h *Host) Lease(held bool) Output {
	var out Output
	h.lease = held
	if held && !h.stopped {
		out.Release, h.held = h.held, nil
	}
	return out
}

func (h *Host) flight(seq uint64) *flight {
	for _, f := range h.flights {
		if f.append.Seq == seq && !f.again {
			return f
		}
	}
	return nil
}

// landed lets out what a committed append owes, and those before it: it could not have been taken without them, even
// if their own outcome is unknown.
func (h *Host) landed(out *Output, f *flight) {
	for len(h.flights) > 0 {
		first := h.flights[0]
		h.flights = h.flights[1:]
		h.release(out, first.owed)
		if first == f {
			return
		}
	}
}

// repeat hands in once more what was not taken, in order, when nothing else is under way.
func (h *Host) repeat(out *Output) {
	for _, f := range h.flights {
		if !f.again {
			return
		}
	}
	for _, f := range h.flights {
		if f.tries > MaxTries {
			h.stop(out)
			return
		}
		f.again = false
		out.Propose = append(out.Propose, f.append)
	}
	out.Again = len(out.Propose) > 0
}

func (h *Host) propose(out *Output) {
	if h.stopped || len(h.records) == 0 || len(h.flights) >= MaxFlights || len(out.Propose) > 0 {
		return
	}
	for _, f := range h.flights {
		if f.again || f.tries > 0 {
			return
		}
	}
	h.seq++
	expect := h.version
	h.version += uint64(len(h.records))
	s := h.machine.Seal(h.version)
	f := &flight{owed: h.gathered, append: &machine.Append{
		Shard: h.id.Shard, Epoch: h.id.Epoch, Stream: h.id.Stream, Expect: expect,
		Incarnation: h.id.Incarnation, Seq: h.seq, Records: h.records, Requires: h.requires,
		Index: s.Index, Snapshot: s.Snapshot, Compact: s.Compact, Lazy: !h.prompt,
	}}
	h.flights = append(h.flights, f)
	out.Propose = append(out.Propose, f.append)
	h.tell(out, h.early, h.version)
	h.gathered, h.records, h.early, h.requires, h.prompt, h.waiting = nil, nil, nil, nil, false, 0
}

func (h *Host) tell(out *Output, early []any, version uint64) {
	var requires []machine.Require
	if version > h.taken { // then this incarnation wrote it: see New
		requires = []machine.Require{{Stream: h.id.Stream, Version: version, Incarnation: h.id.Incarnation}}
	}
	for _, m := range early {
		out.Early = append(out.Early, Early{m, requires})
	}
}

func (h *Host) release(out *Output, owed []any) {
	if !h.lease {
		h.held = append(h.held, owed...)
		return
	}
	out.Release = append(out.Release, owed...)
}

func (h *Host) stop(out *Output) {
	h.stopped = true
	out.Stop = true
	for _, f := range h.flights {
		out.Dropped = append(out.Dropped, f.owed...)
	}
	out.Dropped = append(append(out.Dropped, h.gathered...), h.early...)
	out.Propose = nil
	h.flights, h.gathered, h.records, h.held, h.early = nil, nil, nil, nil, nil
}
