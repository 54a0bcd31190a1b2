package desk

import (
	"context"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/queues"
)

// Engine is what the desks need of a node; *actors.Node is one.
type Engine interface {
	Directory() *cc.Directory
	Journal() *persistence.Journal
	// AskAgent and AskCall return once the outcome is durable: nil or a *callcenter.Error.
	AskAgent(ctx context.Context, agent string, msg any) error
	AskCall(ctx context.Context, call string, msg any) error
	// CreateBubble gives the id of the new bubble; SuggestBooking that of the one call a booking may belong to, or "".
	CreateBubble(ctx context.Context, c *cc.CreateBubble) (string, error)
	SuggestBooking(ctx context.Context, c *cc.SuggestBooking) (string, error)
	// AskCallback returns as they do.
	AskCallback(ctx context.Context, tenant, number string, msg any) error
	AskMatcher(ctx context.Context, ask func(m *queues.Matcher, nowMs int64)) error
}

// Where the journal's index and streams have what is shown; the same as in package actors, which a test holds them to.
const (
	AgentPrefix     = "a/"
	CallPrefix      = "c/"
	LivePrefix      = "l/"
	DuePrefix       = "t/"
	RecordingPrefix = "rec/"
	DraftPrefix     = "bd/"
	FollowUpPrefix  = "bf/" // bf/<tenant>/<YYYY-MM-DD>/<call>: open follow-ups
	ConfigKey       = "cfg/center"
	ShutPrefix      = "qs/" // qs/<queue> -> QueueShut
	CallStreams     = "call/"
	AgentStreams    = "agent/"
	CallbackPrefix  = "cb/"  // open callbacks
	CallbackEnded   = "cbd/" // ended ones, the newest first; keys as of CallTimes

	// Calls and recordings by time, the newest first: the prefix, the time in ms inverted as 8 bytes big endian, the id.
	// The value of a call's is its tenant.
	CallTimes      = "ct/"
	RecordingTimes = "rect/"
	// When a number was last called, 8 bytes.
	NumberCalls = "nl/"
)

// Summary reads a call from a view; nil if there is none.
func Summary(v *persistence.View, call string) *cc.CallSummary {
	value, ok := v.Get([]byte(CallPrefix + call))
	if !ok {
		return nil
	}
	s := &cc.CallSummary{}
	if err := s.UnmarshalVT(value); err != nil {
		return nil
	}
	return s
}

// dueCall is the call of a key under DuePrefix: eight bytes of time and a slash stand before it.
func dueCall(key string) (string, bool) {
	rest := strings.TrimPrefix(key, DuePrefix)
	if len(rest) < 10 || rest[8] != '/' {
		return "", false
	}
	return rest[9:], true
}
