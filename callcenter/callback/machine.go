package callback

import (
	"slices"
	"strconv"

	cc "github.com/wirechief/wirechief/callcenter"
)

// New is the state of a number nobody has to call.
func New(tenant, number string) *cc.CallbackState {
	return &cc.CallbackState{Tenant: tenant, Number: number}
}

// Decide carries out one command: it emits events by applying them to s. With an error nothing was emitted and s is
// unchanged.
func Decide(s *cc.CallbackState, c *cc.Command, env cc.Env) (cc.Outcome, error) {
	d := &step{s: s, env: env}
	if err := d.decide(c); err != nil {
		return cc.Outcome{}, err
	}
	return d.out, nil
}

type step struct {
	s   *cc.CallbackState
	env cc.Env
	out cc.Outcome
}

func (d *step) decide(c *cc.Command) error {
	switch m := c.Message().(type) {
	case *cc.CallReported:
		return d.reported(m)
	case *cc.ClaimCallback:
		return d.claim(m)
	case *cc.ReleaseCallback:
		return d.release(m)
	case *cc.AttemptCallback:
		return d.byHand(m.Agent, m.Supervisor, func() { d.attempted("", m.Agent) })
	case *cc.CloseCallback:
		if m.Reason == "" {
			return cc.Errorf(cc.CodeReasonRequired, "a callback is closed with a reason")
		}
		return d.byHand(m.Agent, m.Supervisor, func() { d.emit(&cc.CallbackClosed{By: m.Agent, Reason: m.Reason}) })
	case *cc.WrongNumber:
		return d.byHand(m.Agent, m.Supervisor, func() { d.emit(&cc.CallbackWrongNumber{By: m.Agent}) })
	}
	return cc.Errorf(cc.CodeBadCommand, "%s is not for a callback", c.Name())
}

func (d *step) emit(m any) {
	e := cc.NewEvent(m)
	Apply(d.s, e, d.env.NowMs)
	d.out.Events = append(d.out.Events, e)
}

// Open says that somebody still has to call.
func Open(s *cc.CallbackState) bool {
	return s.Status == cc.CallbackStatus_CALLBACK_OPEN || s.Status == cc.CallbackStatus_CALLBACK_ATTEMPTED
}

// Cold says that it has been open for too long.
func Cold(s *cc.CallbackState, nowMs int64) bool { return Open(s) && nowMs-s.OpenedMs >= ColdMs }

// ClaimedBy is who has claimed it now, "" for nobody.
func ClaimedBy(s *cc.CallbackState, nowMs int64) string {
	if Open(s) && nowMs < s.ClaimUntilMs {
		return s.ClaimedBy
	}
	return ""
}

// reported: a call that wants a callback opens a round or joins it; a later call in which a person talked ends it; a
// call of ours that nobody answered is an attempt.
func (d *step) reported(m *cc.CallReported) error {
	s := d.s
	if m.Call == "" {
		return cc.Errorf(cc.CodeBadCommand, "a report names its call")
	}
	cause := slices.ContainsFunc(s.Causes, func(c *cc.CallbackCause) bool { return c.Call == m.Call })
	if m.Kind != cc.CallbackKind_CALLBACK_KIND_UNKNOWN {
		if !cause && !slices.Contains(s.Taken, m.Call) {
			d.wanted(m)
		}
		return nil
	}
	switch {
	case !Open(s):
	case cause:
		d.emit(&cc.CallbackWithdrawn{Call: m.Call})
		if len(s.Causes) == 0 && s.Joined == 0 {
			d.emit(&cc.CallbackClosed{By: bySystem, Reason: reasonUnwanted})
		}
	case slices.Contains(s.Taken, m.Call), m.StartedMs < s.OpenedMs:
	case m.TalkMs >= ReachedMs:
		d.emit(&cc.CallbackReached{Call: m.Call, AtMs: max(m.AnsweredMs, s.OpenedMs)})
	case m.Outbound:
		d.attempted(m.Call, "")
	}
	return nil
}

// What ends a callback that nobody ended.
const (
	bySystem       = "system"
	reasonUnwanted = "no_call_wants_it"
)

func (d *step) wanted(m *cc.CallReported) {
	cause := &cc.CallbackCause{Call: m.Call, Kind: m.Kind, EndedMs: m.EndedMs}
	if Open(d.s) {
		d.emit(&cc.CallbackJoined{Cause: cause})
		return
	}
	due := d.env.Dir.Tenant(d.s.Tenant).GetCallbackDueMs()
	if due <= 0 {
		due = DefaultDueMs
	}
	d.emit(&cc.CallbackOpened{
		Tenant: d.s.Tenant, Number: d.s.Number, Round: d.s.Round + 1, Cause: cause, DueMs: m.EndedMs + due,
	})
}

func (d *step) attempted(call, by string) {
	d.emit(&cc.CallbackAttempted{Call: call, By: by})
	if d.s.Attempts >= MaxAttempts {
		d.emit(&cc.CallbackGaveUp{})
	}
}

// claim: one CSR at a time, for a quarter of an hour; claiming again goes on from now.
func (d *step) claim(m *cc.ClaimCallback) error {
	return d.byHand(m.Agent, m.Supervisor, func() {
		d.emit(&cc.CallbackClaimed{Agent: m.Agent, UntilMs: d.env.NowMs + ClaimMs})
	})
}

func (d *step) release(m *cc.ReleaseCallback) error {
	if ClaimedBy(d.s, d.env.NowMs) == "" {
		return nil
	}
	return d.byHand(m.Agent, m.Supervisor, func() { d.emit(&cc.CallbackReleased{By: m.Agent}) })
}

// byHand lets a person act on an open callback, unless another has claimed it; a supervisor always.
func (d *step) byHand(agent string, supervisor bool, act func()) error {
	holder := ClaimedBy(d.s, d.env.NowMs)
	switch {
	case agent == "":
		return cc.Errorf(cc.CodeBadCommand, "a person is named")
	case d.s.Round == 0:
		return cc.Errorf(cc.CodeNotFound, "there is no callback to this number")
	case !Open(d.s):
		return cc.Errorf(cc.CodeCallbackEnded, "this callback has ended")
	case holder != "" && holder != agent && !supervisor:
		return cc.Errorf(cc.CodeCallbackClaimed, "%s calls back", holder).
			With("agent", holder).With("until_ms", strconv.FormatInt(d.s.ClaimUntilMs, 10))
	}
	act()
	return nil
}
