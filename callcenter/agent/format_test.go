package agent

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	cc "github.com/wirechief/wirechief/callcenter"
)

// seconds writes a time of the script: 12s, 1.5s.
func seconds(ms int64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", float64(ms)/1000), "0"), ".") + "s"
}

// fields writes the set fields of a message in the order of the schema; times as seconds; policy, explanation and
// sequence numbers and ids of swaps are left out.
func fields(m proto.Message) string {
	var b strings.Builder
	r := m.ProtoReflect()
	fds := r.Descriptor().Fields()
	for i := range fds.Len() {
		fd := fds.Get(i)
		name := string(fd.Name())
		if !r.Has(fd) || name == "policy" || name == "explain" || name == "leg" || name == "id" || strings.HasSuffix(name, "seq") {
			continue
		}
		v := r.Get(fd)
		switch {
		case fd.IsList():
			var list []string
			for i := range v.List().Len() {
				list = append(list, v.List().Get(i).String())
			}
			fmt.Fprintf(&b, " %s=%s", name, strings.Join(list, ","))
		case fd.Kind() == protoreflect.MessageKind:
			fmt.Fprintf(&b, " %s{%s }", name, fields(v.Message().Interface()))
		case fd.Kind() == protoreflect.EnumKind:
			fmt.Fprintf(&b, " %s=%s", name, fd.Enum().Values().ByNumber(v.Enum()).Name())
		case strings.HasSuffix(name, "_ms"):
			fmt.Fprintf(&b, " %s=%s", strings.TrimSuffix(name, "_ms"), seconds(v.Int()))
		default:
			fmt.Fprintf(&b, " %s=%v", name, v)
		}
	}
	return b.String()
}

func (r *rig) printOutcome(out cc.Outcome, err error) {
	if err != nil {
		e, _ := errors.AsType[*cc.Error](err)
		fmt.Fprintf(&r.out, "  refused: %s", e.Code)
		for _, d := range e.Details {
			fmt.Fprintf(&r.out, " %s=%s", d.Name, d.Value)
		}
		r.out.WriteByte('\n')
		return
	}
	for _, e := range out.Events {
		fmt.Fprintf(&r.out, "  %s%s\n", e.Name(), fields(e.Message().(proto.Message)))
	}
	r.printEffects(out.Effects)
}

func (r *rig) printEffects(effects []cc.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case cc.SetTimer:
			fmt.Fprintf(&r.out, "  -> timer %s at %s\n", e.Name, seconds(e.AtMs))
		case cc.TellCall:
			fmt.Fprintf(&r.out, "  -> call %s: %s%s\n", e.Call, e.Cmd.Name(), fields(e.Cmd.Message().(proto.Message)))
		case cc.Forward:
			fmt.Fprintf(&r.out, "  -> call %s, who asked hears the answer: ", e.Call)
			fmt.Fprintf(&r.out, "%s%s\n", e.Cmd.Name(), fields(e.Cmd.Message().(proto.Message)))
		case cc.Await:
			r.out.WriteString("  -> who asked waits\n")
		case cc.Settle:
			fmt.Fprintf(&r.out, "  -> who waits hears: %s\n", settled(e.Err))
		default:
			fmt.Fprintf(&r.out, "  -> %T\n", e)
		}
	}
}

// stateLine is the agent at a glance, with the code that a Reserve of queue sales would get.
func (r *rig) stateLine() string {
	s, sum := r.state, Summary(r.state)
	var b strings.Builder
	fmt.Fprintf(&b, "= %s", withReason(sum.Presence, sum.Reason))
	if s.NextPresence != 0 {
		fmt.Fprintf(&b, " next=%s", withReason(s.NextPresence, s.NextReason))
	}
	if s.FormerPresence != 0 {
		fmt.Fprintf(&b, " former=%s until %s", withReason(s.FormerPresence, s.FormerReason), seconds(s.FormerUntilMs))
	}
	fmt.Fprintf(&b, ", token %s", sum.Token)
	if sum.Offer != "" {
		fmt.Fprintf(&b, " by %s", sum.Offer)
	}
	if sum.WrapupRemainingMs != 0 {
		fmt.Fprintf(&b, ", %s left", seconds(sum.WrapupRemainingMs))
	}
	if s.Token.GetHeld() {
		b.WriteString(", held")
	}
	if sum.Activity != cc.Activity_ACTIVITY_IDLE {
		fmt.Fprintf(&b, ", %s", strings.TrimPrefix(sum.Activity.String(), "ACTIVITY_"))
	}
	if w := s.Swap; w != nil {
		fmt.Fprintf(&b, ", holding %s for %s", strings.Join(w.Hold, " "), w.Call)
	}
	if sum.Hand != "" {
		fmt.Fprintf(&b, ", hand up on %s", sum.Hand)
	}
	if len(sum.QueuesAdded)+len(sum.QueuesRemoved) > 0 {
		fmt.Fprintf(&b, ", queues +%v -%v", sum.QueuesAdded, sum.QueuesRemoved)
	}
	fmt.Fprintf(&b, ", idle since %s", seconds(s.IdleSinceMs))
	if s.Misses != 0 {
		fmt.Fprintf(&b, ", misses %d", s.Misses)
	}
	if s.Focus != "" {
		fmt.Fprintf(&b, ", focus %s", s.Focus)
	}
	queue := r.dir.Queue("sales")
	code := cc.Eligible(sum, r.dir.Agent("ann"), queue, "plumbing", r.now)
	switch detail := cc.EligibleDetail(code, sum, queue); {
	case code == "":
		b.WriteString(", eligible")
	case detail == "":
		fmt.Fprintf(&b, ", not eligible: %s", code)
	default:
		fmt.Fprintf(&b, ", not eligible: %s(%s)", code, detail)
	}
	return b.String()
}

func settled(err *cc.Error) string {
	if err == nil {
		return "ok"
	}
	return err.Code
}

func withReason(p cc.Presence, reason string) string {
	if reason == "" {
		return p.String()
	}
	return p.String() + "(" + reason + ")"
}
