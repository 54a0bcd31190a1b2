package call

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
)

// world drives one call by random commands and remembers what the outcomes have promised.
type world struct {
	t      *rapid.T
	dir    *cc.Directory
	s      *cc.CallState
	nowMs  int64
	steps  uint64
	timers map[string]cc.SetTimer

	ended     int               // CallEnded seen
	open      map[string]bool   // offers without an outcome yet: one, with ring_all several
	offers    map[string]int    // outcomes by offer: exactly one each
	owner     string            // I4
	epoch     uint64            //
	talkingMs int64             // since when, 0 = nobody talks
	talkMs    int64             // sum of all talks
	legs      map[string]bool   // legs that are up as the outside sees them
	recs      map[string]bool   // recordings that run
	heard     map[string]string // what the caller hears
	manual    bool              // there is no call
}

func newWorld(t *rapid.T) *world {
	c := demoCenter()
	c.Queues[0].MaxOffers = int32(rapid.IntRange(0, 4).Draw(t, "max_offers"))
	c.Queues[0].MaxWaitMs = int64(rapid.SampledFrom([]int{0, 20_000}).Draw(t, "max_wait"))
	c.Numbers[0].Connect = cc.ConnectMode(rapid.IntRange(0, 2).Draw(t, "connect"))
	c.Tenants[0].Record = rapid.Bool().Draw(t, "record")
	if rapid.IntRange(0, 2).Draw(t, "ring all") == 0 {
		c.Queues[0].Strategy, c.Queues[0].RingAllMax = cc.RingAll, int32(rapid.IntRange(1, 3).Draw(t, "ring_max"))
	}
	c.Queues[0].RedialWindowMs = int64(rapid.SampledFrom([]int{0, 120_000}).Draw(t, "redial"))
	if rapid.Bool().Draw(t, "two queues") {
		c.Workflows[0].Steps = append(c.Workflows[0].Steps, &cc.WorkflowStep{Queue: "overflow"})
	}
	return &world{
		t: t, dir: cc.NewDirectory(c), s: &cc.CallState{}, nowMs: epochMs, timers: map[string]cc.SetTimer{},
		open: map[string]bool{}, offers: map[string]int{}, legs: map[string]bool{}, recs: map[string]bool{}, heard: map[string]string{},
	}
}

// decide runs one command with every check that holds for any command.
func (w *world) decide(m any) {
	before := w.s.CloneVT()
	was := w.s.CloneVT()
	w.steps++
	env := cc.Env{NowMs: w.nowMs, Dir: w.dir, IDs: cc.NewIDs([]byte(fmt.Sprint(w.steps)))}
	out, err := Decide(w.s, cc.NewCommand(m), env)
	if err != nil {
		require.Empty(w.t, out.Events)
		require.Empty(w.t, out.Effects)
		require.True(w.t, proto.Equal(before, w.s), "refused, yet changed")
		return
	}
	terminal := before.Phase == cc.CallPhase_ENDED
	for _, e := range out.Events {
		b, err := e.MarshalVT()
		require.NoError(w.t, err)
		read := &cc.Event{}
		require.NoError(w.t, read.UnmarshalVT(b))
		Apply(before, read, w.nowMs)
		w.event(e.Message())
	}
	require.True(w.t, proto.Equal(before, w.s), "replay: %v\n%v", before, w.s)
	checkDesk(w.t, was, w.s)
	if terminal {
		require.Equal(w.t, cc.CallPhase_ENDED, w.s.Phase)
	}
	w.over(m)
	for _, e := range out.Effects {
		w.effect(e)
	}
	w.invariants()
}

// over: what the command itself says has ended.
func (w *world) over(m any) {
	switch m := m.(type) {
	case *cc.LegFailed:
		delete(w.legs, m.Leg)
	case *cc.LegEnded:
		delete(w.legs, m.Leg)
	}
}

