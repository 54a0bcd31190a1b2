package agent

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	cc "github.com/wirechief/wirechief/callcenter"
)

// TestRules runs the stories of testdata. Each file starts at second 0 with an agent nobody has heard of.
//
//	config         key=value...   agent, queue and policy from now on (see parseConfig); prints nothing
//	do             one command a line (see parseCommand); prints events, effects and the agent at the end
//	wait 10s       lets time pass; timers that come due are fired (call-answers: the call answers each probe)
//	counters       prints what the strategies order by (R67)
//	restart        the process starts again: the state is read back and resumed
func TestRules(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		r := newRig(t, directory(t, nil))
		conf := map[string]string{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			r.t = t
			r.out.Reset()
			switch d.Cmd {
			case "config":
				for _, a := range d.CmdArgs {
					conf[a.Key] = strings.Join(a.Vals, ",")
				}
				r.dir = directory(t, conf)
				return "ok\n"
			case "do":
				for line := range strings.Lines(d.Input) {
					r.out.WriteString(strings.TrimSpace(line) + "\n")
					r.printOutcome(r.do(parseCommand(t, r.dir, line)))
				}
			case "wait":
				r.story(d)
			case "restart":
				r.printEffects(r.restart())
			case "counters":
				sum := Summary(r.state)
				return fmt.Sprintf("last offer at %s, %d calls, %s talked\n", seconds(sum.LastOfferMs), sum.Calls, seconds(sum.TalkMs))
			default:
				t.Fatalf("%s: no directive %q", d.Pos, d.Cmd)
			}
			return r.out.String() + seconds(r.now) + " " + r.stateLine() + "\n"
		})
	})
}

// story waits and tells what fired: runs of probes in one line, timers whose number is no longer valid as stale.
func (r *rig) story(d *datadriven.TestData) {
	probes, first := 0, int64(0)
	flush := func() {
		if probes > 0 {
			fmt.Fprintf(&r.out, "%s calls are asked, %d times in all\n", seconds(first), probes)
		}
		probes = 0
	}
	r.answer = d.HasArg("call-answers")
	r.wait(parseMs(r.t, d.CmdArgs[0].Key), func(t cc.SetTimer, out cc.Outcome, err error) {
		stale := err == nil && len(out.Events)+len(out.Effects) == 0
		if (t.Name == timerProbe || t.Name == timerDesk) && !stale && len(out.Events) == 0 {
			if probes == 0 {
				first = r.now
			}
			probes++
			return
		}
		flush()
		if stale {
			fmt.Fprintf(&r.out, "%s stale timer %s\n", seconds(r.now), t.Name)
			return
		}
		fmt.Fprintf(&r.out, "%s timer %s\n", seconds(r.now), t.Name)
		r.printOutcome(out, err)
	})
	flush()
}

func parseMs(t failer, s string) int64 {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d.Milliseconds()
}

// parseConfig's keys: agent=removed; agent: queues, tenants, phone_only, other_calls, wrapup=mode,length[,max[,clock]];
// queue: during_direct, during_outbound; policy: on_miss, on_reject, max_misses.
func directory(t testing.TB, conf map[string]string) *cc.Directory {
	get := func(key, def string) string {
		if v, ok := conf[key]; ok {
			return v
		}
		return def
	}
	action := func(key string) cc.MissAction {
		return cc.MissAction(cc.MissAction_value["MISS_"+strings.ToUpper(get(key, "unavailable"))])
	}
	number := func(key, def string) int32 {
		n, err := strconv.Atoi(get(key, def))
		if err != nil {
			t.Fatal(err)
		}
		return int32(n)
	}
	policy := &cc.OfferPolicy{
		RingTimeoutMs: 30_000, OnMiss: action("on_miss"), OnReject: action("on_reject"), MaxMisses: number("max_misses", "1"),
		CooldownMs: 10_000, BusySkipMs: 10_000, Wrapup: wrapUpConfig(t, get("wrapup", "none")),
	}
	return cc.NewDirectory(&cc.Center{
		Company: "acme",
		Tenants: []*cc.Tenant{
			{Id: "plumbing", PresenceReasons: []string{"lunch", "training"}},
			{Id: "roofing", PresenceReasons: []string{"roof"}},
		},
		Queues: []*cc.Queue{
			{
				Id: "sales", Tenants: []string{"plumbing", "roofing"}, Offer: policy,
				OfferDuringDirect:   get("during_direct", "no") == "yes",
				OfferDuringOutbound: get("during_outbound", "yes") == "yes",
			},
			{Id: "billing", Tenants: []string{"plumbing"}, Offer: policy},
		},
		Agents: agentConfig(get, number),
	})
}

// agentConfig: nobody when agent=removed.
func agentConfig(get func(key, def string) string, number func(key, def string) int32) []*cc.Agent {
	if get("agent", "") == "removed" {
		return nil
	}
	return []*cc.Agent{{
		Id: "ann", Queues: strings.Split(get("queues", "sales"), ","), PhoneOnly: get("phone_only", "no") == "yes",
		Tenants: strings.Split(get("tenants", "plumbing"), ","), AnswerOn: cc.AnswerOn_ON_PHONE,
		MaxOtherCalls: number("other_calls", "0"),
	}}
}

