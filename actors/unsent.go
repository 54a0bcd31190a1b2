package actors

import (
	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/actors/b2bua"
)

// Unsent implements sip.Handler: nobody took the connection that a leg's message was for.
func (n *Node) Unsent(sink any, _ sip.Message) {
	<-n.gate
	r := sink.(route)
	n.stats.sendFailed.Add(1)
	in := b2bua.SendFailed{Leg: r.leg}
	if !r.to.force(in) {
		_ = n.tellCall(r.call, in)
	}
}
