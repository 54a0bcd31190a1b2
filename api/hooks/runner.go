package hooks

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/wirechief/wirechief/api/feed"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Bounds of a webhook.
const (
	saveEvery   = time.Second     // its place is written at most that often while it delivers; a kill repeats what came since
	waitAtMost  = 5 * time.Second // for an event, then its place moves on over what was nobody's business
	idleAdvance = 65_536          // seqs without an event for it after which that is written down
	saveWithin  = 5 * time.Second
	retrySave   = time.Second
	noSecretFor = 30 * time.Second // then the variable is looked at again
)

// runner delivers to one webhook. Its goroutine alone has place, saved and the batch.
type runner struct {
	h      *Hooks
	cfg    *cc.Webhook
	stop   context.CancelFunc
	ended  chan struct{}
	resume chan ask
	log    *slog.Logger

	place, saved Place
	savedAt      time.Time
	failures     int

	mu     sync.Mutex
	status Status // guarded by mu
}

// run goes on until ctx is done: every turn begins from the place.
func (r *runner) run(ctx context.Context) {
	for first := true; ctx.Err() == nil; first = false {
		if first && !r.begin(ctx) {
			continue
		}
		switch {
		case r.cfg.Paused:
			r.say(StatePaused, nil, 0)
			r.wait(ctx, 0)
		case r.place.ParkedMs != 0:
			r.say(StateParked, nil, 0)
			r.wait(ctx, 0)
		default:
			r.deliver(ctx)
		}
	}
	if r.place != r.saved {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveWithin)
		defer cancel()
		_ = r.place.save(last, r.h.o.Store, r.cfg.Id) // else what was delivered since comes again
	}
}

// begin takes up the place, and writes it: a node that does not own the company delivers nothing.
func (r *runner) begin(ctx context.Context) bool {
	place, ok, err := load(r.h.o.Store, r.cfg.Id)
	if err != nil {
		r.log.Error("the place of a webhook cannot be read, it begins anew", "err", err)
	}
	if !ok {
		at := r.h.o.Log.Applied()
		place = Place{Position: at, Last: at}
	}
	r.place = place
	return r.save(ctx)
}

// save writes the place, again and again until it is durable; false at the end of ctx.
func (r *runner) save(ctx context.Context) bool {
	for ctx.Err() == nil {
		within, cancel := context.WithTimeout(ctx, saveWithin)
		err := r.place.save(within, r.h.o.Store, r.cfg.Id)
		cancel()
		if err == nil {
			r.saved, r.savedAt = r.place, time.Now()
			return true
		}
		r.say(StateNoPlace, err, 0)
		r.sleep(ctx, retrySave)
	}
	return false
}

func (r *runner) sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// wait waits for a wish to resume, or at most d (0: for ever); resumed says that one came and is carried out.
func (r *runner) wait(ctx context.Context, d time.Duration) (resumed bool) {
	var after <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		after = t.C
	}
	select {
	case a := <-r.resume:
		r.place.ParkedMs, r.place.FailingMs, r.failures = 0, 0, 0
		if a.fromNow {
			r.place.Position, r.place.LostFrom = r.h.o.Log.Applied(), 0
		}
		if r.save(ctx) {
			a.done <- nil
		} else {
			a.done <- ctx.Err()
		}
		r.log.Info("webhook resumed", "position", r.place.Position)
		return true
	case <-after:
	case <-ctx.Done():
	}
	return false
}

// deliver posts batch after batch; it returns to begin again from the place.
func (r *runner) deliver(ctx context.Context) {
	secrets, err := Secrets(r.h.o.Secret(r.cfg.SecretEnv))
	if err != nil {
		r.say(StateNoSecret, err, 0)
		r.wait(ctx, noSecretFor)
		return
	}
	reader, err := r.h.o.Log.From(r.place.Position)
	if err != nil {
		r.misplaced(ctx, err)
		return
	}
	defer reader.Close()
	filter := &feed.Filter{Everything: len(r.cfg.Tenants) == 0, Tenants: r.cfg.Tenants, Types: r.cfg.Events}
	r.say(StateDelivering, nil, 0)
	for {
		page, err := r.page(ctx, reader, filter)
		if err != nil {
			if ctx.Err() == nil {
				r.misplaced(ctx, err)
			}
			return
		}
		if len(page.Items) == 0 {
			r.place.Position = page.Next
			r.say(StateDelivering, nil, 0)
			if r.place.Position-r.saved.Position >= idleAdvance && !r.save(ctx) {
				return
			}
			continue
		}
		b := newBatch(r.cfg.Id, &r.place, page)
		reader.Back(b.next)
		if !r.post(ctx, secrets, b) {
			return
		}
		if time.Since(r.savedAt) >= saveEvery && !r.save(ctx) {
			return
		}
	}
}

