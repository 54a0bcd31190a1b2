package actors

import (
	"sync/atomic"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/pairing"
	cc "github.com/wirechief/wirechief/callcenter"
)

// lookups are what is seen of the queues from outside the matcher's turn.
type lookups struct {
	sight     atomic.Pointer[pairing.Sight] // what arriving calls find; nil before the matcher has read the index
	estimates atomic.Pointer[estimates]
	explain   chan struct{} // holds one: who explains the past, which costs
}

// seeQueues hands an arriving call what it finds at the queues its number leads to, and who talked with this caller last.
func (n *Node) seeQueues(a *cc.Arrive) {
	dir := n.Directory()
	number := dir.NumberAt(a.Dialled, n.journal.NowMs())
	a.Found = n.found(number.GetWorkflow(), 0, number.GetTenant(), a.Caller)
	if a.Caller != "" && asksForLast(dir, a.Found) {
		a.LastAgent = n.lastAgent(number.GetTenant(), a.Caller)
	}
}

func (n *Node) found(workflow string, step int, tenant, caller string) []*cc.QueueFound {
	if s := n.sight.Load(); s != nil {
		return s.Found(n.Directory(), workflow, step, tenant, caller, n.journal.NowMs())
	}
	return nil
}

func asksForLast(dir *cc.Directory, found []*cc.QueueFound) bool {
	for _, f := range found {
		if dir.Queue(f.Queue).GetLastAgent() {
			return true
		}
	}
	return false
}

func (n *Node) lastAgent(tenant, caller string) string {
	v := n.reader()
	defer v.Close()
	l := &cc.LastAgent{}
	if value := v.value(b2bua.LastKey(tenant, caller)); value == nil || l.UnmarshalVT(value) != nil {
		return ""
	}
	return l.Agent
}
