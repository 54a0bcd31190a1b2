package persistence

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"go.etcd.io/raft/v3"

	"github.com/wirechief/wirechief/persistence/machine"
)

// Journal is one node's replica of the journal. Safe for concurrent use.
type Journal struct {
	o      Options
	db     *pebble.DB
	boot   uint64
	clock  clock
	stats  Stats
	rlog   *raftLog
	ring   *ring
	queue  *queue
	number uint64    // of the next item proposed; the write goroutine's
	hard   [3]uint64 // term, vote, commit; the write goroutine's

	raftMu sync.Mutex
	rn     *raft.RawNode

	aside   aside
	flusher flusher
	waiting waiting
	syncs   *mailbox
	applies *mailbox

	caughtUp chan struct{} // closed when catchUp is applied
	catchUp  uint64

	failOnce sync.Once
	failed   atomic.Pointer[error]
	stopOnce sync.Once
	stop     chan struct{} // closed to end the goroutines
	loops    sync.WaitGroup
	aborted  chan struct{} // closed when the goroutines ended and all appends too
	closing  atomic.Bool
	closed   sync.Once
	closeErr error
}

// Open opens or creates the journal in Options.Dir and applies again what was committed but not yet applied durably.
func Open(o Options) (*Journal, error) {
	o = o.withDefaults()
	if o.NodeID == 0 {
		return nil, errors.New("persistence: node id 0")
	}
	j := &Journal{
		o: o, clock: clock{wall: o.Wall}, queue: newQueue(o.MaxPending, o.MaxPendingBytes), number: 1,
		syncs: newMailbox(), applies: newMailbox(), flusher: newFlusher(),
		caughtUp: make(chan struct{}), stop: make(chan struct{}), aborted: make(chan struct{}),
	}
	db, err := openStore(&o, j.events(), pebbleLog{o.Logger, j.fail})
	if err != nil {
		return nil, err
	}
	j.db = db
	if err := j.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening journal %s: %w", o.Dir, err), db.Close())
	}
	select {
	case <-j.caughtUp:
		return j, nil
	case <-j.aborted:
		return nil, errors.Join(fmt.Errorf("opening journal %s: %w", o.Dir, j.failure()), db.Close())
	}
}

func (j *Journal) events() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			switch {
			case j.closing.Load():
			case pebble.IsCorruptionError(err): // a compaction met it; Pebble leaves its keys alone for a while
				j.stats.Corrupt.Add(1)
				j.o.Logger.Error("the store has a damaged block", "err", err.Error())
			default:
				j.fail(fmt.Errorf("store: %w", err))
			}
		},
		// Pebble's own answer is to end the process. Whoever reads is told too: a stream is set aside (see SetAside), all
		// else is fatal there.
		DataCorruption:  func(pebble.DataCorruptionInfo) { j.stats.Corrupt.Add(1) },
		WriteStallBegin: func(pebble.WriteStallBeginInfo) { j.stats.Stalls.Add(1) },
	}
}

// start loads the state, makes the raft node leader and starts the goroutines.
func (j *Journal) start() (err error) {
	if j.boot, err = bootNode(j.db, j.o.NodeID); err != nil {
		return err
	}
	a := &applier{j: j, kv: batchKV{storeReader: storeReader{r: j.db}}}
	if a.m, err = machine.Load(&a.kv); err != nil {
		return err
	}
	if err := a.kv.release(); err != nil {
		return err
	}
	if j.rlog, err = loadLog(j.db, []uint64{j.o.NodeID}); err != nil {
		return err
	}
	// What is applied was committed, though the commit index is written lazily.
	applied := max(a.m.State().Raft, bootIndex)
	if j.rlog.hard.GetCommit() < applied {
		j.rlog.hard.Commit = &applied
	}
	if applied < j.rlog.trunc || j.rlog.hard.GetCommit() > j.rlog.last {
		return fmt.Errorf("log of (%d, %d], applied %d, committed %d: %w",
			j.rlog.trunc, j.rlog.last, applied, j.rlog.hard.GetCommit(), ErrFormat)
	}
	j.hard = [3]uint64{j.rlog.hard.GetTerm(), j.rlog.hard.GetVote(), j.rlog.hard.GetCommit()}
	j.clock.start(a.m.State().TimeNs)
	j.ring = newRing(&j.o, a.m.State().Index+1, &j.stats)
	j.catchUp = j.rlog.last + 1 // the new term's first entry: all before it is committed with it

	j.rn, err = raft.NewRawNode(&raft.Config{
		ID: j.o.NodeID, ElectionTick: 20, HeartbeatTick: 4, // ticks are for peers: a group of one needs none
		Storage: j.rlog, Applied: applied,
		AsyncStorageWrites: true,
		MaxSizePerMsg:      4 << 20, MaxInflightMsgs: 256,
		MaxCommittedSizePerReady: 64 << 20, MaxUncommittedEntriesSize: math.MaxUint64,
		CheckQuorum: true, PreVote: true, DisableProposalForwarding: true,
		Logger: raftLogger{j.o.Logger},
	})
	if err != nil {
		return err
	}
	j.raftMu.Lock()
	err = j.rn.Campaign()
	j.ready()
	j.raftMu.Unlock()
	if err != nil {
		return err
	}
	j.loops.Go(j.writeLoop)
	j.loops.Go(j.flushLoop)
	j.loops.Go(func() { j.applyLoop(a) })
	go j.reap()
	return nil
}

