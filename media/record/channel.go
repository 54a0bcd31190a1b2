package record

import (
	"slices"

	"github.com/wirechief/wirechief/media/g711"
	"github.com/wirechief/wirechief/media/rtpwire"
)

// Times of the renderer, in samples of 8 kHz. Packets wait aheadSamples before they are placed, so that the anchor
// knows what follows; what is older than holdSamples is written out.
const (
	aheadSamples   = 8000
	holdSamples    = 2 * 8000
	windowSamples  = 4 * 8000
	keepSamples    = 800 // kept before what is written out, for concealment
	concealSamples = 480 // 60 ms: a lost stretch is filled by fading repetition, then silence
	historySamples = 160
	quietSamples   = 8000 // a hole without loss is listed from 1 s on
)

// Payload types of RFC 3551.
const (
	ptPCMU = 0
	ptPCMA = 8
)

// arrival is a packet that waits to be placed.
type arrival struct {
	at, ts int64
	run    *run
	seq    uint16
	pt     uint8
	event  bool
	data   []byte
}

// span is a stretch of the file for which there is sound (or a telephone-event).
type span struct {
	start, end int64
	seq        uint16
	run        *run
}

// channel renders one side of a recording. Positions are samples from the start of the file.
type channel struct {
	index   int
	pcm     []int16 // from base on
	base    int64
	done    int64 // everything before is settled
	waiting []arrival
	head    int
	spare   [][]byte
	spans   []span // in order of start, not settled yet
	last    span   // the last settled one
	run     *run

	report           func(Gap)
	silence          []stretch // pauses and restarts, in order
	dropped          int64     // where slots were given up last; -1 never
	packets, lostSum uint64
	duplicates, late uint64
}

// stretch is a time nothing is expected; open ones end at the end of time.
type stretch struct{ start, end int64 }

const openEnd = int64(1) << 62

// again makes a channel for another recording, of the memory of an old one if there is one.
func (c *channel) again(index int, report func(Gap)) *channel {
	if c == nil {
		c = &channel{pcm: make([]int16, windowSamples+keepSamples)}
	}
	for i := range c.waiting[c.head:] {
		c.spare = append(c.spare, c.waiting[c.head+i].data)
	}
	clear(c.pcm)
	return &channel{index: index, pcm: c.pcm, base: -keepSamples, report: report, dropped: -1,
		waiting: c.waiting[:0], spare: c.spare, spans: c.spans[:0]}
}

// packet takes a packet of the recording; at is when it came.
func (c *channel) packet(at int64, b []byte, event bool) {
	var h rtpwire.Header
	if !rtpwire.Read(b, &h) {
		return
	}
	if c.run == nil || c.run.ssrc != h.SSRC || c.jumped(at, h.TS) && !event {
		c.endRun()
		c.run = &run{ssrc: h.SSRC, ts: int64(h.TS)}
	}
	if c.run.strayed(h.Seq) {
		c.recount()
	}
	if !c.run.count(h.Seq) {
		c.duplicates++
		return
	}
	c.packets++
	ts := c.run.extend(h.TS)
	if !event {
		c.run.observe(at, ts)
	}
	a := arrival{at: at, ts: ts, run: c.run, seq: h.Seq, pt: h.PayloadType, event: event}
	if n := len(c.spare); n > 0 {
		a.data, c.spare = c.spare[n-1], c.spare[:n-1]
	}
	a.data = append(a.data[:0], b[h.Off:h.End]...)
	c.waiting = append(c.waiting, a)
}

// jumped says that a timestamp is not where cluster time expects it.
func (c *channel) jumped(at int64, ts uint32) bool {
	if len(c.run.minimum) == 0 {
		return false
	}
	newest := c.run.minimum[len(c.run.minimum)-1]
	d := at - c.run.extend(ts) - newest.value
	return d > jumpSamples || d < -jumpSamples
}

// endRun settles the loss count of the current run; the next packet begins another.
func (c *channel) endRun() {
	if c.run != nil {
		c.lostSum += c.run.lost()
		c.run.counting = false
	}
	c.run = nil
}

// recount begins the count of losses anew, for packets were left out on purpose.
func (c *channel) recount() {
	if c.run != nil {
		c.lostSum += c.run.lost()
		c.run.counting = false
	}
}

