package actors

import (
	"context"

	"github.com/wirechief/wirechief/queues"
)

// Source are the counters of one part of the node.
type Source struct {
	Part string // actors, sip, media, journal, queues, facts
	Each func(func(name string, v float64))
}

// Sources lists the counters of all parts, to be published as wirechief_<part>_<name>.
func (n *Node) Sources() []Source {
	return []Source{
		{"actors", n.Each},
		{"sip", n.endpoint.Each},
		{"media", func(f func(string, float64)) { n.media.engine.Stats().Each(f) }},
		{"journal", func(f func(string, float64)) { n.journal.Stats().Each(f) }},
		{"queues", n.eachMatcher},
		{"facts", n.facts.Each},
	}
}

// eachMatcher asks the matcher on its own turn: its counters are plain fields.
func (n *Node) eachMatcher(f func(name string, v float64)) {
	var s queues.Stats
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if n.AskMatcher(ctx, func(m *queues.Matcher, _ int64) { s = m.Stats() }) == nil {
		s.Each(f)
	}
}