// reap ends what is left when the goroutines are stopped.
func (j *Journal) reap() {
	j.loops.Wait()
	abort := func(items []item) {
		bytes := int64(0)
		for i := range items {
			j.stats.Unknown.Add(1)
			bytes += int64(items[i].size)
			items[i].finish(machine.Result{Status: machine.Unknown}, nil)
		}
		j.queue.release(len(items), bytes)
	}
	for p, ok := j.waiting.pop(math.MaxUint64); ok; p, ok = j.waiting.pop(math.MaxUint64) {
		abort(p.items)
	}
	for batch := j.queue.take(nil, math.MaxInt, math.MaxInt); len(batch) > 0; {
		abort(batch)
		batch = j.queue.take(nil, math.MaxInt, math.MaxInt)
	}
	if j.ring != nil {
		j.ring.close()
	}
	close(j.aborted)
}

// applied is told by the apply goroutine how far it is.
func (j *Journal) applied(index uint64) {
	if j.catchUp != 0 && index >= j.catchUp {
		j.catchUp = 0
		close(j.caughtUp)
	}
}

// fail stops the journal for good.
func (j *Journal) fail(err error) {
	j.failOnce.Do(func() {
		j.failed.Store(&err)
		j.queue.close()
		j.halt()
		j.o.Fatal(err)
	})
}

func (j *Journal) halt() { j.stopOnce.Do(func() { close(j.stop) }) }

// failure is why the journal stopped, nil while it goes on.
func (j *Journal) failure() error {
	if e := j.failed.Load(); e != nil {
		return *e
	}
	return nil
}

// Append proposes an append. It never blocks. done is called exactly once: at once on this goroutine when the append
// is refused before it is queued (TooLarge, Malformed, Overloaded, Closed), else by the apply goroutine in the order of
// the journal, when the append can be read. done must not block. The append belongs to the journal until then.
func (j *Journal) Append(a *machine.Append, done func(machine.Result)) {
	size := machine.Size(a)
	reason := machine.Check(a, size)
	if reason != machine.NoReason {
		j.stats.Invalid.Add(1)
	} else {
		reason = j.put(item{append: a, done: done, size: size})
	}
	if reason != machine.NoReason {
		done(machine.Result{Status: machine.Refused, Reason: reason})
	}
}

// Shards proposes a shard command. done gets the rows that the command's node incarnation owns afterwards, else it is
// as that of Append.
func (j *Journal) Shards(c machine.ShardCommand, done func(machine.Result, []machine.ShardRow)) {
	if c.Op < machine.ClaimHash || c.Op > machine.MoveFormer || c.Node == 0 || c.Incarnation == 0 {
		j.stats.Invalid.Add(1)
		done(machine.Result{Status: machine.Refused, Reason: machine.Malformed}, nil)
		return
	}
	if reason := j.put(item{shards: &shardItem{c, done}, size: machine.HeaderSize}); reason != machine.NoReason {
		done(machine.Result{Status: machine.Refused, Reason: reason}, nil)
	}
}

func (j *Journal) put(it item) machine.Reason {
	reason := j.queue.put(it)
	switch reason {
	case machine.NoReason:
		j.stats.Appends.Add(1)
	case machine.Overloaded:
		j.stats.Overloaded.Add(1)
	}
	return reason
}

// Boot counts how often this directory was opened: larger each time, at least 1. Use it as the node's incarnation.
func (j *Journal) Boot() uint64 { return j.boot }

// NowMs is cluster time: this node's monotonic clock on top of the last entry applied.
func (j *Journal) NowMs() int64 { return j.clock.advance() / 1e6 }

// Stats are this journal's counters.
func (j *Journal) Stats() *Stats { return &j.stats }

// Metrics are the store's own figures.
func (j *Journal) Metrics() *pebble.Metrics { return j.db.Metrics() }

// Close refuses new appends, waits for those under way and closes the store. Views must be closed first; followers
// end with ErrClosed. The error is that of the store, or why the journal had failed.
func (j *Journal) Close() error {
	j.closed.Do(func() {
		j.queue.close()
		j.queue.drain()
		j.halt()
		<-j.aborted
		j.closing.Store(true)
		j.closeErr = errors.Join(j.failure(), j.db.Close())
	})
	return j.closeErr
}
