package registrar

// pendingPut is one record on its way to the store.
type pendingPut struct {
	rec  Record
	done func(error)
}

// queuePut keeps the order in which records were made; drainPuts hands them on. mu is held. The queue is bounded by
// the requests under way: each adds one.
func (r *Registrar) queuePut(rec Record, done func(error)) {
	r.puts = append(r.puts, pendingPut{rec, done})
}

// drainPuts gives queued records to the store, one goroutine at a time and without the lock, so that a store may
// call back from inside Put.
func (r *Registrar) drainPuts() {
	r.mu.Lock()
	if r.putting {
		r.mu.Unlock()
		return
	}
	r.putting = true
	for len(r.puts) > 0 {
		p := r.puts[0]
		r.puts = r.puts[1:]
		r.mu.Unlock()
		r.cfg.Store.Put(p.rec, p.done)
		r.mu.Lock()
	}
	r.puts, r.putting = nil, false
	r.mu.Unlock()
}
