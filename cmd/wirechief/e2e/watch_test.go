package e2e

import (
	"sync"
	"testing"
	"time"
)

// patience bounds every wait for an event. It is no expectation: what is measured is compared on its own.
const patience = 90 * time.Second

// watch is a lock whose holders can be waited for.
type watch struct {
	sync.Mutex
	changed chan struct{} // closed and replaced at each change; guarded by the lock
}

// tell wakes those who wait. The caller holds the lock.
func (w *watch) tell() {
	if w.changed != nil {
		close(w.changed)
		w.changed = nil
	}
}

// await waits until cond, called under the lock, is true.
func (w *watch) await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	if !w.reached(cond, patience) {
		t.Fatalf("waited %v in vain: %s", patience, what)
	}
}

func (w *watch) reached(cond func() bool, within time.Duration) bool {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for {
		w.Lock()
		if cond() {
			w.Unlock()
			return true
		}
		if w.changed == nil {
			w.changed = make(chan struct{})
		}
		ch := w.changed
		w.Unlock()
		select {
		case <-ch:
		case <-deadline.C:
			return false
		}
	}
}