func (w *world) event(m any) {
	switch m := m.(type) {
	case *cc.CallEnded:
		w.ended++
		require.NotZero(w.t, m.Cause)
		w.leave()
	case *cc.AgentLeft:
		w.leave()
	case *cc.OfferMade:
		require.Less(w.t, len(w.open), max(1, int(w.s.RingMax)), "too many offers at once")
		_, again := w.offers[m.Offer.Id]
		require.False(w.t, again, "offer %s made twice", m.Offer.Id)
		w.open[m.Offer.Id], w.offers[m.Offer.Id] = true, 0
	case *cc.OfferClosed:
		require.Contains(w.t, w.open, m.Offer)
		require.NotEqual(w.t, cc.OfferOutcome_ANSWERED, m.Outcome)
		delete(w.open, m.Offer)
		w.offers[m.Offer]++
	case *cc.Answered:
		require.Equal(w.t, map[string]bool{m.Offer: true}, w.open, "the others are closed before")
		delete(w.open, m.Offer)
		w.offers[m.Offer]++
		w.newOwner(m.Agent, m.OwnerEpoch)
		w.talkingMs = w.nowMs
	case *cc.BubbleClaimed:
		require.Empty(w.t, w.owner)
		w.newOwner(m.Agent, m.Epoch)
	case *cc.BubbleTaken:
		require.Equal(w.t, w.owner, m.From)
		w.newOwner(m.Agent, m.Epoch)
	}
}

func (w *world) newOwner(agent string, epoch uint64) {
	require.Equal(w.t, w.epoch+1, epoch)
	w.owner, w.epoch = agent, epoch
}

func (w *world) leave() {
	if w.talkingMs != 0 {
		w.talkMs += w.nowMs - w.talkingMs
		w.talkingMs = 0
	}
}

func (w *world) effect(e cc.Effect) {
	switch e := e.(type) {
	case cc.SetTimer:
		w.timers[e.Name] = e
	case cc.RingCaller:
		w.legs[e.Leg] = true
	case cc.ConnectCaller:
		w.legs[e.Leg] = true
	case cc.DialAgent:
		require.False(w.t, w.legs[e.Leg], "dialled twice")
		w.legs[e.Leg] = true
	case cc.EndLeg:
		delete(w.legs, e.Leg)
	case cc.RejectCaller:
		delete(w.legs, e.Leg)
	case cc.StartRecording:
		w.recs[e.Recording] = true
	case cc.StopRecording:
		delete(w.recs, e.Recording)
	case cc.Bridge:
		w.heard[e.Caller] = e.Agent
	case cc.PlayHold:
		w.heard[e.Leg] = "hold"
	}
}

// invariants of the state, whatever has happened (I2, I4).
func (w *world) invariants() {
	t, s := w.t, w.s
	if w.manual {
		require.Equal(t, cc.CallPhase_ENDED, s.Phase)
		require.Equal(t, w.owner, s.Owner)
		require.Equal(t, w.epoch, s.OwnerEpoch)
		return
	}
	require.Equal(t, s.Phase == cc.CallPhase_ENDED, s.EndCause != cc.EndCause_END_NONE)
	require.LessOrEqual(t, w.ended, 1)
	require.Equal(t, s.Phase == cc.CallPhase_OFFERED, s.Offer != nil)
	require.Equal(t, len(w.open), openCount(s))
	require.LessOrEqual(t, len(s.PlaceTells), maxPlaceTells)
	require.LessOrEqual(t, len(s.Sharers), maxSharers)
	require.Equal(t, s.Phase == cc.CallPhase_BRIDGED, s.Agent != "")
	require.NotEqual(t, cc.CallPhase_ARRIVED, s.Phase)
	require.Equal(t, w.owner, s.Owner)
	require.Equal(t, w.epoch, s.OwnerEpoch)
	require.Equal(t, w.talkMs, talkMs(s))
	require.LessOrEqual(t, holdMs(s), talkMs(s)+w.nowMs-max(w.talkingMs, epochMs))
	require.LessOrEqual(t, len(s.Tells), maxTells)
	require.True(t, slices.IsSortedFunc(s.Tried, func(a, b *cc.TriedAgent) int {
		if a.Agent < b.Agent {
			return -1
		}
		return 1
	}))
	for id, n := range w.offers {
		want := 1
		if w.open[id] {
			want = 0
		}
		require.Equal(t, want, n, "outcomes of %s", id)
	}
	w.outside()
	require.Equal(t, s.Phase == cc.CallPhase_WAITING || s.Phase == cc.CallPhase_OFFERED, Waiting(s) != nil)
	require.Equal(t, s.Class != 0, s.Phase == cc.CallPhase_ENDED)
}

