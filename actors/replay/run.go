package replay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/cespare/xxhash/v2"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Streams of a journal.
const (
	CallStreams  = "call/"
	AgentStreams = "agent/"
	ConfigStream = "config"
	configKey    = "cfg/center"
)

// Options of a replay.
type Options struct {
	Decide bool // decide each command again, beside applying the events
	// From and To bound what is checked to the records with these journal indexes, 0: no bound. What lies before is applied
	// unchecked; what lies behind is not read, and then the index rows, which are of the journal's end, are not compared.
	From, To uint64
	Stream   string                            // this one only, "": all
	Progress func(records, streams, wrong int) // called now and then; nil: nobody watches

	// The rules; nil: those of this program. Tests plant others.
	DecideCall  func(*cc.CallState, *cc.Command, cc.Env) (cc.Outcome, error)
	DecideAgent func(*cc.AgentState, *cc.Command, cc.Env) (cc.Outcome, error)
}

func (o Options) withDefaults() Options {
	if o.DecideCall == nil {
		o.DecideCall = call.Decide
	}
	if o.DecideAgent == nil {
		o.DecideAgent = agent.Decide
	}
	if o.To == 0 {
		o.To = ^uint64(0)
	}
	return o
}

// whole: all of the journal is replayed.
func (o *Options) whole() bool { return o.From == 0 && o.To == ^uint64(0) && o.Stream == "" }

// progressEvery is how many records pass between two calls of Options.Progress.
const progressEvery = 1 << 10

type run struct {
	r       machine.Reader
	o       Options
	rep     Report
	configs *configs
	hash    *xxhash.Digest
	rows    map[string]int // index rows that the streams give, by prefix
	sub     subject        // of the stream being read
	at      machine.Record // being replayed
	stream  string
	rules   uint32 // of the record last applied
	failed  bool   // the stream cannot be read on
}

// subject is the machine of one stream.
type subject interface {
	load(snapshot []byte, version uint64) error // before any record
	apply(r *cc.Record) error
	decide(r *cc.Record, env cc.Env) []*cc.Event // leaves the state as it was
	state() message
	end() // compares the state with the index
}

// Run replays a journal. The error says that the journal as a whole cannot be read; what is wrong with a stream is in the
// report. Memory does not grow with the journal.
func Run(r machine.Reader, o Options) (Report, error) {
	x := &run{r: r, o: o.withDefaults(), hash: xxhash.New(), rows: map[string]int{}}
	x.rep.Mode = "apply"
	if o.Decide {
		x.rep.Mode = "decide"
	}
	st, err := machine.ReadState(r)
	if err != nil {
		return x.rep, fmt.Errorf("reading the journal's state: %w", err)
	}
	x.rep.Applied = st.Index
	x.configs = newConfigs(r)
	for _, prefix := range []string{AgentStreams, CallStreams, ConfigStream} {
		err := machine.Streams(r, prefix, func(stream string) bool {
			if x.o.Stream == "" || x.o.Stream == stream {
				x.one(stream)
			}
			return true
		})
		if err != nil {
			return x.rep, fmt.Errorf("listing streams: %w", err)
		}
	}
	if x.o.Stream != "" && x.rep.Streams == 0 {
		return x.rep, fmt.Errorf("there is no stream %q", x.o.Stream)
	}
	x.rep.StateHash = fmt.Sprintf("%016x", x.hash.Sum64())
	if !x.o.whole() {
		return x.rep, nil
	}
	h, err := machine.Hash(r)
	if err != nil {
		return x.rep, fmt.Errorf("hashing the journal: %w", err)
	}
	x.rep.MachineHash = fmt.Sprintf("%016x", h)
	return x.rep, x.countRows()
}

// one replays a stream.
func (x *run) one(stream string) {
	x.stream, x.failed, x.at, x.rules = stream, false, machine.Record{}, cc.RulesVersion
	x.rep.Streams++
	switch {
	case stream == ConfigStream:
		x.sub = &configSubject{run: x}
	case strings.HasPrefix(stream, AgentStreams):
		x.rep.Agents++
		x.sub = &agentSubject{run: x, id: stream[len(AgentStreams):]}
	default:
		x.rep.Calls++
		x.sub = &callSubject{run: x, id: stream[len(CallStreams):]}
	}
	snap := x.snapshot()
	next, err := x.begin(snap)
	if err != nil {
		x.differ(Difference{Kind: Unreadable, Replayed: err.Error()})
		return
	}
	err = machine.Records(x.r, stream, next, func(rec machine.Record) bool {
		if rec.Index > x.o.To {
			x.failed = true // what follows is not looked at
			return false
		}
		if rec.Version != next {
			x.differ(Difference{Version: next, Kind: Missing, Replayed: fmt.Sprintf("the next one there is %d", rec.Version)})
			x.failed = true
			return false
		}
		next++
		x.record(rec)
		if snap != nil && rec.Version == snap.version && !x.failed {
			x.compareSnapshot(snap)
		}
		return !x.failed
	})
	switch {
	case err != nil:
		x.unreadable(err)
	case x.failed:
	default:
		x.finish(next - 1)
	}
}

