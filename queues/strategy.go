package queues

import (
	"fmt"
	"strconv"

	cc "github.com/wirechief/wirechief/callcenter"
)

// Strategy orders the ready agents of a queue (R67). The rank may depend only on what it is handed, so that a replay
// ranks alike; it is asked again whenever the agent's state changes.
type Strategy interface {
	Name() string
	// Rank is low for the agent to be offered a call first; equal ranks are ordered by agent id.
	Rank(q *cc.Queue, a *cc.AgentSummary) int64
}

// LongestIdle is the default strategy; the idle clock is R83's and kept by the agent.
const LongestIdle = "longest_idle"

type longestIdle struct{}

func (longestIdle) Name() string                               { return LongestIdle }
func (longestIdle) Rank(_ *cc.Queue, a *cc.AgentSummary) int64 { return a.GetIdleSinceMs() }

func strategyOf(q *cc.Queue) (Strategy, error) {
	switch q.GetStrategy() {
	case LongestIdle, "":
		return longestIdle{}, nil
	}
	return nil, fmt.Errorf("queue %q: %w %q", q.GetId(), ErrUnknownStrategy, q.GetStrategy())
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

// rankKey writes what an agent was ordered by, e.g. "longest_idle:1700000000000".
func rankKey(name string, rank int64) string {
	b := make([]byte, 0, 40)
	b = append(append(b, name...), ':')
	return string(strconv.AppendInt(b, rank, 10))
}
