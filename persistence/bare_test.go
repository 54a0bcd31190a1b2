package persistence

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// bareItem is one append of the bare loop.
type bareItem struct {
	stream  []byte
	version uint64
	done    chan struct{}
}

// bare is what Pebble alone makes of the same work: group commit of the log entry, then the same records unsynced.
type bare struct {
	db    *pebble.DB
	items chan bareItem
	index uint64
	data  []byte
}

// BenchmarkBarePebble writes the keys and bytes of BenchmarkAppend without raft, checks, feed or deduplication: the
// yardstick to compare with in the same run.
func BenchmarkBarePebble(b *testing.B) {
	for _, writers := range []int{1, 64, 1024} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) { benchBare(b, writers) })
	}
}

func benchBare(b *testing.B, writers int) {
	o := Options{Dir: b.TempDir(), NodeID: 1}.withDefaults()
	db, err := openStore(&o, nil, pebbleLog{slog.New(slog.DiscardHandler), func(err error) { panic(err) }})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	p := &bare{db: db, items: make(chan bareItem, writers)}
	var loop, all sync.WaitGroup
	loop.Go(func() {
		if err := p.run(); err != nil {
			b.Error(err)
		}
	})
	took := make([][]time.Duration, writers)
	begin := time.Now()
	b.ResetTimer()
	for w := range writers {
		n := b.N / writers
		if w < b.N%writers {
			n++
		}
		all.Go(func() {
			it := bareItem{stream: fmt.Appendf(nil, "recall/%08d\x00", w), done: make(chan struct{}, 1)}
			for range n {
				start := time.Now()
				it.version++
				p.items <- it
				<-it.done
				took[w] = append(took[w], time.Since(start))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	elapsed := time.Since(begin)
	close(p.items)
	loop.Wait()
	h := histogram()
	for _, w := range took {
		for _, d := range w {
			_ = h.RecordValue(int64(d))
		}
	}
	reportLatency(b, h)
	b.ReportMetric(float64(b.N)/elapsed.Seconds(), "appends/s")
}

// run commits groups until the channel is closed.
func (p *bare) run() error {
	for first := range p.items {
		group := []bareItem{first}
		for more := true; more; {
			select {
			case it, ok := <-p.items:
				if more = ok; ok {
					group = append(group, it)
				}
			default:
				more = false
			}
		}
		if err := p.commit(group); err != nil {
			return err
		}
		for _, it := range group {
			it.done <- struct{}{}
		}
	}
	return nil
}

func (p *bare) commit(group []bareItem) error {
	record := make([]byte, recordBytes+24)
	p.index++
	p.data = p.data[:0]
	for range group {
		p.data = append(p.data, record...)
	}
	entry := p.db.NewBatch()
	defer entry.Close()
	if err := entry.Set(keyEntry(nil, p.index), p.data, nil); err != nil {
		return err
	}
	if err := entry.Commit(pebble.Sync); err != nil {
		return err
	}
	state := p.db.NewBatch()
	defer state.Close()
	for _, it := range group {
		key := binary.BigEndian.AppendUint64(slices.Clip(it.stream), it.version)
		if err := state.Set(key, record[:recordBytes+12], nil); err != nil {
			return err
		}
	}
	return state.Commit(pebble.NoSync)
}
