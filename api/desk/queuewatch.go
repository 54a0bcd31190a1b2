package desk

import (
	"context"
	"time"

	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/queues"
)

// queueEvery is how often queues are counted for those who watch them.
const queueEvery = time.Second

// watchQueues asks the matcher for the counts of all queues while somebody is connected.
func (h *Hub) watchQueues(ctx context.Context) {
	clock := time.NewTicker(queueEvery)
	defer clock.Stop()
	for {
		select {
		case <-clock.C:
		case <-ctx.Done():
			return
		}
		if h.Stats.Clients.Load() == 0 {
			continue
		}
		ask, cancel := context.WithTimeout(ctx, queueEvery)
		counts, err := waits(ask, h.o.Engine)
		cancel()
		if err == nil {
			h.do(func(l *loop) { l.counted(counts) })
		}
	}
}

// freshCounts asks the matcher for what the first snapshot of a session shows, unless that is known; nil when it is, or
// cannot be had.
func (h *Hub) freshCounts(ctx context.Context) []wire.QueueCounts {
	if h.o.Now().UnixNano()-h.counted.Load() < int64(2*queueEvery) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, queueEvery)
	defer cancel()
	counts, err := waits(ctx, h.o.Engine)
	if err != nil {
		h.log.Debug("counting the queues for a sign-in", "err", err)
		return nil
	}
	return counts
}

// CountQueues gives the live state of every queue, in the order of the configuration.
func CountQueues(ctx context.Context, e Engine) ([]wire.QueueCounts, error) {
	counts, err := waits(ctx, e)
	if err != nil {
		return nil, err
	}
	v := e.Journal().View()
	defer v.Close()
	agentStates(counts, e.Directory(), func(id string) *cc.AgentSummary {
		s := &cc.AgentSummary{}
		if value, ok := v.Get([]byte(AgentPrefix + id)); !ok || s.UnmarshalVT(value) != nil {
			return nil
		}
		return s
	})
	return counts, nil
}

// agentStates counts the members of queues by what they do (R78).
func agentStates(counts []wire.QueueCounts, dir *cc.Directory, summary func(agent string) *cc.AgentSummary) {
	at := make(map[string]*wire.QueueCounts, len(counts))
	for i := range counts {
		at[counts[i].ID] = &counts[i]
	}
	for _, a := range dir.Center.Agents {
		if len(a.Queues) == 0 {
			continue
		}
		state := stateOf(summary(a.Id))
		for _, queue := range a.Queues {
			if c := at[queue]; c != nil && state != nil {
				*state(c)++
			}
		}
	}
}

// stateOf is the count that an agent belongs to; nil for one who is available and has nothing to do.
func stateOf(s *cc.AgentSummary) func(*wire.QueueCounts) *int {
	switch {
	case s.GetToken() == cc.TokenState_TALKING:
		return func(c *wire.QueueCounts) *int { return &c.Talking }
	case s.GetBusyDirect(), s.GetBusyInternal(), s.GetBusyOutbound():
		return func(c *wire.QueueCounts) *int { return &c.OtherCalls }
	case s.GetToken() == cc.TokenState_WRAPUP:
		return func(c *wire.QueueCounts) *int { return &c.Wrapup }
	case s.GetToken() > cc.TokenState_FREE:
		return func(c *wire.QueueCounts) *int { return &c.Ringing }
	case s.GetPresence() == cc.Presence_UNAVAILABLE:
		return func(c *wire.QueueCounts) *int { return &c.Unavailable }
	case s.GetPresence() == cc.Presence_AVAILABLE:
		return nil
	}
	return func(c *wire.QueueCounts) *int { return &c.Offline }
}

// waits asks the matcher, on its own turn: no more than it has at hand.
func waits(ctx context.Context, e Engine) ([]wire.QueueCounts, error) {
	dir := e.Directory()
	found := make(chan []wire.QueueCounts, 1)
	err := e.AskMatcher(ctx, func(m *queues.Matcher, now int64) {
		out := make([]wire.QueueCounts, 0, len(dir.Center.Queues))
		for _, q := range dir.Center.Queues {
			s, ok := m.QueueStats(q.Id, now)
			if !ok {
				continue
			}
			out = append(out, wire.QueueCounts{
				ID: q.Id, Name: q.Name, Waiting: s.Waiting, Offered: s.Offered, LongestWaitMs: s.LongestWaitMs,
				AverageWaitMs: s.AverageWaitMs,
				Members:       s.Members, Available: s.Available,
			})
			expect(&out[len(out)-1], m, now)
		}
		found <- out
	})
	if err != nil {
		return nil, err
	}
	counts := <-found
	closed(e.Journal(), counts)
	return counts, nil
}

// expect says what a caller who comes now may expect (R96). It is rounded: clients hear of changes only.
func expect(c *wire.QueueCounts, m *queues.Matcher, now int64) {
	c.Position = c.Waiting + 1
	if s, ok := m.EstimateStats(c.ID, now); ok {
		c.EstimatedWaitMs = min(s.MsPerAnswer*int64(c.Position), longestEstimateMs) / 1000 * 1000
		c.EstimateErrorP90, c.Announce = s.ErrorP90, s.Announceable
	}
}

const longestEstimateMs = 24 * 60 * 60_000

// closed marks the queues that supervisors closed (R97).
func closed(j *persistence.Journal, counts []wire.QueueCounts) {
	v := j.View()
	defer v.Close()
	for i := range counts {
		s := &cc.QueueShut{}
		if value, ok := v.Get([]byte(ShutPrefix + counts[i].ID)); ok && s.UnmarshalVT(value) == nil {
			counts[i].Closed, counts[i].Message = true, s.Message
		}
	}
}

func queueAudience(q *cc.Queue) Audience {
	return Audience{Queue: q.GetId(), Tenants: q.GetTenants(), Scope: Members}
}

// counted tells the queues that changed. These frames are of no change of the journal: they carry the last seq and are
// not replayed.
func (l *loop) counted(counts []wire.QueueCounts) {
	if l.stop == nil {
		return // they have all left meanwhile, or have not signed in yet
	}
	agentStates(counts, l.state.dir, func(id string) *cc.AgentSummary { return l.state.agents[id] })
	l.h.counted.Store(l.h.o.Now().UnixNano())
	now := time.Now()
	at := wire.At(l.h.o.Engine.Journal().NowMs())
	for _, c := range counts {
		if l.state.queues[c.ID] == c {
			continue
		}
		l.state.queues[c.ID] = c
		l.deliver(&delivery{
			seq: l.state.applied, to: queueAudience(l.state.dir.Queue(c.ID)),
			frame: wire.Encode(&wire.QueueStats{Queue: c}, wire.TypeQueueStats, l.state.applied, at),
		}, now)
	}
}
