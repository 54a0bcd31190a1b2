package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
)

type set map[*session]struct{}

// loop is the hub's state; its goroutine alone touches it.
type loop struct {
	h     *Hub
	state *state // as of the last change seen; nil before the first client
	ring  ring
	tick  uint64
	stop  context.CancelFunc // ends the pump; nil while nobody is connected

	sessions  set // attached ones and those that wait for it
	waiting   []attach
	byAgent   map[string]set
	byTenant  map[string]set
	byQueue   map[string]set
	watching  set // supervisors
	round     uint64
	candidate []*session // scratch of deliver
}

// attach is a session that wants its first frames once the hub is as far as index.
type attach struct {
	s     *session
	ask   string
	from  *uint64
	index uint64

	counts []wire.QueueCounts // of the queues as they are now; nil: known, or out of reach
}

func newLoop(h *Hub) *loop {
	return &loop{
		h: h, sessions: make(set), byAgent: make(map[string]set), byTenant: make(map[string]set),
		byQueue: make(map[string]set), watching: make(set),
	}
}

func (l *loop) run(ctx context.Context) {
	clock := time.NewTicker(time.Second)
	defer clock.Stop()
	for {
		select {
		case fn := <-l.h.asks:
			fn(l)
		case <-clock.C:
			l.second()
		case <-ctx.Done():
			return
		}
	}
}

// changes takes over what happened and tells it.
func (l *loop) changes(changes []machine.Change) {
	now := time.Now()
	for i := range changes {
		t := l.state.apply(&changes[i])
		for _, d := range t.out {
			l.deliver(d, now)
		}
		l.ring.add(t.out)
		for _, family := range t.revoked {
			l.revoke(family)
		}
		for _, c := range t.gone {
			l.forgotten(c)
		}
		if t.requeued != "" {
			for s := range maps.Clone(l.byAgent[t.requeued]) {
				l.view(s)
			}
		}
		if t.configured {
			l.reconfigure()
		}
	}
	l.admit()
}

// deliver hands one frame to every session that may have it.
func (l *loop) deliver(d *delivery, now time.Time) {
	l.round++
	l.candidate = l.candidate[:0]
	l.gather(l.byAgent[d.to.Agent])
	switch d.to.Scope {
	case Everyone:
		l.gather(l.byTenant[d.to.Tenant])
	case Members:
		l.gather(l.byQueue[d.to.Queue])
		l.gather(l.watching)
	case Supervisors:
		l.gather(l.watching)
	}
	for _, s := range l.candidate {
		if Receives(&s.viewer, &d.to) {
			if d.event != nil {
				l.h.Stats.Encoded.Add(1)
			}
			l.number(s, d.encoded(), d.seq, now)
		}
	}
}

func (l *loop) gather(from set) {
	for s := range from {
		if s.round != l.round {
			s.round = l.round
			l.candidate = append(l.candidate, s)
		}
	}
}

// number sends a numbered frame.
func (l *loop) number(s *session, frame []byte, seq uint64, now time.Time) {
	s.push(item{frame: frame, prev: s.last, numbered: true, at: now})
	s.last = max(s.last, seq)
}

// attach takes a session in. It is answered when the hub has seen the index, so that the first snapshot shows what the
// sign-in itself changed.
func (l *loop) attach(a attach) {
	if l.stop == nil {
		l.wake()
	}
	if a.counts != nil {
		l.counted(a.counts)
	}
	l.sessions[a.s] = struct{}{}
	l.waiting = append(l.waiting, a)
	l.admit()
}

func (l *loop) admit() {
	l.waiting = slices.DeleteFunc(l.waiting, func(a attach) bool {
		if a.index > l.state.applied {
			return false
		}
		l.view(a.s)
		l.begin(a.s, a.ask, a.from)
		return true
	})
}

// begin answers auth or resume with what was missed, or with a snapshot.
func (l *loop) begin(s *session, ask string, from *uint64) {
	now := time.Now()
	answer := wire.OK(ask)
	who := s.who.Load()
	answer.Session, answer.Agent, answer.TokenUntil = s.id, s.viewer.Agent, wire.At(who.UntilMs)
	var missed []*delivery
	if from != nil && *from <= l.state.applied {
		missed, answer.Resumed = l.ring.after(&s.viewer, *from)
	}
	s.push(item{frame: wire.EncodeAnswer(answer), at: now})
	if !answer.Resumed {
		l.snapshot(s)
		return
	}
	s.last = *from
	l.h.Stats.Replayed.Add(uint64(len(missed)))
	for _, d := range missed {
		l.number(s, d.encoded(), d.seq, now)
	}
}