// outside: legs, recordings and audio are what the phase says; nothing is left up.
func (w *world) outside() {
	t, s := w.t, w.s
	for leg := range w.legs {
		up := leg == s.LegCaller && s.Phase != cc.CallPhase_ENDED || leg == s.LegAgent && s.LegAgent != "" ||
			OfLeg(s, leg).GetDialled()
		require.True(t, up, "leg %s is left up in %s", leg, s.Phase)
	}
	switch {
	case s.Phase == cc.CallPhase_BRIDGED && !s.Held:
		require.Equal(t, s.LegAgent, w.heard[s.LegCaller])
	case s.Phase != cc.CallPhase_ENDED && s.ConnectedMs != 0:
		require.Equal(t, "hold", w.heard[s.LegCaller])
	}
	if s.Phase == cc.CallPhase_BRIDGED && s.Recording != "" {
		require.True(t, w.recs[s.Recording])
	} else {
		require.Empty(t, w.recs)
	}
}

// pass lets time go by and fires what is due.
func (w *world) pass(ms int64) {
	until := w.nowMs + ms
	for range 10_000 {
		next := ""
		for _, name := range slices.Sorted(maps.Keys(w.timers)) {
			if t := w.timers[name]; t.AtMs <= until && (next == "" || t.AtMs < w.timers[next].AtMs) {
				next = name
			}
		}
		if next == "" {
			w.nowMs = until
			return
		}
		t := w.timers[next]
		delete(w.timers, next)
		w.nowMs = max(w.nowMs, t.AtMs)
		w.decide(&cc.CallTimer{Name: t.Name, Seq: t.Seq})
	}
	w.t.Fatal("timers never rest")
}

func TestAnyOrderOfCommands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		arrive := &cc.Arrive{Call: "call-1", Leg: "c", Dialled: "+15550100", Caller: "+15551234"}
		if rapid.Bool().Draw(t, "redials") {
			arrive.Found = []*cc.QueueFound{{
				Queue: "sales", Redial: "call-0", RedialWaits: rapid.Bool().Draw(t, "waits"), EnqueuedMs: epochMs - 9_000,
				EnteredMs: epochMs - 8_000,
			}}
		}
		w.decide(arrive)
		for range rapid.IntRange(1, 60).Draw(t, "commands") {
			w.pass(rapid.SampledFrom([]int64{0, 0, 1, 900, 5_000, 31_000}).Draw(t, "pass"))
			w.decide(w.anyCommand())
		}
		w.finish()
	})
}

// finish: however it went, the call ends, every agent is told, every recording finished, the bubble leaves the desk.
func (w *world) finish() {
	w.decide(&cc.LegEnded{Leg: "c"})
	for len(w.s.PlaceTells) > 0 {
		w.decide(&cc.PlaceHeard{From: w.s.PlaceTells[0].Call, Told: w.s.PlaceTells[0].Told})
	}
	w.checkTold()
	for _, rec := range slices.Clone(w.s.OpenRecordings) {
		w.decide(&cc.RecordingDone{Recording: rec})
	}
	w.pass(25 * 60 * 60_000)
	w.checkTold()
	require.True(w.t, Done(w.s), "%v", w.s)
	require.Empty(w.t, Resume(w.s, w.nowMs))
}

// checkTold: what is not acknowledged is told again by the timer and by Resume, each time whole, until it is.
func (w *world) checkTold() {
	for len(w.s.Tells)+len(w.s.BubbleTells) > 0 {
		env := cc.Env{NowMs: w.nowMs, Dir: w.dir}
		out, err := Decide(w.s, cc.NewCommand(&cc.CallTimer{Name: TimerTell, Seq: w.s.TellSeq}), env)
		require.NoError(w.t, err)
		require.Empty(w.t, out.Events)
		require.Len(w.t, out.Effects, len(w.s.Tells)+len(w.s.BubbleTells)+1)
		again := 0
		for _, e := range Resume(w.s, w.nowMs) {
			if _, ok := e.(cc.TellAgent); ok {
				again++
			}
		}
		require.Equal(w.t, len(w.s.Tells)+len(w.s.BubbleTells), again)
		if len(w.s.Tells) > 0 {
			t := w.s.Tells[0]
			w.decide(&cc.TellAcked{Agent: t.Agent, Offer: t.Offer, Left: t.Left})
			continue
		}
		t := w.s.BubbleTells[0]
		w.decide(&cc.BubbleAcked{Agent: t.Agent, Epoch: t.Epoch, Lost: t.Lost})
	}
}
