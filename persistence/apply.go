package persistence

import (
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2"
	"go.etcd.io/raft/v3/raftpb"

	"github.com/wirechief/wirechief/persistence/machine"
)

// applyBatchBytes is the size at which an applied batch is written though more is waiting.
const applyBatchBytes = 4 << 20

// completion is an item whose outcome is known, waiting for its batch to be readable.
type completion struct {
	it   item
	res  machine.Result
	rows []machine.ShardRow
}

// applier is what the apply goroutine owns.
type applier struct {
	j       *Journal
	m       *machine.Machine
	kv      batchKV
	out     machine.Applied
	last    *raftpb.Entry // last entry in the batch
	news    []segment
	finish  []completion
	buffers [][]item // of the batches in finish
}

// applyLoop applies committed entries and ends the appends that wait for them.
func (j *Journal) applyLoop(a *applier) {
	var msgs []*raftpb.Message
	for {
		select {
		case <-j.applies.wake:
		case <-j.stop:
			return
		}
		for {
			clear(msgs)
			msgs = j.applies.take(msgs[:0])
			if len(msgs) == 0 || j.failure() != nil {
				break
			}
			err := a.apply(msgs)
			if err == nil {
				err = j.deliver(msgs)
			}
			if err != nil {
				j.fail(fmt.Errorf("applying: %w", err))
				break
			}
		}
	}
}

func (a *applier) apply(msgs []*raftpb.Message) error {
	for _, m := range msgs {
		for _, e := range m.GetEntries() {
			if err := a.entry(e); err != nil {
				return err
			}
			if a.kv.batch.Len() >= applyBatchBytes {
				if err := a.flush(); err != nil {
					return err
				}
			}
		}
	}
	return a.flush()
}

// entry applies one entry to the batch.
func (a *applier) entry(e *raftpb.Entry) error {
	if e.GetType() != raftpb.EntryNormal {
		return fmt.Errorf("entry %d of type %v: %w", e.GetIndex(), e.GetType(), ErrFormat)
	}
	if a.kv.batch == nil {
		a.kv.batch = a.j.db.NewBatch()
	}
	a.last = e
	if a.j.o.onEntry != nil {
		a.j.o.onEntry(e.GetIndex(), e.GetData())
	}
	if err := a.m.Apply(&a.kv, e.GetIndex(), e.GetData(), &a.out); err != nil {
		return err
	}
	if len(a.out.Changes) > 0 {
		a.news = append(a.news, newSegment(a.out.Changes, len(e.GetData())))
	}
	h := a.out.Header
	if h.Node != a.j.o.NodeID || h.Boot != a.j.boot {
		return nil
	}
	for {
		p, ok := a.j.waiting.pop(h.Number)
		if !ok {
			return nil
		}
		for i, it := range p.items {
			c := completion{it: it, res: machine.Result{Status: machine.Unknown}, rows: a.out.Rows}
			if p.number == h.Number {
				c.res = a.out.Results[i]
			}
			a.finish = append(a.finish, c)
		}
		a.buffers = append(a.buffers, p.items)
	}
}

// flush writes the batch, shows its changes to followers and ends its appends.
func (a *applier) flush() error {
	if a.last == nil {
		return nil
	}
	j := a.j
	index, term := a.last.GetIndex(), a.last.GetTerm()
	cut := j.rlog.cut(index, j.o.LogKeep, j.o.LogKeepBytes)
	if cut > 0 {
		// In the same batch as the applied index and after all it stands for: after a crash the store holds a prefix of
		// the batches written, so either both are there or neither.
		err := errors.Join(
			a.kv.batch.DeleteRange(keyEntry(nil, 0), keyEntry(nil, cut+1), nil),
			putNumbers(a.kv.batch, keyTrunc, cut, term))
		if err != nil {
			return err
		}
	}
	if err := errors.Join(a.kv.release(), a.kv.commit()); err != nil {
		return err
	}
	if err := j.failure(); err != nil {
		return err // Pebble tells a failed commit to its logger only
	}
	if cut > 0 {
		j.rlog.cutDone(cut, term)
		j.stats.Cuts.Add(1)
	}
	j.stats.Batches.Add(1)
	j.stats.BatchBytes.Add(a.kv.written)
	a.m.Evict()
	j.rlog.applied(index)
	j.clock.observe(a.m.State().TimeNs)
	a.last = nil
	j.ring.push(a.news)
	clear(a.news)
	a.news = a.news[:0]
	a.complete()
	j.applied(index)
	j.flusher.wrote(j)
	return nil
}

// complete calls what waits for the outcomes.
func (a *applier) complete() {
	bytes := int64(0)
	for i := range a.finish {
		c := &a.finish[i]
		switch c.res.Status {
		case machine.Refused:
			a.j.stats.Refused.Add(1)
		case machine.Unknown:
			a.j.stats.Unknown.Add(1)
		}
		bytes += int64(c.it.size)
		c.it.finish(c.res, c.rows)
	}
	if n := len(a.finish); n > 0 {
		a.j.queue.release(n, bytes)
	}
	for i, b := range a.buffers {
		a.j.waiting.recycle(b)
		a.buffers[i] = nil
	}
	clear(a.finish)
	a.finish, a.buffers = a.finish[:0], a.buffers[:0]
}

// batchKV is the machine's KV: reads see what is committed, writes go to the batch.
type batchKV struct {
	storeReader
	batch   *pebble.Batch
	written uint64 // bytes of the last batch committed
}

func (k *batchKV) Set(key, value []byte) error         { return k.batch.Set(key, value, nil) }
func (k *batchKV) Delete(key []byte) error             { return k.batch.Delete(key, nil) }
func (k *batchKV) DeleteRange(start, end []byte) error { return k.batch.DeleteRange(start, end, nil) }

// commit writes the batch without waiting for the disk.
func (k *batchKV) commit() error {
	k.written = uint64(k.batch.Len())
	err := k.batch.Commit(pebble.NoSync)
	if err == nil {
		err = k.batch.Close()
	}
	k.batch = nil
	return err
}

// storeReader is a machine.Reader on Pebble or a snapshot of it.
type storeReader struct {
	r      pebble.Reader
	closer io.Closer // of the value handed out last
}

func (s *storeReader) release() error {
	if s.closer == nil {
		return nil
	}
	err := s.closer.Close()
	s.closer = nil
	return err
}

// Get implements machine.Reader.
func (s *storeReader) Get(key []byte) ([]byte, bool, error) {
	if err := s.release(); err != nil {
		return nil, false, err
	}
	v, closer, err := s.r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, damage(err)
	}
	s.closer = closer
	return v, true, nil
}

// Scan implements machine.Reader.
func (s *storeReader) Scan(start, end []byte, fn func(key, value []byte) bool) error {
	it, err := s.r.NewIter(&pebble.IterOptions{LowerBound: start, UpperBound: end})
	if err != nil {
		return err
	}
	for ok := it.First(); ok; ok = it.Next() {
		if !fn(it.Key(), it.Value()) {
			break
		}
	}
	return damage(it.Close())
}

// damage says in the machine's words that a block of the store does not have its checksum.
func damage(err error) error {
	if err != nil && pebble.IsCorruptionError(err) {
		return fmt.Errorf("%w: %w", machine.ErrCorrupt, err)
	}
	return err
}
