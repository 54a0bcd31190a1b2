package sim

import (
	"bytes"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
)

// checker keeps its own books of what is committed and of what is let out, and compares them with the invariants of
// RELIABILITY. State changes only by commits, and is seen only by what is let out: so it looks at each of these.
type checker struct {
	w       *World
	streams map[string]*streamBook
	shards  map[machine.ShardID]machine.ShardRow
	calls   map[string]*callBook
	agents  map[string]*agentBook
	offers  map[string]*offerBook
	order   []string // calls by arrival
	asks    []bool   // commands of clients: answered
	matched map[string]int64
	taken   map[appendID]bool
	counts  Counts
}

// Counts says what a run was made of.
type Counts struct {
	Calls, Answered, Abandoned, Offers, Missed, Rejected, Failed, Takeovers, WrapUps, Pauses, Swaps, Records, Restarts int
	Grouped, Resumed, Shared, Released, Passed, Moved                                                                  int
}

// streamBook is what is committed of a stream.
type streamBook struct {
	records []uint64 // hashes
	writer  uint64   // incarnation of the last append with an id
}

type callBook struct {
	id         string
	plan       int // number of the caller
	shadow     *cc.CallState
	open       []string // offers that ring or connect
	agent      string   // on the call
	agentOffer string
	owner      string
	ownerEpoch uint64
	enqueued   int64
	recordings map[string]bool
	changed    int64 // true time of the last commit
	heldAt     int64 // true time of the last hold
	ended      bool
	drafts     map[uint64]string // by version
	corrected  map[string]bool   // field and value of each correction
}

type agentBook struct {
	id      string
	shadow  *cc.AgentState
	token   string // offer that holds it
	call    string
	wrapUp  bool
	until   int64
	paused  bool  // the wrap-up's clock stands (R21)
	left    int64 // of it then
	removed int64 // true time since when a removed agent is not signed out
	swapAt  int64 // true time at which the last swap began
	up      int64 // cluster ms at which the actor began to act
	granted int64
}

// offerBook is what both sides said of an offer.
type offerBook struct {
	call, agent string
	granted     bool
	freed       bool
	made        *cc.Offer
	closed      bool
	outcome     cc.OfferOutcome
	answered    bool
}

func newChecker(w *World) *checker {
	return &checker{
		w: w, streams: map[string]*streamBook{}, shards: map[machine.ShardID]machine.ShardRow{}, calls: map[string]*callBook{},
		agents: map[string]*agentBook{}, offers: map[string]*offerBook{}, matched: map[string]int64{},
		taken: map[appendID]bool{},
	}
}

// always runs after every event.
func (c *checker) always() {}

func (c *checker) stream(name string) *streamBook {
	s := c.streams[name]
	if s == nil {
		s = &streamBook{}
		c.streams[name] = s
	}
	return s
}

// version is how many records of a stream are committed.
func (c *checker) version(stream string) uint64 { return uint64(len(c.stream(stream).records)) }

// committed takes one change of the journal.
func (c *checker) committed(x machine.Change, ns int64) {
	w := c.w
	for _, row := range x.Shards {
		if row.Epoch != c.shards[row.Shard].Epoch+1 {
			w.fail("I9", "shard %d goes from epoch %d to %d", row.Shard, c.shards[row.Shard].Epoch, row.Epoch)
		}
		c.shards[row.Shard] = row
	}
	if x.Stream == "" {
		return
	}
	s := c.stream(x.Stream)
	if x.FirstVersion != uint64(len(s.records))+1 && len(x.Records) > 0 {
		w.fail("I7", "stream %s continues at %d after %d", x.Stream, x.FirstVersion, len(s.records))
	}
	kind, id, _ := strings.Cut(x.Stream, "/")
	for _, data := range x.Records {
		s.records = append(s.records, xxhash.Sum64(data))
		c.counts.Records++
		if kind == configStream {
			continue
		}
		var r cc.Record
		if err := r.UnmarshalVT(data); err != nil {
			w.fail("I11", "a record of %s cannot be read: %v", x.Stream, err)
			return
		}
		if kind == "call" {
			c.callRecord(id, &r)
		} else {
			c.agentRecord(id, &r)
		}
	}
	switch kind {
	case "call":
		c.callIndex(id, x.Ops)
	case "agent":
		c.agentIndex(id, x.Ops)
	}
}

