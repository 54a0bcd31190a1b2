package queues

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Scripts in testdata tell each rule as a story; -rewrite writes the answers anew, the diff is the review.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &script{}
		datadriven.RunTest(t, path, s.run)
	})
}

// script is the state of one story.
type script struct {
	m *Matcher
	t *testing.T
	d *datadriven.TestData
}

func (s *script) run(t *testing.T, d *datadriven.TestData) string {
	s.t, s.d = t, d
	handlers := map[string]func() string{
		"configure": s.configure, "agents": s.agents, "calls": s.calls, "gone": s.gone, "match": s.match,
		"refused": s.refused, "unmatched": s.unmatched, "wake": s.wake, "explain-call": s.explainCall,
		"explain-agent": s.explainAgent, "position": s.position, "stats": s.stats, "policy": s.policy, "fill": s.fill,
		"left": s.left, "redial": s.redial,
	}
	h := handlers[d.Cmd]
	if h == nil {
		d.Fatalf(t, "unknown command %q", d.Cmd)
	}
	return h()
}

func (s *script) now() int64 {
	var now int64
	s.d.ScanArgs(s.t, "now", &now)
	return now
}

// text is a named argument of the command.
func (s *script) text(name string) string {
	var v string
	s.d.ScanArgs(s.t, name, &v)
	return v
}

// line is one line of input: a name, then words and key=value settings.
type line struct {
	name string
	set  map[string]string
}

func (s *script) lines() []line {
	var out []line
	for text := range strings.SplitSeq(strings.TrimSpace(s.d.Input), "\n") {
		words := strings.Fields(text)
		l := line{name: words[0], set: map[string]string{}}
		for _, w := range words[1:] {
			k, v, _ := strings.Cut(w, "=")
			l.set[k] = v
		}
		out = append(out, l)
	}
	return out
}

func (l line) has(k string) bool { _, ok := l.set[k]; return ok }

func (l line) list(k string) []string {
	if l.set[k] == "" {
		return nil
	}
	return strings.Split(l.set[k], ",")
}

func (l line) num(k string) int64 {
	if !l.has(k) {
		return 0
	}
	n, err := strconv.ParseInt(l.set[k], 10, 64)
	if err != nil {
		panic(fmt.Sprintf("%s %s: %v", l.name, k, err))
	}
	return n
}

func (l line) numbers(k string) (out []int64) {
	for _, s := range l.list(k) {
		n, _ := strconv.ParseInt(s, 10, 64)
		out = append(out, n)
	}
	return out
}

// needs reads needs=gas:5@30000:3@60000:0,oil:1: a level, and from when on which is enough.
func (l line) needs() (out []*cc.SkillNeed) {
	for _, s := range l.list("needs") {
		steps := strings.Split(s, "@")
		name, level := skillLevel(steps[0])
		n := &cc.SkillNeed{Name: name, Level: level}
		for _, step := range steps[1:] {
			at, level := skillLevel(step)
			ms, _ := strconv.ParseInt(at, 10, 64)
			n.Relax = append(n.Relax, &cc.SkillStep{AfterMs: ms, Level: level})
		}
		out = append(out, n)
	}
	return out
}

func skillLevel(s string) (string, int32) {
	name, level, _ := strings.Cut(s, ":")
	n, _ := strconv.ParseInt(level, 10, 32)
	return name, int32(n)
}

func (l line) skills() (out []*cc.AgentSkill) {
	for _, s := range l.list("skills") {
		name, level := skillLevel(s)
		out = append(out, &cc.AgentSkill{Name: name, Level: level})
	}
	return out
}

// memberships reads tiers=sales:2 and positions=sales:1.
func (l line) memberships() (out []*cc.Membership) {
	for _, q := range l.list("queues") {
		m := &cc.Membership{Queue: q}
		for _, s := range l.list("tiers") {
			if name, n := skillLevel(s); name == q {
				m.Tier = n
			}
		}
		for _, s := range l.list("positions") {
			if name, n := skillLevel(s); name == q {
				m.Position = n
			}
		}
		out = append(out, m)
	}
	return out
}

func (l line) wrapup() *cc.WrapUp {
	if !l.has("wrapup") {
		return nil
	}
	mode, ms, _ := strings.Cut(l.set["wrapup"], ":")
	n, _ := strconv.ParseInt(ms, 10, 64)
	return &cc.WrapUp{
		Mode:     cc.WrapUpMode(cc.WrapUpMode_value["WRAPUP_"+strings.ToUpper(mode)]),
		LengthMs: n, MaxMs: l.num("wrapup-max"),
	}
}

