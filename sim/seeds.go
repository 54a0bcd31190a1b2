package sim

import (
	"context"
	"sync"
	"sync/atomic"
)

// keptFailures is how many failing runs of a series are kept.
const keptFailures = 20

// Seeds runs the small worlds of n seeds from one on, on several threads; each run has one of its own. progress is
// called now and then with how many are done, never by two at once. The failures come in the order of their seeds as
// far as they were kept; a cancelled context ends the series early.
func Seeds(ctx context.Context, from, n uint64, workers int, o Options, progress func(done uint64, failed int)) (failed []Result) {
	var next, done atomic.Uint64
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range max(workers, 1) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := next.Add(1) - 1
				if i >= n {
					return
				}
				r := Run(Tiny(from+i), o)
				d := done.Add(1)
				if r.Failure == nil && d%progressEvery != 0 {
					continue
				}
				mu.Lock()
				if r.Failure != nil && len(failed) < keptFailures {
					failed = append(failed, r)
				}
				if progress != nil {
					progress(d, len(failed))
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	sortBySeed(failed)
	return failed
}

const progressEvery = 64