// appendID names one append.
type appendID struct {
	stream           string
	incarnation, seq uint64
}

// result: an append is taken once, whatever it is told; what was taken is never refused.
func (c *checker) result(a *machine.Append, r machine.Result) {
	if a.Seq == 0 {
		return
	}
	id := appendID{a.Stream, a.Incarnation, a.Seq}
	switch {
	case r.Status == machine.OK && !c.taken[id] && a.Epoch != c.shards[a.Shard].Epoch:
		c.w.fail("I9", "append %d of %s is taken with epoch %d, the shard is at %d", a.Seq, a.Stream, a.Epoch, c.shards[a.Shard].Epoch)
	case r.Status == machine.OK:
		c.taken[id] = true
		c.stream(a.Stream).writer = a.Incarnation
		if uint64(len(c.stream(a.Stream).records)) < a.Expect+uint64(len(a.Records)) {
			c.w.fail("I7", "append %d of %s is acknowledged, and its records are not there", a.Seq, a.Stream)
		}
	case c.taken[id] && c.stream(a.Stream).writer == a.Incarnation: // of those before, only the effect is kept
		c.w.fail("I7", "append %d of %s was taken, and is refused when repeated (%d)", a.Seq, a.Stream, r.Reason)
	}
}

// callIndex compares what is written into the index with what the events say (I11, and I3: the place in the queue).
func (c *checker) callIndex(id string, ops []machine.IndexOp) {
	b := c.calls[id]
	if b == nil {
		return
	}
	for _, op := range ops {
		c.deskIndex(b, &op)
		switch k := string(op.Key); {
		case strings.HasPrefix(k, b2bua.WaitingPrefix):
			want := call.Waiting(b.shadow)
			if op.Delete != (want == nil) {
				c.w.fail("I11", "index of %s: waiting is %v, its events say %v", id, !op.Delete, want != nil)
				return
			}
			have := &cc.WaitingCall{}
			if !op.Delete && (have.UnmarshalVT(op.Value) != nil || !same(have, want)) {
				c.w.fail("I11", "index of %s says %v, its events %v", id, have, want)
			}
			if !op.Delete && have.EnqueuedMs != b.enqueued {
				c.w.fail("I3", "call %s lost its place: it came at %d and waits as of %d", id, b.enqueued, have.EnqueuedMs)
			}
		case strings.HasPrefix(k, b2bua.SummaryPrefix):
			want, _ := call.Summary(b.shadow).MarshalVT()
			if string(want) != string(op.Value) {
				c.w.fail("I11", "summary of %s is not what its events say", id)
			}
		}
	}
}

func (c *checker) agentIndex(id string, ops []machine.IndexOp) {
	b := c.agents[id]
	for _, op := range ops {
		if !strings.HasPrefix(string(op.Key), seat.IndexPrefix) || b == nil {
			continue
		}
		have := &cc.AgentSummary{}
		if have.UnmarshalVT(op.Value) != nil || !same(have, agent.Summary(b.shadow)) {
			c.w.fail("I11", "index of %s says %v, its events %v", id, have, agent.Summary(b.shadow))
			return
		}
		for _, p := range c.w.people {
			if p.id() == id {
				c.w.after(p.dice.between(10*ms, 150*ms), func() { p.sees(have) })
			}
		}
	}
}

