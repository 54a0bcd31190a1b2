package b2bua

import (
	"net/netip"

	"github.com/wirechief/wirechief/actors/host"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/sip/leg"
)

// step collects what one input leads to. Leg outputs become commands to the call, the call's effects become leg
// commands, until nothing is left to do.
type step struct {
	m       *Machine
	at      Moment
	env     cc.Env
	first   *cc.Command // what the record says was asked
	further []*cc.Command
	events  []*cc.Event
	release []any
	todo    []*cc.Command // commands that follow from leg events
	changed []*Leg        // legs whose durable state changed
	gone    []string      // legs released
	phone   *Phone
	local   netip.AddrPort
	crowded bool
	fence   bool // a record is due in any case
}

// Step implements host.Machine; the input is a Timed.
func (m *Machine) Step(input any) host.Decision {
	timed := input.(Timed)
	at := timed.Moment
	s := &step{m: m, at: at, env: cc.Env{NowMs: at.NowMs, Dir: at.Dir, IDs: cc.NewIDs(at.Seed)}}
	switch in := timed.Input.(type) {
	case Arrival:
		s.arrive(in)
	case Ask:
		s.phone, s.local, s.crowded = in.Phone, in.Local, in.Crowded
		err := s.ask(in.Cmd)
		if in.Reply != nil {
			s.release = append(s.release, Replied{in.Reply, err})
		}
	case Received:
		if l := m.leg(in.Leg); l != nil {
			s.took(l, l.SIP.Receive(in.Msg, in.Src, at.NowMs))
		}
	case LegFired:
		if l := m.leg(in.Leg); l != nil {
			s.took(l, l.SIP.Fire(in.Name, in.Seq, at.NowMs))
		}
	case SendFailed:
		if l := m.leg(in.Leg); l != nil {
			s.unsent(l)
		}
	case Silent:
		s.probe(in.Leg)
	case Restarted:
		s.restart()
	case Fence:
		s.fence, s.first = true, cc.NewCommand(&cc.Recovered{})
	}
	s.drain()
	return s.decision()
}

// ask puts a command to the call and does what it leads to.
func (s *step) ask(c *cc.Command) error {
	if s.first == nil {
		s.first = c
	}
	out, err := call.Decide(s.m.Call, c, s.env)
	if err != nil {
		return err
	}
	if c != s.first && len(out.Events) > 0 {
		s.further = append(s.further, c)
	}
	s.events = append(s.events, out.Events...)
	for _, e := range out.Effects {
		s.effect(e)
	}
	if out.Refusal != nil {
		return out.Refusal
	}
	return nil
}

// drain handles what legs told, until they are silent. A refusal is the call's way to say that it knows better.
func (s *step) drain() {
	for len(s.todo) > 0 {
		c := s.todo[0]
		s.todo = s.todo[1:]
		_ = s.ask(c)
	}
}

func (s *step) tell(m any) { s.todo = append(s.todo, cc.NewCommand(m)) }

// decision makes the record of the step, if it changed anything, and hands out what is owed.
func (s *step) decision() host.Decision {
	var d host.Decision
	for _, x := range s.release {
		if tell, ok := x.(cc.TellAgent); ok {
			d.Early = append(d.Early, tell)
		} else {
			d.Release = append(d.Release, x)
			d.Prompt = d.Prompt || prompt(x)
		}
	}
	if len(s.events) > 0 {
		d.Release = append(d.Release, Happened{s.events})
	}
	legs := s.deltas()
	if len(s.events) == 0 && len(legs) == 0 && !s.fence {
		return d
	}
	r := cc.Record{
		NowMs: s.at.NowMs, RulesVersion: cc.RulesVersion, ConfigVersion: s.at.Dir.Center.Version,
		AppliedSeen: s.at.Seen, Command: s.first, Further: s.further, Events: s.events, Legs: legs,
	}
	if s.env.IDs.Used() {
		r.Seed = s.at.Seed
	}
	data, err := r.MarshalVT()
	if err != nil {
		panic("b2bua: a record that cannot be encoded: " + err.Error()) //nolint:forbidigo // a mistake of the program itself
	}
	d.Record = data
	return d
}

func (s *step) deltas() []*cc.LegDelta {
	var out []*cc.LegDelta
	for _, l := range s.changed {
		if s.m.leg(l.ID) != l {
			continue // released in the same step
		}
		d := &cc.LegDelta{Leg: l.ID}
		if l.saved == nil {
			d.Full, d.Data, d.Media = true, l.SIP.Marshal(nil), l.Local.String()
		} else if d.Data = leg.Delta(l.saved, l.SIP, nil); len(d.Data) == 0 {
			continue
		}
		l.saved = l.SIP.Clone()
		out = append(out, d)
	}
	for _, id := range s.gone {
		out = append(out, &cc.LegDelta{Leg: id, Gone: true})
	}
	return out
}

// prompt says whether somebody waits for a deed: the network, a client, the ears of a caller. Timers, books and
// tidying up can wait for company; so can a provisional response, which mostly finds it in the offer to an idle agent:
// then the INVITE to the phone waits for one sync, not two.
func prompt(x any) bool {
	switch x := x.(type) {
	case Send:
		return len(x.What) != 3 || x.What[0] != '1'
	case BindLeg, LegTimer, DropLeg, DigitLost, CloseMedia, cc.SetTimer, cc.StopRecording:
		return false
	}
	return true
}
