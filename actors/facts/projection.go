package facts

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wirechief/wirechief/callcenter/figures"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

// How the projection keeps out of the way of calls.
const (
	flushEvery   = 200 * time.Millisecond // rows are written in lots
	gather       = 5 * time.Millisecond   // and changes are taken in lots: the calls' own work goes first
	flushRecords = 4096                   // or when so many records have come
	restAfter    = 50 * time.Millisecond  // before a failed start is repeated
	rebuildLot   = 256                    // streams read between two rests, each as long as the reading took
	feedLot      = 4096                   // changes read from the feed at a time
)

// Stats count what the projection does; published as wirechief_facts_*.
type Stats struct {
	Records, Flushes, Rebuilds, Refolded, Unreadable, Lagged, Failed atomic.Uint64
}

// Projection keeps the facts of one journal. Run it; ask Read from any goroutine.
type Projection struct {
	j     *persistence.Journal
	space *persistence.Derived
	log   *slog.Logger
	Stats Stats

	rebuild atomic.Bool // asked for
	mu      sync.Mutex
	applied uint64        // rows stand for the journal up to here; guarded by mu
	ready   bool          // they are whole; guarded by mu
	moved   chan struct{} // closed when applied moves; guarded by mu
}

// New makes a projection; rebuild: its rows are made anew from the journal.
func New(j *persistence.Journal, log *slog.Logger, rebuild bool) *Projection {
	p := &Projection{j: j, space: j.Derived(space), log: log, moved: make(chan struct{})}
	p.rebuild.Store(rebuild)
	return p
}

// Run follows the journal until the context ends.
func (p *Projection) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := p.run(ctx)
		if err == nil || ctx.Err() != nil || errors.Is(err, persistence.ErrClosed) {
			return
		}
		p.Stats.Failed.Add(1)
		if errors.Is(err, machine.ErrTrimmed) || errors.Is(err, machine.ErrCorrupt) {
			p.rebuild.Store(true)
		}
		p.log.Warn("the facts of the figures start again", "err", err)
		select {
		case <-time.After(restAfter):
		case <-ctx.Done():
		}
	}
}

func (p *Projection) run(ctx context.Context) error {
	v := p.space.View()
	at, err := readProgress(v)
	v.Close()
	f := &folder{
		j: p.j, space: p.space, calls: make(map[string]*callEntry), agents: make(map[string]*agentEntry), stats: &p.Stats,
	}
	if err != nil || !at.current() || p.rebuild.Load() || at.applied > p.j.Applied() {
		if at, err = p.remake(ctx, f); err != nil {
			return err
		}
	}
	p.reached(at.applied)
	return p.follow(ctx, f, at)
}

// follow takes changes as they come. What is no longer in memory is read from the feed.
func (p *Projection) follow(ctx context.Context, f *folder, at progress) error {
	follower := p.j.FollowFrom(at.applied + 1)
	defer func() { follower.Close() }()
	var due time.Time // of the flush; zero: nothing to write
	for {
		select {
		case <-time.After(gather):
		case <-ctx.Done():
		}
		changes, err := next(ctx, follower, due)
		if errors.Is(err, persistence.ErrLagged) {
			p.Stats.Lagged.Add(1)
			follower.Close()
			if changes, err = p.feed(at.applied + 1); err != nil {
				return err
			}
			follower = p.j.FollowFrom(changes[len(changes)-1].Index + 1)
		}
		if err != nil && !errors.Is(err, errDue) {
			if ctx.Err() != nil {
				return f.flush(&at) // the next start has nothing to catch up with
			}
			return err
		}
		for i := range changes {
			if err := f.take(&changes[i]); err != nil {
				return err
			}
			at.applied = changes[i].Index
		}
		if f.news == 0 {
			p.reached(at.applied) // nothing of it is ours
			continue
		}
		if due.IsZero() {
			due = time.Now().Add(flushEvery)
		}
		if f.news >= flushRecords || !time.Now().Before(due) {
			if err := f.flush(&at); err != nil {
				return err
			}
			due = time.Time{}
			p.reached(at.applied)
		}
	}
}

var errDue = errors.New("a flush is due")

// next waits for changes, at most until a flush is due.
func next(ctx context.Context, f *persistence.Follower, due time.Time) ([]machine.Change, error) {
	if !due.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, due, errDue)
		defer cancel()
	}
	return f.Next(ctx)
}

