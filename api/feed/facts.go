package feed

import (
	"sync"

	"github.com/wirechief/wirechief/api/desk"
)

// maxKnown bounds the calls whose tenant is remembered, in each of two generations.
const maxKnown = 8_192

// facts answers from the engine's state. A call's tenant is set once and never changes (R8): it is remembered then.
type facts struct {
	engine Engine

	mu       sync.Mutex
	hot, old map[string]string
}

func newFacts(e Engine) *facts { return &facts{engine: e, hot: make(map[string]string)} }

// AgentTenants implements Facts.
func (f *facts) AgentTenants(agent string) []string {
	return f.engine.Directory().Agent(agent).GetTenants()
}

// CallTenant implements Facts.
func (f *facts) CallTenant(call string) string {
	if call == "" {
		return ""
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if t, ok := f.hot[call]; ok {
		return t
	}
	tenant, ok := f.old[call]
	if !ok {
		v := f.engine.Journal().View()
		tenant = desk.Summary(v, call).GetTenant()
		v.Close()
	}
	if tenant == "" {
		return ""
	}
	if len(f.hot) >= maxKnown {
		f.hot, f.old = make(map[string]string), f.hot
	}
	f.hot[call] = tenant
	return tenant
}