// configure: lines "tenant ID ...", "queue ID ...", "agent ID ..." make a new configuration version.
func (s *script) configure() string {
	c := &cc.Center{Version: 1}
	if s.m != nil {
		c.Version = s.m.dir.Center.Version + 1
	}
	for _, l := range s.lines() {
		kind, id, _ := strings.Cut(l.name, ":")
		switch kind {
		case "tenant":
			c.Tenants = append(c.Tenants, &cc.Tenant{Id: id, Wrapup: l.wrapup()})
		case "queue":
			c.Queues = append(c.Queues, &cc.Queue{
				Id: id, Tenants: l.list("tenants"), Strategy: l.set["strategy"],
				OfferDuringOutbound: l.has("during-outbound"), OfferDuringDirect: l.has("during-direct"),
				Offer:  &cc.OfferPolicy{RingTimeoutMs: l.num("ring"), Wrapup: l.wrapup()},
				Skills: l.needs(), TierAfterMs: l.numbers("tiers"), PreferredWindowMs: l.num("window"),
				RingAllMax: int32(l.num("at-a-time")), MaxSize: int32(l.num("max-size")),
				SkipIf:         cc.SkipIf(cc.SkipIf_value["SKIP_"+strings.ToUpper(l.set["skip-if"])]),
				RedialWindowMs: l.num("redial"),
			})
		case "agent":
			c.Agents = append(c.Agents, &cc.Agent{
				Id: id, Tenants: l.list("tenants"), Queues: l.list("queues"), PhoneOnly: l.has("phone-only"),
				Wrapup: l.wrapup(), Skills: l.skills(), Memberships: l.memberships(),
			})
		default:
			s.d.Fatalf(s.t, "unknown kind %q", kind)
		}
	}
	var err error
	if s.m == nil {
		s.m, err = New(cc.NewDirectory(c), Limits{})
	} else {
		err = s.m.Configure(cc.NewDirectory(c))
	}
	if err != nil {
		return "error: " + err.Error()
	}
	return fmt.Sprintf("version %d", c.Version)
}

// agents: a line is an agent that is Available, with client and phone, token free, unless said otherwise.
func (s *script) agents() string {
	for _, l := range s.lines() {
		a := &cc.AgentSummary{
			Agent: l.name, Presence: cc.Presence_AVAILABLE, Token: cc.TokenState_FREE,
			Client: !l.has("no-client"), Endpoint: !l.has("no-phone"),
			IdleSinceMs: l.num("idle"), CooldownUntilMs: l.num("cooldown"), WrapupUntilMs: l.num("until"),
			LastOfferMs: l.num("last-offer"), Calls: int32(l.num("calls")), TalkMs: l.num("talk"), Call: l.set["call"],
		}
		if l.has("then-away") {
			a.NextPresence = cc.Presence_UNAVAILABLE
		}
		if l.has("unavailable") {
			a.Presence, a.Reason = cc.Presence_UNAVAILABLE, l.set["unavailable"]
		}
		if l.has("offline") {
			a.Presence = cc.Presence_OFFLINE
		}
		if l.has("token") {
			a.Token = cc.TokenState(cc.TokenState_value[strings.ToUpper(l.set["token"])])
		}
		a.QueuesAdded, a.QueuesRemoved = l.list("added"), l.list("removed")
		for _, b := range l.list("busy") {
			a.BusyDirect = a.BusyDirect || b == "direct"
			a.BusyInternal = a.BusyInternal || b == "internal"
			a.BusyOutbound = a.BusyOutbound || b == "outbound"
		}
		s.m.SetAgent(a)
	}
	return ""
}

// calls: a line is a waiting call; tried=AGENT@AT:REOFFER_AT,...
func (s *script) calls() string {
	for _, l := range s.lines() {
		w := &cc.WaitingCall{
			Call: l.name, Queue: l.set["queue"], Tenant: l.set["tenant"], EnqueuedMs: l.num("since"),
			PriorityMs: l.num("head-start"), Priority: int32(l.num("priority")), StrictPriority: l.has("strict"),
			Offered: l.has("offered") || l.has("ringing"), Connected: l.has("connected"),
			EnteredMs: l.num("entered"), Skills: l.needs(), Preferred: l.set["preferred"], Caller: l.set["caller"],
			Place: l.set["place"], JoinedMs: l.num("joined"), Ringing: l.list("ringing"),
		}
		for _, x := range l.list("tried") {
			t := &cc.TriedAgent{Outcome: cc.OfferOutcome_MISSED}
			agent, times, _ := strings.Cut(x, "@")
			if _, err := fmt.Sscanf(times, "%d:%d", &t.AtMs, &t.ReofferAtMs); err != nil {
				s.d.Fatalf(s.t, "tried %q: %v", x, err)
			}
			t.Agent = agent
			w.Tried = append(w.Tried, t)
		}
		s.m.SetCall(w)
	}
	return ""
}

// gone: calls and agents that are no more.
func (s *script) gone() string {
	for _, l := range s.lines() {
		s.m.RemoveCall(l.name)
		s.m.RemoveAgent(l.name)
	}
	return ""
}

