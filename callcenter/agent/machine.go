package agent

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// New is the state of an agent of whom nothing has happened yet. The first event that Decide emits on it is preceded by
// AgentCreated, so the journal alone rebuilds the state from an empty one.
func New(id, company string) *cc.AgentState { return &cc.AgentState{Id: id, Company: company} }

// Decide carries out one command: it emits events by applying them to s. With an error nothing was emitted and s is
// unchanged. Messages inside commands are kept by events and state: the caller must not change them afterwards.
func Decide(s *cc.AgentState, c *cc.Command, env cc.Env) (cc.Outcome, error) {
	d := &step{s: s, env: env, now: env.NowMs}
	if err := d.decide(c); err != nil {
		return cc.Outcome{}, err
	}
	d.keepHand()
	d.keepSwap()
	return d.out, nil
}

// step is one decision in the making. Every check comes before the first emit.
type step struct {
	s   *cc.AgentState
	env cc.Env
	now int64
	out cc.Outcome

	unheld  string // call that this command has un-held
	swapped bool   // a swap ended by this command
}

func (d *step) decide(c *cc.Command) error {
	switch m := c.Message().(type) {
	case *cc.Reserve:
		return d.reserve(m)
	case *cc.OfferConnecting:
		d.offerConnecting(m)
	case *cc.OfferEnded:
		return d.offerEnded(m)
	case *cc.LeftCall:
		d.leftCall(m)
	case *cc.TokenHeld:
		d.tokenHeld(m)
	case *cc.FinishWrapUp:
		return d.finishWrapUp(m)
	case *cc.ExtendWrapUp:
		return d.extendWrapUp()
	case *cc.SetPresence:
		return d.setPresence(m)
	case *cc.SessionOpened:
		return d.sessionOpened(m)
	case *cc.SessionClosed:
		d.sessionClosed(m)
	case *cc.NodeStarted:
		d.nodeStarted()
	case *cc.EndpointChanged:
		d.endpointChanged(m)
	case *cc.SetFocus:
		return d.setFocus(m)
	case *cc.BubbleGained:
		d.bubbleGained(m)
	case *cc.BubbleLost:
		d.bubbleLost(m)
	case *cc.NoticesSeen:
		d.noticesSeen()
	case *cc.DeskCallChanged:
		return d.deskCallChanged(m)
	case *cc.AgentTimer:
		return d.timer(m)
	default:
		return d.fromPeople(c)
	}
	return nil
}

// fromPeople are the commands of agents about their calls, and of supervisors.
func (d *step) fromPeople(c *cc.Command) error {
	switch m := c.Message().(type) {
	case *cc.AcceptCall:
		return d.acceptCall(m)
	case *cc.ResumeCall:
		return d.resumeCall(m)
	case *cc.SetMembership:
		return d.setMembership(m)
	case *cc.RaiseHand:
		return d.raiseHand(m)
	case *cc.AgentRemoved:
		d.agentRemoved()
	default:
		return cc.Errorf(cc.CodeBadCommand, "%s is not for an agent", c.Name())
	}
	return nil
}

// timer: a sequence number that is not the running one's is a timer that was replaced or ended: nothing happens.
func (d *step) timer(m *cc.AgentTimer) error {
	switch m.Name {
	case timerProbe:
		d.probeFired(m.Seq)
	case timerWrapUp:
		d.wrapUpFired(m.Seq)
	case timerGrace:
		d.graceFired(m.Seq)
	case timerOffline:
		d.offlineFired(m.Seq)
	case timerSwap:
		d.swapFired(m.Seq)
	case timerQueues:
		d.queuesFired(m.Seq)
	case timerDesk:
		d.deskFired(m.Seq)
	default:
		return cc.Errorf(cc.CodeBadCommand, "no timer %q", m.Name)
	}
	return nil
}

func (d *step) emit(m any) {
	if d.s.Presence == cc.Presence_PRESENCE_UNKNOWN {
		d.record(&cc.AgentCreated{Agent: d.s.Id, Company: d.s.Company})
	}
	d.record(m)
}

func (d *step) record(m any) {
	e := cc.NewEvent(m)
	Apply(d.s, e, d.now)
	d.out.Events = append(d.out.Events, e)
}

func (d *step) effect(e cc.Effect) { d.out.Effects = append(d.out.Effects, e) }

func (d *step) tellCall(call string, m any) {
	d.effect(cc.TellCall{Call: call, Cmd: cc.NewCommand(m)})
}

func (d *step) setTimer(name string, seq uint64, atMs int64) {
	d.effect(cc.SetTimer{Name: name, Seq: seq, AtMs: atMs})
}

// tooEarly re-arms a timer that fired before its deadline (the clock was slewed) and says so.
func (d *step) tooEarly(name string, seq uint64, atMs int64) bool {
	if d.now >= atMs {
		return false
	}
	d.setTimer(name, seq, atMs)
	return true
}

// config is the agent as configured now, nil when removed.
func (d *step) config() *cc.Agent { return d.env.Dir.Agent(d.s.Id) }
