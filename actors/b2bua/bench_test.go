package b2bua_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
)

// wholeCall is a call as most are: it rings, an agent takes it, the caller hangs up, all is acknowledged.
var wholeCall = []string{
	"invite", "grant anna", "phone 180", "phone 200", "caller ack", "acked", "caller bye", "phone 200 BYE", "acked",
	"recorded",
}

// tape is a call's inputs by line of the story. Ids derive from seeds, so the same inputs fit each time.
type tape struct {
	lines  []string
	inputs [][]b2bua.Timed
}

func recordTape(tb testing.TB) tape {
	w := newWorld(tb)
	var t tape
	for _, line := range wholeCall {
		w.taken = nil
		w.tell(line)
		t.lines, t.inputs = append(t.lines, line), append(t.inputs, w.taken)
	}
	require.True(tb, w.m.Asleep(), "the call did not come to its end")
	return t
}

// play runs the call once more; each sees what a step gave.
func (t tape) play(each func(line int, record []byte, index int)) {
	m := b2bua.New(node())
	version := uint64(0)
	for i, inputs := range t.inputs {
		for _, in := range inputs {
			d := m.Step(in)
			index := 0
			if d.Record != nil {
				version++
				for _, op := range m.Seal(version).Index {
					index += len(op.Key) + len(op.Value)
				}
			}
			if each != nil {
				each(i, d.Record, index)
			}
		}
	}
}

// BenchmarkCall is one whole call: steps, records, index changes. Bytes are what goes into the journal.
func BenchmarkCall(b *testing.B) {
	t := recordTape(b)
	records, recordBytes, indexBytes := 0, 0, 0
	t.play(func(_ int, r []byte, index int) {
		if r != nil {
			records++
		}
		recordBytes += len(r)
		indexBytes += index
	})
	b.ReportAllocs()
	for b.Loop() {
		t.play(nil)
	}
	b.ReportMetric(float64(records), "records/call")
	b.ReportMetric(float64(recordBytes), "record-B/call")
	b.ReportMetric(float64(indexBytes), "index-B/call")
}

// BenchmarkParts says where the bytes of a call's records and the time of its steps are.
func BenchmarkParts(b *testing.B) {
	t := recordTape(b)
	var command, events, full, delta, rest int
	t.play(func(_ int, data []byte, _ int) {
		if data == nil {
			return
		}
		var r cc.Record
		require.NoError(b, r.UnmarshalVT(data))
		command += r.Command.SizeVT()
		for _, e := range r.Events {
			events += e.SizeVT()
		}
		rest += len(data) - r.Command.SizeVT()
		for _, l := range r.Legs {
			rest -= l.SizeVT()
			if l.Full {
				full += l.SizeVT()
			} else {
				delta += l.SizeVT()
			}
		}
	})
	spent := make([]time.Duration, len(t.lines))
	for b.Loop() {
		m := b2bua.New(node())
		for i, inputs := range t.inputs {
			start := time.Now()
			for _, in := range inputs {
				if d := m.Step(in); d.Record != nil {
					m.Seal(0)
				}
			}
			spent[i] += time.Since(start)
		}
	}
	b.ReportMetric(float64(command), "command-B")
	b.ReportMetric(float64(events), "events-B")
	b.ReportMetric(float64(full), "leg-full-B")
	b.ReportMetric(float64(delta), "leg-delta-B")
	b.ReportMetric(float64(rest-events), "frame-B")
	for i, line := range t.lines {
		b.ReportMetric(float64(spent[i].Nanoseconds())/float64(b.N), short(i, line)+"-ns")
	}
}

func short(i int, line string) string {
	name := []byte{byte('0' + i), '.'}
	for _, c := range []byte(line) {
		if c == ' ' {
			c = '_'
		}
		name = append(name, c)
	}
	return string(name)
}

// BenchmarkLoad is bringing a talking call back from its records.
func BenchmarkLoad(b *testing.B) {
	w := newWorld(b)
	for _, line := range wholeCall[:6] {
		w.tell(line)
	}
	b.ReportAllocs()
	for b.Loop() {
		if m := w.load(); m.Call.Phase != cc.CallPhase_BRIDGED {
			b.Fatal(m.Call.Phase)
		}
	}
}