// place puts all packets that came before `until` where they belong.
func (c *channel) place(until int64) {
	for c.head < len(c.waiting) && c.waiting[c.head].at < until {
		a := &c.waiting[c.head]
		c.put(a)
		c.spare = append(c.spare, a.data)
		c.head++
	}
	if c.head > 256 || c.head == len(c.waiting) {
		c.waiting = append(c.waiting[:0], c.waiting[c.head:]...)
		c.head = 0
	}
}

func (c *channel) put(a *arrival) {
	pos, n := a.at, int64(historySamples)
	sound := !a.event && (a.pt == ptPCMU || a.pt == ptPCMA)
	if !a.event {
		pos = a.run.position(a.at, a.ts)
	}
	if sound { // anything else, as comfort noise, is a sign of life and 20 ms of silence
		n = int64(len(a.data))
	}
	cut := int64(0)
	if pos < c.done {
		cut = c.done - pos
	}
	if cut >= n || pos+n > c.base+int64(len(c.pcm)) || n == 0 {
		c.late++
		return
	}
	if sound {
		table := g711.PCMUTable()
		if a.pt == ptPCMA {
			table = g711.PCMATable()
		}
		out := c.pcm[pos+cut-c.base:]
		for i, code := range a.data[cut:] {
			out[i] = table[code]
		}
	}
	s := span{start: pos + cut, end: pos + n, seq: a.seq, run: a.run}
	k := len(c.spans)
	for k > 0 && c.spans[k-1].start > s.start {
		k--
	}
	c.spans = append(c.spans, span{})
	copy(c.spans[k+1:], c.spans[k:])
	c.spans[k] = s
}

// settle makes everything before `until` final: holes are concealed and reported.
func (c *channel) settle(until int64) {
	n := 0
	for ; n < len(c.spans) && c.spans[n].start < until; n++ {
		s := c.spans[n]
		if s.start > c.last.end {
			c.conceal(s.start)
			c.hole(s)
		}
		if s.end > c.last.end {
			c.last = s
		}
	}
	c.spans = slices.Delete(c.spans, 0, n)
	if until > c.last.end {
		c.conceal(until)
	}
	c.done = max(c.done, until)
}

// conceal fills the hole behind the last span up to `to`, as far as concealment reaches.
func (c *channel) conceal(to int64) {
	from := max(c.last.end, c.done)
	to = min(to, c.last.end+concealSamples)
	if c.last.run == nil || from >= to || c.quiet(c.last.end, to) {
		return
	}
	for p := from; p < to; p++ {
		k := p - c.last.end
		src := c.last.end - historySamples + k%historySamples
		if src < c.base || p >= c.base+int64(len(c.pcm)) {
			return
		}
		c.pcm[p-c.base] = int16(int64(c.pcm[src-c.base]) * (concealSamples - k) / concealSamples)
	}
}

// hole reports the stretch between the last span and s, if it is one to be listed.
func (c *channel) hole(s span) {
	from := max(c.last.end, 0)
	g := Gap{Channel: c.index, StartMs: from / 8, DurationMs: (s.start - from) / 8, Reason: "loss"}
	if s.start <= from || c.quiet(from, s.start) {
		return
	}
	switch missing := s.seq - c.last.seq - 1; {
	case c.last.run == s.run && missing > 0 && missing < 1<<15:
		if c.dropped >= from-historySamples && c.dropped <= s.start+historySamples {
			g.Reason = "dropped"
		}
	case s.start-from >= quietSamples:
		g.Reason = "no_rtp"
	default:
		return
	}
	c.report(g)
}

// end reports what is missing before the end of the file.
func (c *channel) end(at int64) {
	c.endRun()
	from := max(c.last.end, 0)
	if at-from >= quietSamples && !c.quiet(from, at) {
		c.report(Gap{Channel: c.index, StartMs: from / 8, DurationMs: (at - from) / 8, Reason: "no_rtp"})
	}
}

// quiet says that a stretch touches a pause or a restart.
func (c *channel) quiet(from, to int64) bool {
	for _, s := range c.silence {
		if s.start < to && s.end > from {
			return true
		}
	}
	return false
}

// slide lets go of the samples before `to`, which are settled and written.
func (c *channel) slide(to int64) {
	n := to - keepSamples - c.base
	if n <= 0 {
		return
	}
	n = min(n, int64(len(c.pcm)))
	kept := copy(c.pcm, c.pcm[n:])
	clear(c.pcm[kept:])
	c.base = to - keepSamples
}