// feed reads a lot of changes that followers have missed.
func (p *Projection) feed(from uint64) ([]machine.Change, error) {
	var out []machine.Change
	err := p.j.Feed(from, from+feedLot, func(c machine.Change) bool {
		out = append(out, c)
		return true
	})
	if err == nil && len(out) == 0 {
		err = machine.ErrTrimmed
	}
	return out, err
}

// remake makes all rows from the streams. Whoever asks meanwhile is told that they are not ready.
func (p *Projection) remake(ctx context.Context, f *folder) (progress, error) {
	p.mu.Lock()
	p.ready = false
	p.mu.Unlock()
	began := time.Now()
	if err := p.space.Clear(); err != nil {
		return progress{}, err
	}
	at := progress{figures.Version, p.j.Applied()} // what comes after is followed; what of it is read already does nothing
	calls, err := p.each(ctx, callIndex, f, f.refoldCall)
	if err != nil {
		return at, err
	}
	agents, err := p.each(ctx, agentIndex, f, f.refoldAgent)
	if err != nil {
		return at, err
	}
	if err := f.flush(&at); err != nil {
		return at, err
	}
	p.rebuild.Store(false)
	p.Stats.Rebuilds.Add(1)
	if calls+agents > 0 {
		p.log.Info("facts of the figures made from the journal", "calls", calls, "agents", agents,
			"ms", time.Since(began).Milliseconds())
	}
	return at, nil
}

// Where the journal's index lists calls and agents; as in package actors.
const (
	callIndex  = "c/"
	agentIndex = "a/"
)

// each refolds every stream that the index lists under a prefix, in lots with a rest after each.
func (p *Projection) each(ctx context.Context, prefix string, f *folder, refold func(id string) error) (n int, err error) {
	from := []byte(prefix)
	for from != nil {
		began := time.Now()
		var ids []string
		v := p.j.View()
		for k := range v.ScanFrom([]byte(prefix), from) {
			if from = nil; len(ids) == rebuildLot {
				from = append([]byte(nil), k...)
				break
			}
			ids = append(ids, string(k[len(prefix):]))
		}
		v.Close()
		if len(ids) == 0 {
			return n, nil
		}
		for _, id := range ids {
			if err := refold(id); err != nil {
				return n, err
			}
			if len(f.rows.Quarters) > flushRecords { // of one agent there may be years
				if err := f.flush(nil); err != nil {
					return n, err
				}
			}
		}
		if err := f.flush(nil); err != nil {
			return n, err
		}
		n += len(ids)
		if from == nil {
			return n, nil
		}
		select {
		case <-time.After(time.Since(began)):
		case <-ctx.Done():
			return n, context.Cause(ctx)
		}
	}
	return n, nil
}

// reached tells who waits how far the rows are.
func (p *Projection) reached(applied uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.applied == applied && p.ready {
		return
	}
	p.applied, p.ready = applied, true
	close(p.moved)
	p.moved = make(chan struct{})
}

// Wait returns when the rows are whole and stand for the journal at least up to an index.
func (p *Projection) Wait(ctx context.Context, index uint64) error {
	for {
		p.mu.Lock()
		done, moved := p.ready && p.applied >= index, p.moved
		p.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Each gives every counter by name, and how many changes the rows are behind the journal.
func (p *Projection) Each(fn func(name string, v float64)) {
	s := &p.Stats
	for _, c := range []struct {
		name string
		v    *atomic.Uint64
	}{
		{"records_total", &s.Records}, {"flushes_total", &s.Flushes}, {"rebuilds_total", &s.Rebuilds},
		{"refolded_total", &s.Refolded}, {"unreadable_total", &s.Unreadable}, {"lagged_total", &s.Lagged},
		{"failed_total", &s.Failed},
	} {
		fn(c.name, float64(c.v.Load()))
	}
	p.mu.Lock()
	applied, ready := p.applied, p.ready
	p.mu.Unlock()
	behind := max(0, float64(p.j.Applied())-float64(applied))
	fn("behind_changes", behind)
	fn("ready", map[bool]float64{true: 1}[ready])
}

// Applied is the index of the journal that the rows stand for.
func (p *Projection) Applied() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.applied
}
