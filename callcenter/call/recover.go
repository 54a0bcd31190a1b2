package call

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// recovered: the process had stopped with this call alive. Media died with it and is set up again; answered legs are
// asked whether they still live, early ones resend by themselves.
func (d *decision) recovered() {
	s := d.s
	if s.Phase == cc.CallPhase_ENDED {
		return
	}
	d.emit(&cc.CallInterrupted{})
	if s.ConnectedMs != 0 {
		d.do(cc.ResumeLeg{Leg: s.LegCaller})
	}
	if s.Phase == cc.CallPhase_BRIDGED {
		d.resumeTalk()
	} else if s.ConnectedMs != 0 {
		d.do(cc.PlayHold{Leg: s.LegCaller})
	}
	for _, o := range Offers(s) {
		if d.env.NowMs >= o.DeadlineMs {
			d.offerFailed(o, cc.OfferOutcome_FAILED_NODE_LOST, "deadline passed", false)
		}
	}
}

func (d *decision) resumeTalk() {
	s := d.s
	d.do(cc.ResumeLeg{Leg: s.LegAgent})
	if s.Held {
		d.do(cc.PlayHold{Leg: s.LegCaller})
	} else {
		d.do(cc.Bridge{Caller: s.LegCaller, Agent: s.LegAgent})
	}
	if s.Recording != "" {
		d.do(cc.StartRecording{Recording: s.Recording, Caller: s.LegCaller, Agent: s.LegAgent})
	}
}

// Resume is what the state still owes: timers with their absolute deadlines, what agents have not acknowledged, ringing
// for a caller not yet connected, recordings to be finished. Media and answered legs are Recovered's; the leg to an
// agent's phone resends by its own state.
func Resume(s *cc.CallState, nowMs int64) []cc.Effect {
	if s.Phase == cc.CallPhase_PHASE_UNKNOWN {
		return nil
	}
	d := decision{s: s, env: cc.Env{NowMs: nowMs}}
	if s.Phase == cc.CallPhase_WAITING || s.Phase == cc.CallPhase_OFFERED {
		d.resumeQueue()
	}
	d.tellAgain()
	for _, rec := range s.OpenRecordings {
		if s.Phase != cc.CallPhase_BRIDGED || rec != s.Recording {
			d.do(cc.StopRecording{Recording: rec})
		}
	}
	d.setDeskTimer()
	if s.HoldSeq != 0 {
		d.do(d.holdTimer())
	}
	return d.out.Effects
}

func (d *decision) resumeQueue() {
	s := d.s
	if s.ConnectedMs == 0 {
		d.do(cc.RingCaller{Leg: s.LegCaller})
		d.do(cc.SetTimer{Name: TimerConnect, Seq: s.ConnectSeq, AtMs: s.ArrivedMs + s.ConnectAfterMs})
	}
	d.do(d.maxWaitTimer())
	for _, o := range Offers(s) {
		d.do(d.offerTimer(o))
		if o.Connecting {
			d.do(d.tellConnecting(o))
		}
	}
}
