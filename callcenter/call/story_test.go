package call

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"google.golang.org/protobuf/proto"

	cc "github.com/wirechief/wirechief/callcenter"
)

// epochMs is time 0s of every story: far enough from zero that an unset time is seen.
const epochMs = 1_000_000_000

// story runs one call through a script. Armed timers fire by themselves when a later line's time passes them. Agents
// acknowledge what they are told at once and unseen, unless the story says `acks manual`.
type story struct {
	t          *testing.T
	dir        *cc.Directory
	center     *cc.Center
	s          *cc.CallState
	nowMs      int64
	timers     map[string]cc.SetTimer
	manualAcks bool
	found      []*cc.QueueFound // what the next queues look like when the queue's patience ends
	steps      uint64
	out        strings.Builder
}

func newStory(t *testing.T) *story {
	st := &story{t: t, center: demoCenter(), s: &cc.CallState{}, nowMs: epochMs, timers: map[string]cc.SetTimer{}}
	st.dir = cc.NewDirectory(st.center)
	return st
}

// TestRules plays the scripts in testdata/rules. Each file is named after the rules it shows.
func TestRules(t *testing.T) {
	datadriven.Walk(t, "testdata/rules", func(t *testing.T, path string) {
		var st *story
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "center", "change": // a fresh demo center, or the one in force changed
				if d.Cmd == "center" {
					st = newStory(t)
				}
				st.center = proto.Clone(st.center).(*cc.Center)
				for _, a := range d.CmdArgs {
					st.configure(d, a)
				}
				st.dir = cc.NewDirectory(st.center)
				return ""
			case "call":
				if st == nil {
					st = newStory(t)
				}
				st.s, st.nowMs, st.timers, st.manualAcks = &cc.CallState{}, epochMs, map[string]cc.SetTimer{}, false
				st.found = nil
			case "then":
			default:
				d.Fatalf(t, "unknown directive %s", d.Cmd)
			}
			st.t = t
			st.out.Reset()
			for line := range strings.SplitSeq(strings.TrimSpace(d.Input), "\n") {
				st.line(line)
			}
			st.fireUntil(st.nowMs) // what is due at once
			return st.out.String()
		})
	})
}

// configure changes the demo center: queue.max_size=1, tenant.record=false, number.connect=on_queue and the like.
func (st *story) configure(d *datadriven.TestData, a datadriven.CmdArg) {
	room, field, _ := strings.Cut(a.Key, ".")
	var m proto.Message
	switch room {
	case "queue":
		m = st.center.Queues[0]
	case "offer":
		m = st.center.Queues[0].Offer
	case "tenant":
		m = st.center.Tenants[0]
	case "number":
		m = st.center.Numbers[0]
	case "reason":
		m = st.center.Reasons[0]
	case "desk":
		if st.center.Tenants[0].Desk == nil {
			st.center.Tenants[0].Desk = &cc.DeskPolicy{}
		}
		m = st.center.Tenants[0].Desk
	case "action": // action.email=true
		for _, v := range a.Vals {
			st.center.Tenants[0].LinkActions = append(st.center.Tenants[0].LinkActions,
				&cc.LinkAction{Action: field, Links: v == "true"})
		}
		return
	case "block": // block.+15550777=<until ms>
		for _, v := range a.Vals {
			until, _ := strconv.ParseInt(v, 10, 64)
			st.center.Tenants[0].Blocks = append(st.center.Tenants[0].Blocks,
				&cc.BlockedCaller{Number: field, UntilMs: until})
		}
		return
	case "gone": // a queue is taken out
		st.center.Queues = slices.DeleteFunc(st.center.Queues, func(q *cc.Queue) bool { return q.Id == a.Vals[0] })
		return
	case "step": // of the workflow, the last
		m = st.center.Workflows[0].Steps[len(st.center.Workflows[0].Steps)-1]
	case "skill": // a need of the last step
		level, _ := strconv.Atoi(a.Vals[0])
		last := st.center.Workflows[0].Steps[len(st.center.Workflows[0].Steps)-1]
		last.Skills = append(last.Skills, &cc.SkillNeed{Name: field, Level: int32(level)})
		return
	case "workflow":
		st.center.Workflows[0].Steps = nil
		for _, q := range a.Vals {
			if q != "" {
				st.center.Workflows[0].Steps = append(st.center.Workflows[0].Steps, &cc.WorkflowStep{Queue: q})
			}
		}
		return
	default:
		d.Fatalf(st.t, "unknown setting %s", a.Key)
	}
	for _, v := range a.Vals {
		setField(st.t, m, field, v)
	}
}

// line is "<time> <command> <args>": what is due before is fired first.
func (st *story) line(line string) {
	words := strings.Fields(line)
	after, err := time.ParseDuration(words[0])
	if err != nil {
		st.t.Fatalf("%q: %v", line, err)
	}
	atMs := epochMs + after.Milliseconds()
	st.fireUntil(atMs)
	st.nowMs = atMs
	switch {
	case len(words) == 1: // only let the time pass
	case words[1] == "acks":
		st.manualAcks = words[2] == "manual"
	case words[1] == "found":
		st.found = nil
		for _, w := range words[2:] {
			st.found = append(st.found, parseFound(st.t, w))
		}
	case words[1] == "down": // the process is gone, and its timers with it
		st.timers = map[string]cc.SetTimer{}
	case words[1] == "resume":
		st.resume(line)
	case words[1] == "state":
		fmt.Fprintf(&st.out, "%s\n%s", line, st.stateLine())
	case words[len(words)-1] == "quietly": // only where it leads to
		before := st.out.Len()
		st.step("", st.parse(words[1:len(words)-1]))
		st.cut(before)
		fmt.Fprintf(&st.out, "%s\n%s", line, st.stateLine())
	default:
		st.step(line, st.parse(words[1:]))
	}
}

