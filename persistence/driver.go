package persistence

import (
	"runtime"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"

	"github.com/wirechief/wirechief/persistence/machine"
)

// Two goroutines run the journal: write gathers appends into entries and makes them durable, apply applies what is
// committed. The fsync itself runs on Pebble's own goroutine, so that gathering (by the callers, into the queue),
// fsync and apply overlap. The raft node is stepped under raftMu by whoever has something for it; nobody holds raftMu
// over a write, so ticks and heartbeats never wait for the disk.

// mailbox hands raft's messages for a local storage goroutine over. raft bounds how many are under way.
type mailbox struct {
	wake chan struct{}
	mu   sync.Mutex
	msgs []*raftpb.Message
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

func (b *mailbox) put(m *raftpb.Message) {
	b.mu.Lock()
	b.msgs = append(b.msgs, m)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take exchanges the messages for an empty slice.
func (b *mailbox) take(empty []*raftpb.Message) []*raftpb.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	msgs := b.msgs
	b.msgs = empty
	return msgs
}

// ready hands out what raft wants done. raftMu is held.
func (j *Journal) ready() {
	for j.rn.HasReady() {
		rd := j.rn.Ready()
		for _, m := range rd.Messages {
			switch m.GetTo() {
			case raft.LocalAppendThread:
				j.syncs.put(m)
			case raft.LocalApplyThread:
				j.applies.put(m)
			default: // a group of one has no peers
			}
		}
	}
}

// deliver gives storage responses back to raft.
func (j *Journal) deliver(msgs []*raftpb.Message) error {
	j.raftMu.Lock()
	defer j.raftMu.Unlock()
	for _, m := range msgs {
		for _, resp := range m.GetResponses() {
			if err := j.rn.Step(resp); err != nil {
				return err
			}
		}
	}
	j.ready()
	return nil
}

// writeLoop gathers appends into an entry and makes it durable. While the disk syncs, the next appends gather in the
// queue: group commit needs no more than that, and a second entry under way only made the groups smaller.
func (j *Journal) writeLoop() {
	var msgs []*raftpb.Message
	for {
		select {
		case <-j.queue.wake:
		case <-j.syncs.wake:
		case <-j.stop:
			return
		}
		for more := true; more; {
			runtime.Gosched() // on a busy core, let those who are about to append do so: batches would collapse to one
			batch := j.queue.take(j.waiting.buffer(), j.o.MaxBatch, j.o.MaxBatchBytes)
			if len(batch) > 0 {
				j.propose(batch)
			}
			clear(msgs)
			msgs = j.syncs.take(msgs[:0])
			more = len(msgs) > 0
			if err := j.store(msgs); err != nil {
				j.fail(err)
				return
			}
			if err := j.deliver(msgs); err != nil {
				j.fail(err)
				return
			}
		}
	}
}

// propose makes one entry of a batch and gives it to raft.
func (j *Journal) propose(batch []item) {
	h := machine.Header{Node: j.o.NodeID, Boot: j.boot, Number: j.number, TimeNs: j.clock.tick()}
	j.number += uint64(len(batch))
	size := machine.HeaderSize
	for i := range batch {
		size += batch[i].size
	}
	data := make([]byte, 0, size)
	if s := batch[0].shards; s != nil {
		data = machine.EncodeShards(data, h, s.command)
	} else {
		data = machine.BeginAppends(data, h)
		for i := range batch {
			data = machine.AddAppend(data, batch[i].append)
		}
	}
	j.stats.Entries.Add(1)
	j.stats.EntryBytes.Add(uint64(len(data)))
	j.waiting.push(proposed{number: h.Number, items: batch})

	j.raftMu.Lock()
	err := j.rn.Propose(data)
	if err == nil {
		j.ready()
	}
	j.raftMu.Unlock()
	if err != nil { // the leader of a group of one drops nothing
		j.fail(err)
	}
}

// store writes the entries and the hard state of append messages. A hard state that only moves the commit index is
// written with the next entries: after a restart the commit index is at least the applied index (see Open), and the
// rest of the log is committed again by the new term.
func (j *Journal) store(msgs []*raftpb.Message) error {
	if len(msgs) == 0 {
		return nil
	}
	b := j.db.NewBatch()
	defer func() { _ = b.Close() }()
	entries, must := 0, false
	for _, m := range msgs {
		if m.Vote != nil {
			must = must || m.GetTerm() != j.hard[0] || m.GetVote() != j.hard[1]
			j.hard = [3]uint64{m.GetTerm(), m.GetVote(), m.GetCommit()}
		}
		for _, e := range m.GetEntries() {
			if err := putEntry(b, e); err != nil {
				return err
			}
			entries++
		}
	}
	if entries == 0 && !must {
		return nil
	}
	if err := putNumbers(b, keyHard, j.hard[:]...); err != nil {
		return err
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return err
	}
	if err := j.failure(); err != nil {
		return err // Pebble tells a failed commit to its logger only
	}
	j.stats.Syncs.Add(1)
	for _, m := range msgs {
		if len(m.GetEntries()) > 0 {
			j.rlog.appended(m.GetEntries())
		}
	}
	return nil
}
