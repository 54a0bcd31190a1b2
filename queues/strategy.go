package queues

import (
	"fmt"
	"strconv"

	cc "github.com/wirechief/wirechief/callcenter"
)

// The strategies of R67. Within all of them a lower tier goes before a higher one, and equals are ordered by agent id,
// so that a replay ranks alike.
const (
	LongestIdle = "longest_idle" // the default; the idle clock is R83's
	RoundRobin  = "round_robin"  // who was asked longest ago, by whatever queue
	FewestCalls = "fewest_calls" // answered queue calls since the agent signed in, then longest idle
	LeastTalk   = "least_talk"   // talk time since the agent signed in, then longest idle
	MostSkilled = "most_skilled" // sum of the levels in the skills asked for, then longest idle
	RingAll     = cc.RingAll     // several at a time, longest idle first
	Ordered     = "ordered"      // the member's position, then longest idle
)

// strategy orders the ready agents of a queue. rank may depend only on what it is handed; it is asked again whenever
// the agent's state changes.
type strategy struct {
	name    string
	rank    func(mb *cc.Agent, queue string, s *cc.AgentSummary) key // low first
	skilled bool                                                     // levels go before the rank
	second  bool                                                     // the key's minor part is worth telling
}

var strategies = map[string]strategy{
	LongestIdle: {rank: byIdle},
	RoundRobin:  {rank: func(_ *cc.Agent, _ string, s *cc.AgentSummary) key { return key{s.GetLastOfferMs(), 0} }},
	FewestCalls: {second: true, rank: func(_ *cc.Agent, _ string, s *cc.AgentSummary) key {
		return key{int64(s.GetCalls()), s.GetIdleSinceMs()}
	}},
	LeastTalk: {second: true, rank: func(_ *cc.Agent, _ string, s *cc.AgentSummary) key {
		return key{s.GetTalkMs(), s.GetIdleSinceMs()}
	}},
	MostSkilled: {skilled: true, rank: byIdle},
	RingAll:     {rank: byIdle},
	Ordered: {second: true, rank: func(a *cc.Agent, queue string, s *cc.AgentSummary) key {
		return key{int64(a.Position(queue)), s.GetIdleSinceMs()}
	}},
}

func byIdle(_ *cc.Agent, _ string, s *cc.AgentSummary) key { return key{s.GetIdleSinceMs(), 0} }

func strategyOf(q *cc.Queue) (strategy, error) {
	name := q.GetStrategy()
	if name == "" {
		name = LongestIdle
	}
	s, ok := strategies[name]
	if !ok {
		return s, fmt.Errorf("queue %q: %w %q", q.GetId(), ErrUnknownStrategy, name)
	}
	s.name = name
	return s, nil
}

// Validate says whether a Matcher can work with the configuration.
func Validate(dir *cc.Directory) error {
	for _, q := range dir.Center.GetQueues() {
		if _, err := strategyOf(q); err != nil {
			return err
		}
	}
	return nil
}

// rankKey writes what an agent was ordered by: "longest_idle:1700000000000", "tier:2 most_skilled:7,1700000000000".
func (l *lane) rankKey(mb *member) string {
	b := make([]byte, 0, 64)
	if l.q.tiered {
		b = append(strconv.AppendInt(append(b, "tier:"...), int64(mb.g.tier), 10), ' ')
	}
	b = append(append(b, l.q.strategy.name...), ':')
	if l.q.strategy.skilled {
		b = append(strconv.AppendInt(b, skillScore(mb.g.cfg, l.needs), 10), ',')
	}
	b = strconv.AppendInt(b, mb.key.major, 10)
	if l.q.strategy.second {
		b = strconv.AppendInt(append(b, ','), mb.key.minor, 10)
	}
	return string(b)
}