func (st *story) cut(length int) {
	keep := st.out.String()[:length]
	st.out.Reset()
	st.out.WriteString(keep)
}

func (st *story) fireUntil(atMs int64) {
	for {
		var due []cc.SetTimer
		for _, t := range st.timers {
			if t.AtMs <= atMs {
				due = append(due, t)
			}
		}
		if len(due) == 0 {
			return
		}
		sort.Slice(due, func(i, j int) bool {
			return due[i].AtMs < due[j].AtMs || due[i].AtMs == due[j].AtMs && due[i].Name < due[j].Name
		})
		t := due[0]
		delete(st.timers, t.Name)
		st.nowMs = max(st.nowMs, t.AtMs)
		before := st.out.Len()
		if !st.step(fmt.Sprintf("%s timer %s", ago(st.nowMs), t.Name), st.timer(t)) {
			st.cut(before) // a timer that found nothing to do is not told
		}
	}
}

func (st *story) timer(t cc.SetTimer) *cc.CallTimer {
	m := &cc.CallTimer{Name: t.Name, Seq: t.Seq}
	if t.Name == TimerMaxWait {
		m.Found = st.found
	}
	return m
}

// step decides one command and prints it; false: nothing came of it.
func (st *story) step(title string, m any) bool {
	before := proto.Clone(st.s).(*cc.CallState)
	st.steps++
	env := cc.Env{NowMs: st.nowMs, Dir: st.dir, IDs: cc.NewIDs([]byte(fmt.Sprint("seed", st.steps)))}
	out, err := Decide(st.s, cc.NewCommand(m), env)
	fmt.Fprintln(&st.out, title)
	if err == nil && out.Refusal != nil {
		fmt.Fprintf(&st.out, "  told %s%s\n", out.Refusal, details(out.Refusal))
	}
	if err != nil {
		if !proto.Equal(before, st.s) {
			st.t.Fatalf("%s: refused, yet the state changed", title)
		}
		fmt.Fprintf(&st.out, "  refused %s%s\n", err, details(err))
		return true
	}
	for _, e := range out.Events {
		fmt.Fprintf(&st.out, "  %s\n", show(e.Message().(proto.Message), e.Name()))
	}
	for _, e := range out.Effects {
		if t, ok := e.(cc.SetTimer); ok {
			st.timers[t.Name] = t
			if t.Name == TimerTell && !st.manualAcks {
				continue
			}
		}
		fmt.Fprintf(&st.out, "  > %s\n", showEffect(e))
	}
	if len(out.Events) > 0 {
		st.out.WriteString(st.stateLine())
	} else if len(out.Effects) == 0 {
		fmt.Fprintln(&st.out, "  nothing")
	}
	st.replay(before, out)
	if !st.manualAcks {
		st.ackAll()
	}
	return len(out.Events)+len(out.Effects) > 0
}

// replay: the events alone give the same state.
func (st *story) replay(before *cc.CallState, out cc.Outcome) {
	for _, e := range out.Events {
		b, err := e.MarshalVT()
		if err != nil {
			st.t.Fatal(err)
		}
		var read cc.Event
		if err := read.UnmarshalVT(b); err != nil {
			st.t.Fatal(err)
		}
		Apply(before, &read, st.nowMs)
	}
	if !proto.Equal(before, st.s) {
		st.t.Fatalf("replay differs:\n%v\n%v", before, st.s)
	}
}

func (st *story) ackAll() {
	for len(st.s.PlaceTells) > 0 {
		t := st.s.PlaceTells[0]
		c := cc.NewCommand(&cc.PlaceHeard{From: t.Call, Told: t.Told})
		if _, err := Decide(st.s, c, cc.Env{NowMs: st.nowMs, Dir: st.dir}); err != nil {
			st.t.Fatal(err)
		}
	}
	for len(st.s.Tells) > 0 {
		t := st.s.Tells[0]
		c := cc.NewCommand(&cc.TellAcked{Agent: t.Agent, Offer: t.Offer, Left: t.Left})
		if _, err := Decide(st.s, c, cc.Env{NowMs: st.nowMs, Dir: st.dir}); err != nil {
			st.t.Fatal(err)
		}
	}
	for len(st.s.BubbleTells) > 0 {
		t := st.s.BubbleTells[0]
		c := cc.NewCommand(&cc.BubbleAcked{Agent: t.Agent, Epoch: t.Epoch, Lost: t.Lost})
		if _, err := Decide(st.s, c, cc.Env{NowMs: st.nowMs, Dir: st.dir}); err != nil {
			st.t.Fatal(err)
		}
	}
}

func (st *story) resume(line string) {
	fmt.Fprintln(&st.out, line)
	st.timers = map[string]cc.SetTimer{}
	for _, e := range Resume(st.s, st.nowMs) {
		if t, ok := e.(cc.SetTimer); ok {
			st.timers[t.Name] = t
		}
		fmt.Fprintf(&st.out, "  > %s\n", showEffect(e))
	}
}

func ago(ms int64) string {
	d := time.Duration(ms-epochMs) * time.Millisecond
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func details(err error) string {
	var b strings.Builder
	if e, ok := errors.AsType[*cc.Error](err); ok {
		for _, d := range e.Details {
			b.WriteString(" " + d.Name + "=" + strconv.Quote(d.Value))
		}
	}
	return b.String()
}
