package desk

import (
	"slices"
	"strings"
	"time"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

// snapshot sends a session everything it may see, as of the last change the hub has seen.
func (l *loop) snapshot(s *session) {
	l.h.Stats.Snapshots.Add(1)
	now := time.Now()
	snap := l.state.snapshot(&s.viewer)
	snap.Role = s.who.Load().Role
	frame := wire.Encode(snap, wire.TypeSnapshot, l.state.applied, wire.At(l.h.o.Engine.Journal().NowMs()))
	s.push(item{frame: frame, prev: s.last, numbered: true, whole: true, at: now})
	s.last = l.state.applied
}

func (st *state) snapshot(v *Viewer) *wire.Snapshot {
	out := &wire.Snapshot{
		Session: v.Session, Calls: []*wire.Call{}, Queues: []wire.QueueCounts{}, Agents: []*wire.Agent{},
		Center: wire.NewCenter(st.dir, v.granted),
	}
	for _, c := range st.calls {
		if st.shows(v, c) {
			out.Calls = append(out.Calls, wire.NewCall(c, st.dir))
		}
	}
	slices.SortFunc(out.Calls, func(a, b *wire.Call) int {
		if d := strings.Compare(string(a.ArrivedAt), string(b.ArrivedAt)); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	if v.Agent != "" {
		st.own(v, out)
	}
	for _, q := range st.dir.Center.Queues {
		if a := queueAudience(q); Receives(v, &a) {
			counts, ok := st.queues[q.Id]
			if !ok {
				counts = wire.QueueCounts{ID: q.Id, Name: q.Name, Members: st.members(q.Id)}
			}
			out.Queues = append(out.Queues, counts)
		}
	}
	if v.Supervises {
		for _, a := range st.dir.Center.Agents {
			if wire.Any(a.Tenants, v.granted) && (a.Id == v.Agent || auth.TeamsMeet(v.Teams, a.Teams)) {
				out.Agents = append(out.Agents, wire.NewAgent(a.Id, st.agents[a.Id], st.dir).Public())
			}
		}
	}
	return out
}

// members counts a queue's agents where the matcher has not been asked yet.
func (st *state) members(queue string) (n int) {
	for _, a := range st.dir.Center.Agents {
		if cc.MemberOf(st.agents[a.Id], a, queue) {
			n++
		}
	}
	return n
}

// own is the agent's part.
func (st *state) own(v *Viewer, out *wire.Snapshot) {
	s := st.agents[v.Agent]
	out.Agent = wire.NewAgent(v.Agent, s, st.dir)
	out.ContextTenant, out.Taken = orNull(st.context[v.Agent]), wire.NewTaken(s, st.dir)
	c := st.calls[s.GetCall()]
	if o := offerThat(c, func(o *cc.Offer) bool { return o.Agent == v.Agent }); o != nil && v.granted(c.Tenant) {
		out.Offer = wire.NewOffer(c, o, st.dir)
	}
}

// shows: the bubble is on this desk, or the agent is on the call.
func (st *state) shows(v *Viewer, c *cc.CallSummary) bool {
	if c.Agent != "" && c.Agent == v.Agent && c.Phase != cc.CallPhase_ENDED {
		return MayRead(v, c)
	}
	a := bubbleAudience(c)
	return c.Desk == cc.BubbleDesk_DESK_SHOWN && Receives(v, &a)
}