type snapshot struct {
	data    []byte
	version uint64
}

func (x *run) snapshot() *snapshot {
	data, version, ok, err := machine.Snapshot(x.r, x.stream)
	if err != nil {
		x.unreadable(err)
	}
	if err != nil || !ok {
		return nil
	}
	return &snapshot{append([]byte(nil), data...), version}
}

// begin finds where the replay begins: at the first record, or at the snapshot if records before it are gone.
func (x *run) begin(snap *snapshot) (uint64, error) {
	first := uint64(0)
	err := machine.Records(x.r, x.stream, 1, func(rec machine.Record) bool {
		first = rec.Version
		return false
	})
	var bad *machine.Unreadable
	if err != nil && !errors.As(err, &bad) {
		return 0, err
	}
	if first == 1 || first == 0 && snap == nil {
		return 1, x.sub.load(nil, 0)
	}
	if snap == nil {
		return 0, fmt.Errorf("its records begin at %d and it has no snapshot", first)
	}
	x.rep.Cut++
	return snap.version + 1, x.sub.load(snap.data, snap.version)
}

func (x *run) unreadable(err error) {
	d := Difference{Kind: Unreadable, Replayed: err.Error()}
	var bad *machine.Unreadable
	if errors.As(err, &bad) {
		d.Version, d.Replayed = bad.Version, bad.Err.Error()
	}
	x.failed = true
	x.differ(d)
}

// differ notes a difference of the stream being read. What other rules made of the same events or commands is not this
// program's: an index row is a view, and written anew with the next record.
func (x *run) differ(d Difference) {
	d.Stream = x.stream
	switch d.Kind {
	case Index, Events, Bytes:
		if x.rules != cc.RulesVersion {
			d.Rules = x.rules
		}
	}
	x.rep.add(d)
}

// record replays one record.
func (x *run) record(rec machine.Record) {
	x.at = rec
	x.rep.Records++
	if x.o.Progress != nil && x.rep.Records%progressEvery == 0 {
		x.o.Progress(x.rep.Records, x.rep.Streams, x.rep.Different)
	}
	if x.stream == ConfigStream {
		x.guard(func() error { return x.sub.load(rec.Data, rec.Version) })
		return
	}
	var r cc.Record
	x.guard(func() error { return r.UnmarshalVT(rec.Data) })
	if x.failed {
		return
	}
	x.rules = r.RulesVersion
	if r.RulesVersion != cc.RulesVersion {
		x.rep.MoreRules++
	}
	x.rep.Events += len(r.Events)
	for _, e := range r.Events {
		if e.Message() == nil {
			x.differ(Difference{Version: rec.Version, Index: rec.Index, Kind: Unreadable, Replayed: event(e)})
			x.failed = true
			return
		}
	}
	if x.o.Decide && rec.Index >= x.o.From {
		x.decide(&r, rec)
	}
	x.guard(func() error { return x.sub.apply(&r) })
}

// guard does one step; a record that the rules cannot bear is as bad as one that cannot be decoded.
func (x *run) guard(f func() error) {
	defer func() {
		if why := recover(); why != nil {
			x.failed = true
			x.differ(Difference{
				Version: x.at.Version, Index: x.at.Index, Kind: Unreadable, Replayed: fmt.Sprintf("panic: %v", why),
			})
		}
	}()
	if err := f(); err != nil {
		x.failed = true
		x.differ(Difference{Version: x.at.Version, Index: x.at.Index, Kind: Unreadable, Replayed: err.Error()})
	}
}

// finish looks at the end of a stream that was read to its end.
func (x *run) finish(last uint64) {
	version, err := machine.StreamVersion(x.r, x.stream)
	if err != nil {
		x.unreadable(err)
		return
	}
	if version != last {
		x.differ(Difference{
			Kind: Missing, Field: "version", Recorded: fmt.Sprint(version), Replayed: fmt.Sprintf("records up to %d", last),
		})
		return
	}
	if s := x.sub.state(); s != nil {
		x.addHash(x.stream, last, cc.StateHash(s))
	}
	if x.at.Index >= x.o.From {
		x.guard(func() error { x.sub.end(); return nil })
	}
}

func (x *run) addHash(stream string, version, state uint64) {
	b := binary.BigEndian.AppendUint64(nil, uint64(len(stream)))
	b = append(b, stream...)
	b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, version), state)
	_, _ = x.hash.Write(b) // a hash takes everything
}

// compareSnapshot: records from the beginning are there as well as the snapshot, so that each proves the other.
func (x *run) compareSnapshot(snap *snapshot) {
	state := x.sub.state()
	if state == nil {
		return
	}
	x.rep.Snapshots++
	was := state.ProtoReflect().New().Interface().(message)
	if err := was.UnmarshalVT(snap.data); err != nil {
		x.differ(Difference{Version: snap.version, Kind: Unreadable, Field: "snapshot", Replayed: err.Error()})
		return
	}
	for _, f := range diff(was, state) {
		x.differ(Difference{Version: snap.version, Kind: Snapshot, Field: f.path, Recorded: f.was, Replayed: f.is})
	}
}
