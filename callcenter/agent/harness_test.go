package agent

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	cc "github.com/wirechief/wirechief/callcenter"
)

// failer is what tests, benchmarks and rapid's checks have in common.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// rig drives one agent as a shell would: it hands out commands, keeps the timers and carries time forward. After each
// decision it checks what holds for all of them.
type rig struct {
	t      failer
	dir    *cc.Directory
	now    int64
	state  *cc.AgentState
	replay *cc.AgentState // the same by Apply alone
	timers map[string]cc.SetTimer
	freed  map[string]int // offer -> times its token was given back
	steps  int
	grants int // how often the token was granted, went to talking, to wrap-up
	talks  int
	wraps  int
	waits  map[uint64]bool // swaps that somebody waits for
	answer bool            // the call answers probes with TokenHeld
	out    strings.Builder
}

var allTimers = []string{timerProbe, timerWrapUp, timerGrace, timerOffline, timerSwap, timerQueues, timerDesk}

func newRig(t failer, dir *cc.Directory) *rig {
	return &rig{
		t: t, dir: dir, state: New("ann", "acme"), replay: New("ann", "acme"),
		timers: map[string]cc.SetTimer{}, freed: map[string]int{},
		waits: map[uint64]bool{},
	}
}

// do decides one command and checks the decision.
func (r *rig) do(m any) (cc.Outcome, error) {
	r.t.Helper()
	r.steps++
	before := r.state.CloneVT()
	out, err := r.decide(r.state, m)
	again, _ := r.decide(before.CloneVT(), m)
	if !reflect.DeepEqual(encode(r.t, out.Events), encode(r.t, again.Events)) || len(out.Effects) != len(again.Effects) {
		r.t.Fatalf("%T decided twice gives two outcomes", m)
	}
	if err != nil && (len(out.Events)+len(out.Effects) > 0 || !proto.Equal(before, r.state)) {
		r.t.Fatalf("%T refused with %v but changed something", m, err)
	}
	for _, e := range out.Events {
		Apply(r.replay, e, r.now)
		if f := e.GetTokenFreed(); f != nil {
			r.freed[f.Offer]++
			if r.freed[f.Offer] > 1 {
				r.t.Fatalf("R16: the token of %s was given back %d times", f.Offer, r.freed[f.Offer])
			}
		}
		switch e.Message().(type) {
		case *cc.TokenGranted:
			r.grants++
		case *cc.TokenTalking:
			r.talks++
		case *cc.WrapUpStarted:
			r.wraps++
		}
		if g := e.GetTokenGranted(); g != nil && before.Token.GetState() > cc.TokenState_FREE {
			r.t.Fatalf("I1: granted to %s while held by %s", g.Offer, before.Token.Offer)
		}
	}
	if !proto.Equal(r.replay, r.state) {
		r.t.Fatalf("events do not rebuild the state\n%v\n%v", r.replay, r.state)
	}
	if len(out.Events) == 0 && !proto.Equal(before, r.state) {
		r.t.Fatalf("%T changed the state without an event", m)
	}
	r.keepTimers(out.Effects)
	r.check()
	return out, err
}

func (r *rig) decide(s *cc.AgentState, m any) (cc.Outcome, error) {
	ids := cc.NewIDs([]byte(fmt.Sprint("seed", r.steps)))
	return Decide(s, cc.NewCommand(m), cc.Env{NowMs: r.now, Dir: r.dir, IDs: ids})
}

func encode(t failer, events []*cc.Event) [][]byte {
	var all [][]byte
	for _, e := range events {
		raw, err := e.MarshalVT()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, raw)
	}
	return all
}

func (r *rig) keepTimers(effects []cc.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case cc.SetTimer:
			r.timers[e.Name] = e
		case cc.Await:
			r.waits[e.ID] = true
		case cc.Settle:
			delete(r.waits, e.ID)
		case cc.Forward:
			delete(r.waits, e.ID)
		}
	}
	for id := range r.waits {
		if w := r.state.Swap; w.GetId() != id || w.Held {
			r.t.Fatalf("R20: somebody waits for swap %d, which is over: %v", id, w)
		}
	}
}

// check is what holds in every state.
func (r *rig) check() {
	r.t.Helper()
	s := r.state
	state := s.Token.GetState()
	if s.NextPresence != cc.Presence_PRESENCE_UNKNOWN && state <= cc.TokenState_FREE {
		r.t.Fatalf("a presence is stored though the token is free: %v", s)
	}
	if s.Presence <= cc.Presence_OFFLINE && (state > cc.TokenState_FREE || s.GraceSeq != 0 || s.OfflineSeq != 0) {
		r.t.Fatalf("Offline with a token or a timer: %v", s)
	}
	if s.Presence != cc.Presence_UNAVAILABLE && s.Reason != "" {
		r.t.Fatalf("a reason without Unavailable: %v", s)
	}
	if len(s.EndedOffers) > MaxEndedOffers || len(s.Sessions) > MaxSessions || len(s.Calls) > MaxDeskCalls {
		r.t.Fatalf("a list passed its limit: %v", s)
	}
	r.checkSwap()
	if s.Hand != nil && !talksOn(s, s.Hand.Call) {
		r.t.Fatalf("R89: a hand is up on %s: %v", s.Hand.Call, s)
	}
	if due := queuesDueMs(s, nil); (due != 0) != (s.QueuesSeq != 0) ||
		due != 0 && (r.timers[timerQueues].Seq != s.QueuesSeq || r.timers[timerQueues].AtMs != due) {
		r.t.Fatalf("R97: a membership without its timer: %v", s)
	}
	if len(s.Calls) > 0 && r.timers[timerDesk].Seq != s.DeskSeq {
		r.t.Fatalf("calls on the desk, and nobody asks them: %v", s)
	}
	if state == cc.TokenState_WRAPUP {
		r.checkWrapUp(s.Token)
	} else if state > cc.TokenState_FREE {
		if p := r.timers[timerProbe]; p.Seq != s.Token.TimerSeq {
			r.t.Fatalf("a token is held and nobody asks the call: %v", s.Token)
		}
	}
}

