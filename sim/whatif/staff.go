package whatif

import (
	"maps"
	"slices"
	"strconv"

	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/agent"
	"github.com/wirechief/wirechief/callcenter/call"
)

// What agents do of whom nothing was seen.
const (
	defaultAnswerMs = 4_000
	defaultBackMs   = 60_000
	defaultTalkMs   = 180_000
	connectMs       = 300 // from a client's accept to the phone's answer
	rangMs          = 100 // until the phone rings
)

// pools are what was seen of all, for whom little was.
type pools struct {
	talks     map[string][]int64 // by queue; "": all
	wraps     []int64
	reactions []reaction
	backs     []int64
}

func gatherPools(h *history) pools {
	p := pools{talks: map[string][]int64{}}
	for _, a := range h.arrivals {
		if a.answered && a.over {
			p.talks[a.queue] = append(p.talks[a.queue], a.talkMs)
			p.talks[""] = append(p.talks[""], a.talkMs)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(h.agents)) {
		w := h.agents[id]
		p.wraps = append(p.wraps, w.wraps...)
		p.reactions = append(p.reactions, w.reactions...)
		p.backs = append(p.backs, w.backs...)
	}
	return p
}

// complete gives the offers that others cut short an end: one that the agent showed after as long a time. Else quick
// answers would count too much.
func (a *watched) complete() {
	seen := slices.Clone(a.reactions)
	for i, ms := range a.cut {
		var later []reaction
		for _, r := range seen {
			if r.afterMs >= ms {
				later = append(later, r)
			}
		}
		if len(later) > 0 {
			a.reactions = append(a.reactions, later[i%len(later)])
		}
	}
	a.cut = nil
}

// talk is how long a call takes once answered: as it did, or as others of its queue did.
func (p *pools) talk(a *arrival, seed uint64) int64 {
	if a.answered && a.over {
		return a.talkMs
	}
	list := p.talks[a.queue]
	if len(list) == 0 {
		list = p.talks[""]
	}
	return pick(newDice(seed, "talk", a.id), list, defaultTalkMs)
}

// simAgent is one agent with their phone.
type simAgent struct {
	w     *world
	s     *cc.AgentState
	like  *watched // whose presence and manners they have
	wants wish
	react reaction // to the offer that is open
	downs int      // times that an offer made them Unavailable
}

const (
	session    = "what-if"
	probeTimer = "probe" // asks a silent call; nothing is lost here, so nobody need ask
)

// people puts everybody of every configuration into place. Of whom the journal shows nothing takes after a colleague who
// shares a queue, one after the other.
func (w *world) people(configs []version) {
	known := slices.Sorted(maps.Keys(w.h.agents))
	used := map[string]int{}
	for _, v := range configs {
		for _, cfg := range v.dir.Center.Agents {
			if w.agents[cfg.Id] != nil {
				continue
			}
			a := &simAgent{w: w, s: agent.New(cfg.Id, v.dir.Center.Company), like: w.h.agents[cfg.Id]}
			if a.like == nil && len(cfg.Queues) > 0 {
				a.like = w.colleague(v.dir, cfg, known, used)
			}
			if a.like == nil {
				a.like = &watched{}
			}
			w.agents[cfg.Id] = a
		}
	}
	for _, id := range known {
		if w.agents[id] == nil { // not configured any more: nobody is offered to them
			w.agents[id] = &simAgent{w: w, s: agent.New(id, w.dir.Center.Company), like: w.h.agents[id]}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.agents)) {
		a := w.agents[id]
		w.after(0, func() {
			_ = a.ask(&cc.EndpointChanged{Up: true})
			_ = a.ask(&cc.SessionOpened{Session: session})
		})
		a.keepHours()
		if a.like.id == id { // a colleague's other calls are not theirs
			a.busy()
		}
	}
}

func (w *world) colleague(dir *cc.Directory, cfg *cc.Agent, known []string, used map[string]int) *watched {
	var fit []string
	for _, id := range known {
		if slices.ContainsFunc(dir.Agent(id).GetQueues(), cfg.Member) {
			fit = append(fit, id)
		}
	}
	if len(fit) == 0 {
		return nil
	}
	n := used[cfg.Queues[0]]
	used[cfg.Queues[0]]++
	return w.h.agents[fit[n%len(fit)]]
}

// keepHours has the agent be what they were, when they were.
func (a *simAgent) keepHours() {
	for i, x := range a.like.wishes {
		if i+1 < len(a.like.wishes) && a.like.wishes[i+1].atMs <= a.w.nowMs {
			continue // before it all begins the last one counts
		}
		a.w.at(x.atMs, func() {
			a.wants = x
			a.be(x)
		})
	}
}

// busy gives the agent the other calls they had, and a supervisor's changes.
func (a *simAgent) busy() {
	for _, x := range a.like.others {
		a.w.at(x.atMs, func() { _ = a.ask(x.cmd) })
	}
}

// be sets the presence. A reason that this configuration does not know becomes one that it does.
func (a *simAgent) be(x wish) {
	if x.presence == cc.Presence_UNAVAILABLE {
		for _, reason := range a.reasons(x.reason) {
			if a.ask(&cc.SetPresence{Presence: x.presence, Reason: reason}) == nil {
				return
			}
		}
		x.presence = cc.Presence_OFFLINE
	}
	_ = a.ask(&cc.SetPresence{Presence: x.presence})
}

func (a *simAgent) reasons(want string) []string {
	out := []string{want}
	for _, t := range a.w.dir.Agent(a.s.Id).GetTenants() {
		out = append(out, a.w.dir.Tenant(t).GetPresenceReasons()...)
	}
	return append(out, "")
}

// ask gives the agent a command.
func (a *simAgent) ask(msg any) error {
	w := a.w
	out, err := agent.Decide(a.s, cc.NewCommand(msg), w.env())
	if err != nil {
		return err
	}
	for _, e := range out.Events {
		w.book.agent(a.s.Id, e, w.nowMs)
		a.happened(e)
	}
	if len(out.Events) > 0 {
		row, _ := agent.Summary(a.s).MarshalVT()
		w.take(seat.IndexPrefix+a.s.Id, row)
		w.match()
	}
	for _, e := range out.Effects {
		switch e := e.(type) {
		case cc.SetTimer:
			if e.Name != probeTimer {
				w.at(e.AtMs, func() { _ = a.ask(&cc.AgentTimer{Name: e.Name, Seq: e.Seq}) })
			}
		case cc.TellCall:
			w.after(0, func() {
				if c := w.calls[e.Call]; c != nil {
					c.ask(e.Cmd.Message())
				}
			})
		}
	}
	return nil
}

func (a *simAgent) happened(e *cc.Event) {
	w := a.w
	switch x := e.Message().(type) {
	case *cc.PresenceChanged:
		if byOffer(x) {
			a.downs++
			d := newDice(w.seed, "back", a.s.Id, strconv.Itoa(a.downs))
			back := pick(d, a.like.backs, pick(d, w.pools.backs, defaultBackMs))
			w.after(back, func() {
				if a.wants.presence == cc.Presence_AVAILABLE {
					a.be(a.wants)
				}
			})
		}
	case *cc.WrapUpStarted:
		if x.Mode == cc.WrapUpMode_WRAPUP_TIMED {
			return // runs to its end
		}
		took := int64(-1)
		if c := w.calls[x.Call]; c != nil {
			took = c.a.wrapMs
		}
		if took < 0 {
			d := newDice(w.seed, "wrap-up", x.Call)
			took = pick(d, a.like.wraps, pick(d, w.pools.wraps, x.UntilMs-w.nowMs))
		}
		w.after(min(took, x.UntilMs-w.nowMs), func() {
			if a.s.Token.GetOffer() == x.Offer {
				_ = a.ask(&cc.FinishWrapUp{})
			}
		})
	}
}

// rung: the offer shows at a client that answers it (R82).
func (a *simAgent) rung(c *simCall, o *cc.Offer, leg string) {
	r := a.reaction(c)
	after := max(0, r.afterMs-connectMs)
	switch r.outcome {
	case cc.OfferOutcome_FAILED_CONNECT:
		c.phone(leg, min(r.afterMs, defaultAnswerMs), &cc.Accept{Offer: o.Id, Agent: a.s.Id, Session: session})
	case cc.OfferOutcome_MISSED:
	case cc.OfferOutcome_REJECTED:
		c.phone(leg, r.afterMs, &cc.Reject{Offer: o.Id, Agent: a.s.Id})
	default:
		c.phone(leg, after, &cc.Accept{Offer: o.Id, Agent: a.s.Id, Session: session})
	}
}

// dialled: the phone rings, with the offer or after a client's accept.
func (a *simAgent) dialled(c *simCall, e cc.DialAgent) {
	r := a.react
	accepted := call.OfLeg(c.s, e.Leg).GetConnecting()
	if !accepted {
		r = a.reaction(c)
	}
	switch r.outcome {
	case cc.OfferOutcome_FAILED_BUSY:
		c.phone(e.Leg, min(rangMs, r.afterMs), &cc.LegFailed{Leg: e.Leg, Code: 486})
		return
	case cc.OfferOutcome_FAILED_UNREACHABLE, cc.OfferOutcome_FAILED_CONNECT:
		took := r.afterMs
		if accepted {
			took -= min(took, defaultAnswerMs)
		}
		c.phone(e.Leg, took, &cc.LegFailed{Leg: e.Leg, Code: 480})
		return
	}
	c.phone(e.Leg, rangMs, &cc.LegRang{Leg: e.Leg})
	switch {
	case accepted:
		c.phone(e.Leg, connectMs, &cc.LegAnswered{Leg: e.Leg})
	case r.outcome == cc.OfferOutcome_ANSWERED:
		c.phone(e.Leg, r.afterMs, &cc.LegAnswered{Leg: e.Leg})
	case r.outcome == cc.OfferOutcome_REJECTED:
		c.phone(e.Leg, r.afterMs, &cc.LegFailed{Leg: e.Leg, Code: 603})
	}
}

// reaction draws what the agent does with an offer, from what they did.
func (a *simAgent) reaction(c *simCall) reaction {
	d := newDice(a.w.seed, "offer", a.s.Id, c.a.id, strconv.Itoa(int(c.s.OffersMade)))
	list := a.like.reactions
	if len(list) == 0 {
		list = a.w.pools.reactions
	}
	a.react = pick(d, list, reaction{cc.OfferOutcome_ANSWERED, defaultAnswerMs})
	return a.react
}
