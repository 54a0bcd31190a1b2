// Package figures is what a supervisor counts: every metric of section 11 of the rules, made from facts, and the facts
// made from the events of calls and agents.
//
// It is pure. Facts of one stream depend on that stream alone, so whoever folds the streams, in whatever order between
// them, gets the same facts. All figures are sums and counts of whole numbers; a ratio is two of them. It must not know
// where facts are kept, who asks, or how anything is shown.
package figures

// Version of the facts: those of another version are made again from the journal.
const Version = 2

// QuarterMs is the smallest interval: a fact belongs to the interval of its start, time of agents is split at borders.
const QuarterMs = 15 * 60_000

// Limits of one call's facts; what is beyond is counted in CallFacts.dropped.
const (
	MaxVisits = 64
	MaxOffers = 512
	MaxTalks  = 64
	MaxOwners = 64
)

// Quarter is the start of the quarter of an hour that a time is in.
func Quarter(ms int64) int64 { return ms - ms%QuarterMs }