// checkSwap: of two un-held calls that are not merged one is being held (R21), and a swap has its timer.
func (r *rig) checkSwap() {
	r.t.Helper()
	s := r.state
	if s.Swap == nil {
		for _, c := range append([]*cc.DeskCall{{Call: s.Token.GetCall()}}, s.Calls...) {
			if others := unheldBeside(s, c.Call); c.Call != "" && isUnheld(s, c.Call) && len(others) > 0 {
				r.t.Fatalf("R21: %s and %v are un-held: %v", c.Call, others, s)
			}
		}
		return
	}
	if r.timers[timerSwap].Seq != s.Swap.TimerSeq {
		r.t.Fatalf("R20: a swap without its timer: %v", s.Swap)
	}
	if d := s.Swap.DeadlineMs; d != 0 && r.now > d {
		r.t.Fatalf("R20: a swap ran %d ms past its deadline", r.now-d)
	}
}

// checkWrapUp is I6: the deadline is fixed and its timer runs, or the clock stands because of a call (R21) and what is
// left is kept; the cap is one of running clock.
func (r *rig) checkWrapUp(t *cc.Token) {
	r.t.Helper()
	if stands := t.WrapupPausedAtMs != 0; stands != (stopper(r.state) != "") {
		r.t.Fatalf("R21: the clock stands: %v, calls %v", stands, r.state.Calls)
	}
	if wrapUpRoomMs(t) < 0 {
		r.t.Fatalf("R32: wrap-up past its cap: %v", t)
	}
	if t.WrapupPausedAtMs != 0 {
		if t.WrapupUntilMs != 0 || t.TimerSeq != 0 || t.WrapupRemainingMs < 0 {
			r.t.Fatalf("I6: a clock that stands has a deadline: %v", t)
		}
		return
	}
	if w := r.timers[timerWrapUp]; w.Seq != t.TimerSeq || w.AtMs != t.WrapupUntilMs {
		r.t.Fatalf("I6: wrap-up without its timer: %v, timer %v", t, w)
	}
	if r.now > t.WrapupUntilMs {
		r.t.Fatalf("I6: wrap-up ran %d ms past its deadline", r.now-t.WrapupUntilMs)
	}
}

// wait carries time forward and fires each timer that comes due, in order of time and name.
func (r *rig) wait(ms int64, fired func(t cc.SetTimer, out cc.Outcome, err error)) {
	r.t.Helper()
	end := r.now + ms
	for {
		var next *cc.SetTimer
		for _, name := range allTimers {
			if t, ok := r.timers[name]; ok && t.AtMs <= end && (next == nil || t.AtMs < next.AtMs) {
				next = &t
			}
		}
		if next == nil {
			break
		}
		delete(r.timers, next.Name)
		r.now = max(r.now, next.AtMs)
		out, err := r.do(&cc.AgentTimer{Name: next.Name, Seq: next.Seq})
		if fired != nil {
			fired(*next, out, err)
		}
		if asked := next.Name == timerProbe && len(out.Effects) > 0; asked && r.answer {
			_, _ = r.do(&cc.TokenHeld{Offer: r.state.Token.Offer})
		}
	}
	r.now = end
}

// restart forgets all that is not in the journal: the state goes through its encoding, timers come from Resume.
func (r *rig) restart() []cc.Effect {
	r.t.Helper()
	raw, err := r.state.MarshalVT()
	if err != nil {
		r.t.Fatal(err)
	}
	state := &cc.AgentState{}
	if err := state.UnmarshalVT(raw); err != nil {
		r.t.Fatal(err)
	}
	before := r.timers
	r.state, r.timers = state, map[string]cc.SetTimer{}
	clear(r.waits)
	effects := Resume(state, r.now)
	again, _ := state.MarshalVT()
	if !bytes.Equal(raw, again) {
		r.t.Fatal("Resume changed the state")
	}
	r.keepTimers(effects)
	for _, name := range allTimers {
		if was, ok := before[name]; ok && r.running(was) && r.timers[name] != was {
			r.t.Fatalf("Resume forgot %v", was)
		}
	}
	r.check()
	return effects
}

// running says whether the state still waits for this timer.
func (r *rig) running(t cc.SetTimer) bool {
	s := r.state
	return t.Name != timerProbe && t.Name != timerSwap && t.Name != timerDesk && // asked at once
		slices.Contains([]uint64{s.GraceSeq, s.OfflineSeq, s.Token.GetTimerSeq(), s.QueuesSeq}, t.Seq)
}
