package desk

import (
	"strings"

	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
)

// state is what the hub keeps of the engine: every agent, and the calls whose bubble is not closed yet.
type state struct {
	dir     *cc.Directory
	agents  map[string]*cc.AgentSummary
	calls   map[string]*cc.CallSummary
	context map[string]string // agent -> tenant of the focused bubble (R9)
	queues  map[string]wire.QueueCounts
	applied uint64
}

func newState(dir *cc.Directory) *state {
	return &state{
		dir: dir, agents: make(map[string]*cc.AgentSummary), calls: make(map[string]*cc.CallSummary),
		context: make(map[string]string), queues: make(map[string]wire.QueueCounts),
	}
}

// load reads the state that a view shows.
func load(v *persistence.View, dir *cc.Directory) *state {
	st := newState(dir)
	st.applied = v.Applied()
	for k, value := range v.Scan([]byte(AgentPrefix)) {
		s := &cc.AgentSummary{}
		if s.UnmarshalVT(value) == nil {
			st.agents[string(k[len(AgentPrefix):])] = s
		}
	}
	// Calls that are not done are awake, or asleep with a desk timer: no need to read all there ever were.
	var open []string
	for k := range v.Scan([]byte(LivePrefix)) {
		open = append(open, string(k[len(LivePrefix):]))
	}
	for k := range v.Scan([]byte(DuePrefix)) {
		if id, ok := dueCall(string(k)); ok {
			open = append(open, id)
		}
	}
	for _, id := range open {
		if s := Summary(v, id); s != nil && isOpen(s) {
			st.calls[id] = s
		}
	}
	for id, s := range st.agents {
		st.context[id] = st.tenantOf(s.Focus)
	}
	return st
}

// isOpen: the desk still shows it, or the call is still up.
func isOpen(s *cc.CallSummary) bool {
	return s.Phase != cc.CallPhase_ENDED || s.Desk != cc.BubbleDesk_DESK_CLOSED
}

func (st *state) tenantOf(call string) string { return st.calls[call].GetTenant() }

func idIn(key, prefix string) (string, bool) { return strings.CutPrefix(key, prefix) }
