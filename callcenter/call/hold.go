package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// Stages of a long hold (R99), in order.
const (
	holdReminded = "reminder" // the agent is reminded
	holdAlarmed  = "alarm"    // and the supervisors are
)

func (d *decision) holdTimer() cc.Effect {
	at := d.s.HeldSinceMs + holdReminderMs
	if d.s.HoldStage == holdReminded {
		at = d.s.HeldSinceMs + holdAlarmMs
	}
	return cc.SetTimer{Name: TimerHold, Seq: d.s.HoldSeq, AtMs: at}
}

// heldLong: only the agent resumes a held call; after a while people are told (R99).
func (d *decision) heldLong() {
	switch d.s.HoldStage {
	case "":
		d.emit(&cc.HoldReminder{Stage: holdReminded, TimerSeq: d.nextSeq()})
		d.do(d.holdTimer())
	case holdReminded:
		d.emit(&cc.HoldReminder{Stage: holdAlarmed})
	}
}