// released: one deed leaves. All that it rests on must be committed, in order, and the shard still be its owner's.
func (c *checker) released(a *actor, t tagged) {
	w := c.w
	if t.order <= a.order {
		w.fail("I8", "%s lets out deed %d after %d: %T", a.stream, t.order, a.order, t.x)
	}
	a.order = t.order
	c.rests(a, t, uint64(len(c.stream(a.stream).records)))
	if row := c.shards[a.host.Shard()]; row.Epoch != a.epoch {
		w.fail("I9", "%s acts with epoch %d of shard %d, which is at %d: %T", a.stream, a.epoch, row.Shard, row.Epoch, t.x)
	}
	if !a.p.lease {
		w.fail("I9", "%s acts without the lease: %T", a.stream, t.x)
	}
}

// rests: the record that a deed follows from is the one in the journal.
func (c *checker) rests(a *actor, t tagged, upTo uint64) {
	if t.version > upTo {
		c.w.fail("I7", "%s lets out %T, which rests on version %d; committed is %d", a.stream, t.x, t.version, upTo)
		return
	}
	if t.record != 0 && c.stream(a.stream).records[t.version-1] != t.record {
		c.w.fail("I7", "%s lets out %T, which rests on a version %d that is not the journal's", a.stream, t.x, t.version)
	}
}

// early: a message leaves ahead of its commit; whoever acts on it must require what is not committed yet.
func (c *checker) early(a *actor, t tagged, requires []machine.Require) {
	covered := uint64(len(c.stream(a.stream).records))
	for _, r := range requires {
		if r.Stream == a.stream {
			covered = max(covered, r.Version)
		}
	}
	if t.version > covered {
		c.w.fail("I7", "%s tells %T, which rests on %d, and requires %v", a.stream, t.x, t.version, requires)
	}
}

// asked and replied: each command of a client gets one answer at most.
func (c *checker) asked() int {
	c.asks = append(c.asks, false)
	return len(c.asks) - 1
}

func (c *checker) replied(n int, err error) {
	if c.asks[n] {
		c.w.fail("I8", "a command was answered twice, now with %v", err)
	}
	c.asks[n] = true
}

// recording: audio is kept for an answer that is in the journal.
func (c *checker) recording(id string, x cc.StartRecording) {
	if b := c.calls[id]; b == nil || !b.recordings[x.Recording] {
		c.w.fail("I5", "call %s records %s, of which its events know nothing", id, x.Recording)
	}
}

// bridged: media of two are joined once the answer is in the journal.
func (c *checker) bridged(a *actor, x cc.Bridge) {
	b := c.calls[a.id]
	if b == nil || b.shadow.AnsweredMs == 0 {
		c.w.fail("I2", "call %s is bridged and was not answered", a.id)
	}
}

// sleeps: what the actor believed is what the journal has (I11).
func (c *checker) sleeps(a *actor) {
	m, _, err := c.w.replayCall(a.id, a.p.legs)
	if err != nil || !same(m.Call, a.call.Call) {
		c.w.fail("I11", "call %s believes %v, the journal has %v (%v)", a.id, a.call.Call, m.Call, err)
	}
}

// rings: an INVITE has reached a phone.
func (c *checker) rings(ph *phone, m *sipMsg) {
	id := agentID(ph.plan.N)
	o := c.offers[m.offer]
	switch {
	case o == nil || o.made == nil:
		c.w.fail("I7", "the phone of %s rings for offer %s, which is not in the journal", id, m.offer)
	case o.agent != id:
		c.w.fail("I1", "the phone of %s rings for offer %s, made to %s", id, m.offer, o.agent)
	case c.calls[o.call].shadow.Tenant != m.tenant:
		c.w.fail("I12", "the phone of %s is told tenant %s of a call of %s", id, m.tenant, c.calls[o.call].shadow.Tenant)
	}
}

// bubbles are the calls whose bubble is on the desk.
func (c *checker) bubbles() (ids []string) {
	for _, id := range c.order {
		if s := c.calls[id].shadow; s.Owner != "" && s.Desk == cc.BubbleDesk_DESK_SHOWN {
			ids = append(ids, id)
		}
	}
	return ids
}

// same compares two messages by what they are written as.
func same(a, b interface{ MarshalVT() ([]byte, error) }) bool {
	x, err1 := a.MarshalVT()
	y, err2 := b.MarshalVT()
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