func (s *script) match() string {
	var b strings.Builder
	for _, p := range s.m.Match(s.now()) {
		fmt.Fprintf(&b, "%s -> %s  queue=%s tenant=%q by %s", p.Call, p.Agent, p.Queue, p.Tenant, p.Explain.RankKey)
		if len(p.Explain.Next) > 0 {
			fmt.Fprintf(&b, " next=%s", strings.Join(p.Explain.Next, ","))
		}
		for _, e := range p.Explain.Excluded {
			fmt.Fprintf(&b, " %s=%d", e.Code, e.Count)
		}
		if p.Explain.Group > 0 {
			fmt.Fprintf(&b, " group=%d", p.Explain.Group)
		}
		b.WriteByte('\n')
	}
	if b.Len() == 0 {
		return "nobody"
	}
	return b.String()
}

func (s *script) refused() string {
	s.m.Refused(s.text("call"), s.text("agent"), cc.Offline, s.now())
	return ""
}

func (s *script) unmatched() string {
	return strings.Join(append([]string{"told:"}, s.m.Unmatched(s.now())...), " ")
}

func (s *script) wake() string {
	if at, ok := s.m.NextWake(s.now()); ok {
		return fmt.Sprint(at)
	}
	return "never"
}

func (s *script) explainCall() string {
	x := s.m.ExplainCall(s.text("call"), s.now())
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s: %s, position %d\n", x.Call, x.Queue, x.State, x.Position)
	for _, a := range x.Agents {
		if a.Rank > 0 {
			fmt.Fprintf(&b, "%s: %d. by %s, %s\n", a.Agent, a.Rank, a.RankKey, orYes(a.Reason))
		} else {
			fmt.Fprintf(&b, "%s: %s\n", a.Agent, a.Reason)
		}
	}
	return b.String()
}

func (s *script) explainAgent() string {
	x := s.m.ExplainAgent(s.text("agent"), s.now())
	var b strings.Builder
	for _, q := range x.Queues {
		fmt.Fprintf(&b, "queue %s, %d waiting: %s\n", q.Queue, q.Waiting, orYes(q.Reason))
	}
	for _, c := range x.Calls {
		fmt.Fprintf(&b, "call %s of %s: %s\n", c.Call, c.Queue, orYes(c.Reason))
	}
	return b.String()
}

func orYes(r Reason) string {
	if r.OK() {
		return "eligible"
	}
	return r.String()
}

func (s *script) position() string {
	if p, ok := s.m.Position(s.text("call")); ok {
		return fmt.Sprint(p)
	}
	return "in no queue"
}

func (s *script) stats() string {
	q, ok := s.m.QueueStats(s.text("queue"), s.now())
	if !ok {
		return "no such queue"
	}
	return fmt.Sprintf("waiting=%d offered=%d longest=%dms members=%d available=%d others=%v",
		q.Waiting, q.Offered, q.LongestWaitMs, q.Members, q.Available, q.ByCode)
}

// left: callers who hung up while waiting, NAME queue=Q caller=N since=MS at=MS.
func (s *script) left() string {
	for _, l := range s.lines() {
		s.m.SetLeft(&cc.LeftPlace{
			Call: l.name, Queue: l.set["queue"], Tenant: l.set["tenant"], Caller: l.set["caller"],
			EnqueuedMs: l.num("since"), EnteredMs: l.num("entered"), LeftMs: l.num("at"),
		})
	}
	return ""
}

// redial: the place that a caller finds who comes now.
func (s *script) redial() string {
	var tenant string
	s.d.MaybeScanArgs(s.t, "tenant", &tenant)
	r, ok := s.m.Redial(s.text("queue"), tenant, s.text("caller"), s.now())
	switch {
	case !ok:
		return "a new place"
	case r.Waiting:
		return fmt.Sprintf("shares the place of %s, since %d", r.Call, r.EnqueuedMs)
	}
	return fmt.Sprintf("takes the place of %s, since %d", r.Call, r.EnqueuedMs)
}

// fill: what a call that comes now finds, and whether it enters.
func (s *script) fill() string {
	f, ok := s.m.Fill(s.text("queue"))
	if !ok {
		return "no such queue"
	}
	why := s.m.dir.Queue(s.text("queue")).Admit(f)
	if why == "" {
		why = "enters"
	}
	return fmt.Sprintf("waiting=%d online=%d available=%d: %s", f.Waiting, f.Online, f.Available, why)
}

// policy: what an offer of the queue to the agent for a call of the tenant carries.
func (s *script) policy() string {
	dir := s.m.dir
	p := ResolvePolicy(dir.Queue(s.text("queue")), dir.Agent(s.text("agent")), dir.Tenant(s.text("tenant")))
	return fmt.Sprintf("ring=%d connect=%d on_miss=%s on_reject=%s reoffer=%d wrapup=%s %d of at most %d",
		p.RingTimeoutMs, p.ConnectTimeoutMs, p.OnMiss, p.OnReject, p.ReofferAfterMs,
		p.Wrapup.Mode, p.Wrapup.LengthMs, p.Wrapup.MaxMs)
}
