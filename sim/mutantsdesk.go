package sim

import (
	"slices"

	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
)

// deskMutants are planted in what an agent knows of their calls and queues.
func deskMutants() []*Mutant {
	return []*Mutant{
		{Name: "honours a stale swap timer", Where: "agent", onMachine: command(func(m *seat.Machine, in *seat.Ask) {
			if w := m.State.Swap; w != nil && in.Cmd.GetAgentTimer() != nil {
				w.DeadlineMs = min(w.DeadlineMs, in.At.NowMs)
				in.Cmd = cc.NewCommand(&cc.AgentTimer{Name: "swap", Seq: w.TimerSeq})
			}
		})},
		{Name: "takes the second call before the first is held", Where: "agent", onMachine: command(func(m *seat.Machine, in *seat.Ask) {
			if w := m.State.Swap; w != nil && !w.Held && in.Cmd.GetAgentTimer().GetName() == "swap" {
				in.Cmd = cc.NewCommand(&cc.DeskCallChanged{
					Call: w.Hold[0], Class: cc.CallClass_DIRECT_CALL, State: cc.DeskCallState_DESK_HELD,
				})
			}
		})},
		{Name: "a pause is not what is left", Where: "agent", onMachine: command(func(m *seat.Machine, in *seat.Ask) {
			if t := m.State.Token; t.GetWrapupPausedAtMs() != 0 && in.Cmd.GetDeskCallChanged() != nil {
				t.WrapupRemainingMs += 5000
			}
		})},
		{Name: "Resume forgets until when a membership holds", Where: "agent", onResume: func(out []cc.Effect) []cc.Effect {
			return slices.DeleteFunc(out, func(e cc.Effect) bool {
				t, ok := e.(cc.SetTimer)
				return ok && t.Name == "queues"
			})
		}},
		{Name: "does not know of changed queues", Where: "agent", onMachine: onReserve},
	}
}

// onReserve hides what supervisors changed from a Reserve.
func onReserve(_ *actor, x host.Machine) host.Machine {
	m, ok := x.(*seat.Machine)
	if !ok {
		return x
	}
	return stepper{Machine: x, step: func(in any) host.Decision {
		changes := m.State.QueueChanges
		if in.(seat.Ask).Cmd.GetReserve() != nil {
			m.State.QueueChanges = nil
			defer func() { m.State.QueueChanges = changes }()
		}
		return x.Step(in)
	}}
}