func wrapUpConfig(t testing.TB, s string) *cc.WrapUp {
	parts := strings.Split(s, ",")
	mode, ok := cc.WrapUpMode_value["WRAPUP_"+strings.ToUpper(parts[0])]
	if !ok {
		t.Fatalf("no wrap-up mode %q", parts[0])
	}
	w := &cc.WrapUp{Mode: cc.WrapUpMode(mode), MaxMs: 600_000, Extensions: 2, ExtensionMs: 60_000}
	if len(parts) > 1 {
		w.LengthMs = parseMs(t, parts[1])
	}
	if len(parts) > 2 {
		w.MaxMs = parseMs(t, parts[2])
	}
	if len(parts) > 3 {
		w.EndsOnClose = parts[3] == "ends_on_close"
		w.Clock = cc.WrapUpClock(cc.WrapUpClock_value["WRAPUP_CLOCK_"+strings.ToUpper(parts[3])])
	}
	return w
}

// parseCommand reads one line, e.g. "reserve o1 c1", "ended o1 c1 missed", "set unavailable lunch by=sue".
func parseCommand(t testing.TB, dir *cc.Directory, line string) any {
	f := strings.Fields(line)
	arg := func(i int) string {
		if i < len(f) && !strings.Contains(f[i], "=") {
			return f[i]
		}
		return ""
	}
	named := func(key, def string) string {
		for _, s := range f {
			if v, ok := strings.CutPrefix(s, key+"="); ok {
				return v
			}
		}
		return def
	}
	enum := func(values map[string]int32, name string) int32 {
		n, ok := values[strings.ToUpper(name)]
		if !ok {
			t.Fatalf("%s: no value %q", line, name)
		}
		return n
	}
	epoch, err := strconv.ParseUint(named("epoch", "0"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	switch f[0] {
	case "seen":
		return &cc.NoticesSeen{}
	case "open":
		return &cc.SessionOpened{Session: arg(1)}
	case "close":
		return &cc.SessionClosed{Session: arg(1)}
	case "set":
		p := cc.Presence(enum(cc.Presence_value, arg(1)))
		return &cc.SetPresence{Presence: p, Reason: arg(2), By: named("by", "")}
	case "reserve":
		queue := named("queue", "sales")
		return &cc.Reserve{
			Offer: arg(1), Call: arg(2), Queue: queue, Tenant: named("tenant", "plumbing"),
			Policy: dir.Queue(queue).GetOffer(),
		}
	case "connecting":
		return &cc.OfferConnecting{Offer: arg(1), Call: arg(2)}
	case "ended":
		return &cc.OfferEnded{Offer: arg(1), Call: arg(2), Outcome: cc.OfferOutcome(enum(cc.OfferOutcome_value, arg(3))), Epoch: epoch}
	case "left":
		return &cc.LeftCall{Offer: arg(1), Call: arg(2), Cause: cc.EndCause(enum(cc.EndCause_value, "end_"+arg(3))), Epoch: epoch}
	case "held":
		m := &cc.TokenHeld{Offer: arg(1)}
		if arg(2) != "" {
			m.Call = &cc.DeskCallChanged{
				Call: arg(2), Class: cc.CallClass_QUEUE_CALL, State: cc.DeskCallState(enum(cc.DeskCallState_value, "desk_"+arg(3))),
			}
		}
		return m
	case "phone":
		return &cc.EndpointChanged{Up: arg(1) == "up"}
	case "finish":
		return &cc.FinishWrapUp{By: named("by", "")}
	case "extend":
		return &cc.ExtendWrapUp{}
	case "focus":
		return &cc.SetFocus{Call: arg(1), Epoch: epoch}
	case "gained":
		return &cc.BubbleGained{Call: arg(1), Epoch: epoch}
	case "lost":
		return &cc.BubbleLost{Call: arg(1), By: named("by", ""), Epoch: epoch}
	case "desk":
		if arg(2) == "gone" {
			return &cc.DeskCallChanged{Call: arg(1)}
		}
		return &cc.DeskCallChanged{
			Call: arg(1), Class: cc.CallClass(enum(cc.CallClass_value, arg(2)+"_call")),
			State:   cc.DeskCallState(enum(cc.DeskCallState_value, "desk_"+arg(3))),
			Dialled: slices.Contains(f, "dialled"), Consult: slices.Contains(f, "consult"),
			Emergency: slices.Contains(f, "emergency"), Conference: slices.Contains(f, "merged"),
			Bubble: slices.Contains(f, "bubble"), AtMs: parseMs(t, named("at", "0s")),
		}
	case "accept":
		return &cc.AcceptCall{
			Call: arg(1), Offer: named("offer", ""), Session: named("session", "s1"), HoldActive: slices.Contains(f, "hold_active"),
		}
	case "resume":
		return &cc.ResumeCall{Call: arg(1)}
	case "queue":
		return &cc.SetMembership{
			Queue: arg(1), Member: arg(2) == "on", UntilMs: parseMs(t, named("until", "0s")), By: named("by", ""),
		}
	case "hand":
		return &cc.RaiseHand{Call: arg(1), Up: arg(2) == "up", By: named("by", "")}
	case "removed":
		return &cc.AgentRemoved{}
	case "node-started":
		return &cc.NodeStarted{}
	case "timer":
		seq, _ := strconv.ParseUint(arg(2), 10, 64)
		return &cc.AgentTimer{Name: arg(1), Seq: seq}
	}
	t.Fatalf("no command %q", line)
	return nil
}