// page gives the next events; before it waits for any, what was delivered is written down.
func (r *runner) page(ctx context.Context, reader *feed.Reader, f *feed.Filter) (feed.Page, error) {
	limit := int(r.cfg.BatchMax)
	if limit <= 0 {
		limit = 100
	}
	page, err := reader.ReadPage(ctx, f, limit, false)
	if err != nil || len(page.Items) > 0 {
		return page, err
	}
	if r.place.Last != r.saved.Last && !r.save(ctx) {
		return page, ctx.Err()
	}
	wait, cancel := context.WithTimeout(ctx, waitAtMost)
	defer cancel()
	return reader.ReadPage(wait, f, limit, true)
}

// misplaced: what comes after the place is gone, or was never there. It goes on from what there is, and says so.
func (r *runner) misplaced(ctx context.Context, err error) {
	old, tooOld := errors.AsType[*feed.TooOldError](err)
	switch {
	case tooOld:
		r.h.Stats.Lost.Add(1)
		r.log.Error("a webhook was away for longer than events are kept: some are lost to it",
			"after", r.place.Position, "first", old.First)
		if r.place.LostFrom == 0 {
			r.place.LostFrom = max(1, r.place.Position)
		}
		r.place.Position = old.First - 1
	case errors.Is(err, feed.ErrAhead): // the journal was set back, by a backup for one
		r.log.Error("the journal is behind a webhook's place: it goes on from now", "position", r.place.Position)
		r.place.Position = r.h.o.Log.Applied()
		r.place.Last = r.place.Position
	default:
		r.say(StateDelivering, err, 0)
		r.sleep(ctx, retrySave)
		return
	}
	r.save(ctx)
}

// post delivers one batch, trying until it is taken; false when it was not: parked, resumed, or the end of ctx.
func (r *runner) post(ctx context.Context, secrets []string, b *batch) bool {
	r.pending(b.first, b.firstMs)
	timeout := time.Duration(r.cfg.TimeoutMs) * time.Millisecond
	if timeout <= 0 {
		timeout = 10 * time.Second
	}
	for {
		within, cancel := context.WithTimeout(ctx, timeout)
		_, err := Post(within, r.h.client, r.cfg.Url, secrets, map[string]string{
			WebhookHeader: r.cfg.Id, EventsHeader: b.ids,
		}, b.body)
		cancel()
		r.h.Stats.Posts.Add(1)
		if err == nil {
			r.taken(b)
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		if again := r.failed(ctx, err); !again {
			return false
		}
	}
}

func (r *runner) taken(b *batch) {
	r.failures = 0
	r.place = Place{Position: b.next, Last: b.last}
	r.h.Stats.Events.Add(uint64(b.count))
	r.mu.Lock()
	r.status.Delivered += uint64(b.count)
	r.status.DeliveredMs = r.h.o.NowMs()
	r.status.PendingSeq, r.status.PendingSince = 0, 0
	r.mu.Unlock()
	r.say(StateDelivering, nil, 0)
}

// failed waits before the next try; false when it is not to be tried again as it is.
func (r *runner) failed(ctx context.Context, err error) bool {
	r.h.Stats.Failures.Add(1)
	r.failures++
	now := r.h.o.NowMs()
	if r.place.FailingMs == 0 {
		r.place.FailingMs = now
		r.log.Warn("webhook fails", "err", err)
		if !r.save(ctx) {
			return false
		}
	}
	park := r.cfg.ParkAfterMs
	if park <= 0 {
		park = 24 * time.Hour.Milliseconds()
	}
	if now-r.place.FailingMs >= park {
		r.place.ParkedMs = now
		r.log.Error("webhook parked: it failed for too long", "since_ms", r.place.FailingMs, "err", err)
		r.say(StateParked, err, 0)
		r.save(ctx)
		return false
	}
	pause := r.h.o.Pause(r.failures)
	if answer, ok := errors.AsType[*statusError](err); ok {
		pause = max(pause, answer.after)
	}
	r.say(StateRetrying, err, now+pause.Milliseconds())
	return !r.wait(ctx, pause) && ctx.Err() == nil
}

// pending notes what is waiting to be taken.
func (r *runner) pending(seq uint64, sinceMs int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status.PendingSeq, r.status.PendingSince = seq, sinceMs
}

// say notes how it stands; an error stays until the next success.
func (r *runner) say(state string, err error, nextMs int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.status
	s.State, s.Place, s.Attempts, s.NextMs = state, r.place, r.failures, nextMs
	switch {
	case err != nil:
		s.LastError = err.Error()
	case state == StateDelivering && r.failures == 0:
		s.LastError = ""
	}
}

func (r *runner) show() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// stuck says that it waits for something a resume would end.
func (r *runner) stuck() bool {
	s := r.show().State
	return s == StateParked || s == StateRetrying || s == StateNoSecret
}