func (l *loop) detach(s *session) {
	delete(l.sessions, s)
	l.waiting = slices.DeleteFunc(l.waiting, func(a attach) bool { return a.s == s })
	l.unview(s)
	l.sleep()
}

// view puts a session where frames for it are found.
func (l *loop) view(s *session) {
	l.unview(s)
	s.viewer = viewerOf(s.who.Load(), s.id, l.state)
	if s.viewer.Agent != "" {
		join(l.byAgent, s.viewer.Agent, s)
		for _, q := range s.viewer.Queues {
			join(l.byQueue, q, s)
		}
	}
	for _, t := range s.viewer.Tenants {
		join(l.byTenant, t, s)
	}
	if s.viewer.Supervises {
		l.watching[s] = struct{}{}
	}
}

func (l *loop) unview(s *session) {
	leave(l.byAgent, s.viewer.Agent, s)
	for _, q := range s.viewer.Queues {
		leave(l.byQueue, q, s)
	}
	for _, t := range s.viewer.Tenants {
		leave(l.byTenant, t, s)
	}
	delete(l.watching, s)
}

func join(m map[string]set, key string, s *session) {
	if m[key] == nil {
		m[key] = make(set)
	}
	m[key][s] = struct{}{}
}

func leave(m map[string]set, key string, s *session) {
	delete(m[key], s)
	if len(m[key]) == 0 {
		delete(m, key)
	}
}

// attached says that the session has had its first frames.
func (l *loop) attached(s *session) bool {
	return !slices.ContainsFunc(l.waiting, func(a attach) bool { return a.s == s })
}

// reload starts from a fresh view: everybody gets a snapshot.
func (l *loop) reload(v *persistence.View) {
	queues := l.state.queues
	l.state = load(v, l.h.o.Engine.Directory())
	l.state.queues = queues
	l.ring.reset(l.state.applied)
	l.refresh()
	l.admit()
}

// reconfigure: names, reasons and grants may be others now; nothing from before is replayed.
func (l *loop) reconfigure() {
	l.state.dir = l.h.o.Engine.Directory()
	l.ring.reset(l.state.applied)
	l.refresh()
}

// refresh gives every session its permissions as they are now and a snapshot.
func (l *loop) refresh() {
	for s := range l.sessions {
		p, err := l.h.o.Auth.Renew(s.who.Load())
		if err != nil || !p.Can(auth.Stream) {
			s.cut(CloseForbidden, "signed out")
			continue
		}
		s.who.Store(p)
		if l.attached(s) {
			l.view(s)
			l.snapshot(s)
		}
	}
}

func (l *loop) revoke(family string) {
	for s := range l.sessions {
		if s.who.Load().Family == family {
			s.cut(CloseForbidden, "signed out")
		}
	}
}

// forgotten ends a session that its agent no longer counts as connected though it is: the agent's actor was replaced,
// and would have its grace run out under a client that believes itself signed in.
func (l *loop) forgotten(c client) {
	cut := func(s *session) {
		if s.id == c.session {
			s.cut(CloseGoingAway, "connect again")
		}
	}
	for s := range l.byAgent[c.agent] {
		cut(s)
	}
	for _, a := range l.waiting {
		cut(a.s)
	}
}

// second ends sessions whose token has expired and pings a share of the others.
func (l *loop) second() {
	l.tick++
	now := l.h.o.Now()
	wall := time.Now()
	for s := range l.sessions {
		switch {
		case s.who.Load().UntilMs <= now.UnixMilli():
			s.cut(CloseUnauthorized, "the token has expired")
		case (l.tick+s.phase)%pingEverySeconds == 0:
			s.push(item{ping: true, at: wall})
		}
	}
}

func viewerOf(p *auth.Principal, session string, st *state) Viewer {
	v := Viewer{Session: session, Tenants: p.Tenants, Supervises: p.Can(auth.Supervise), Teams: p.Teams}
	if p.Can(auth.Desk) {
		v.Agent, v.Queues = p.Agent, cc.QueuesOf(st.agents[p.Agent], st.dir.Agent(p.Agent))
	}
	return v
}
