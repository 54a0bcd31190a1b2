package b2bua_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Any order of what the far ends, agents, timers and the process may do keeps what the stories check after each step:
// live = durable, nothing on the wire without its record, deeds of media in order, index = replay.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt)
		w.tell(rapid.SampledFrom([]string{"invite", "invite queue", "invite sdp=none", "invite sdp=pcma"}).Draw(rt, "call"))
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			w.tell(rapid.SampledFrom(w.possible()).Draw(rt, "line"))
		}
	})
}

// possible are the lines of a story that make sense now, whether or not they are expected.
func (w *world) possible() []string {
	out := []string{"restart", "acked", "noagent", "wait 3s", "hangup anna", "hold anna", "resume anna"}
	if w.offers < 20 {
		out = append(out, "grant anna", "grant anna auto", "grant bert", "grant anna client", "grant bert unreachable")
	}
	if o := w.m.Call.Offer; o != nil && o.Id == fmt.Sprintf("of-%d", w.offers) && (!o.Dialled || w.peers[w.legOf("phone")+"b"] == nil) {
		out = append(out, "accept anna", "reject anna")
	}
	if w.m.Call.Recording != "" {
		out = append(out, "recorded")
	}
	for id := range w.timers {
		name := id.name
		if id.leg != "" {
			name = id.leg + "." + name
		}
		out = append(out, "fire "+name)
	}
	for id, p := range w.peers {
		who := id
		if id == callerLeg {
			who = "caller"
			out = append(out, "caller cancel")
		}
		if p.ourTag != "" {
			out = append(out, who+" ack", who+" bye", who+" invite", who+" invite sdp=pcmu/sendonly", who+" ack sdp=pcmu",
				who+" invite sdp=g722", "silent "+who, who+" info digit=5", "sendfail "+who)
		}
		if p.last != "" {
			out = append(out, who+" again")
		}
		for method := range p.ours {
			switch method {
			case "INVITE":
				for _, code := range []string{
					"100", "180", "183 INVITE sdp=pcmu", "200", "200 INVITE sdp=g722", "408", "481", "486", "491", "603",
				} {
					out = append(out, who+" "+code)
				}
			case "BYE", "CANCEL":
				out = append(out, who+" 200 "+method, who+" 481 "+method)
			}
		}
	}
	slices.Sort(out) // maps have no order, a draw must
	return out
}
