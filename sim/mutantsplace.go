package sim

import (
	"slices"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
)

// placeMutants are bugs of offer groups and of places in line.
func placeMutants() []*Mutant {
	lost := func(o cc.OfferOutcome) bool { return o == cc.OfferOutcome_WITHDRAWN_ANSWERED_ELSEWHERE }
	return []*Mutant{
		{Name: "who lost a group is not told", Where: "call", onMachine: inputs(nil, func(_ b2bua.Timed, d *host.Decision) {
			d.Early = slices.DeleteFunc(d.Early, func(x any) bool {
				t, ok := x.(cc.TellAgent)
				return ok && lost(t.Cmd.GetOfferEnded().GetOutcome())
			})
		})},
		{Name: "counts a lost group as a miss", Where: "agent", onMachine: command(func(_ *seat.Machine, in *seat.Ask) {
			if e, ok := in.Cmd.Message().(*cc.OfferEnded); ok && lost(e.Outcome) {
				e = e.CloneVT()
				e.Outcome = cc.OfferOutcome_MISSED
				in.Cmd = cc.NewCommand(e)
			}
		})},
		{Name: "rings more at a time than the queue wants", Where: "call", onMachine: inputs(
			func(m *b2bua.Machine, in *b2bua.Timed) {
				if ask, ok := in.Input.(b2bua.Ask); ok && ask.Cmd.GetOfferGranted() != nil && m.Call.Offer != nil {
					m.Call.RingMax = 50
				}
			}, nil)},
		{Name: "gives a place to any caller", Where: "shell", onMachine: inputs(func(_ *b2bua.Machine, in *b2bua.Timed) {
			if a, ok := in.Input.(b2bua.Arrival); ok {
				for _, f := range a.Cmd.Found {
					f.Redial, f.EnqueuedMs = "100-1.other", in.NowMs-60_000
				}
			}
		}, nil)},
		{Name: "does not release the other call of a place", Where: "call", onMachine: inputs(nil, func(
			_ b2bua.Timed, d *host.Decision,
		) {
			d.Release = slices.DeleteFunc(d.Release, func(x any) bool {
				t, ok := x.(cc.TellCall)
				return ok && t.Cmd.GetPlaceNews().GetTold() == cc.PlaceTold_PLACE_ANSWERED
			})
		})},
	}
}
