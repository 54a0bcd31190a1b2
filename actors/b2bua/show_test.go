package b2bua_test

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/sip/sdp"
)

// line tells one release in the short form of the stories.
func (w *world) line(x any) string {
	switch x := x.(type) {
	case b2bua.BindLeg:
		return "  bind " + x.Leg + "\n"
	case b2bua.DropLeg:
		return "  drop " + x.Leg + "\n"
	case b2bua.Send:
		return w.sendLine(x)
	case b2bua.LegTimer:
		if x.Cancel {
			return fmt.Sprintf("  timers %s: -%s\n", x.Leg, x.Name)
		}
		return fmt.Sprintf("  timers %s: %s+%d\n", x.Leg, x.Name, x.AtMs-w.now)
	case b2bua.MediaRemote:
		return fmt.Sprintf("  remote %s %s\n", x.Leg, chosen(x.Chosen))
	case b2bua.OpenMedia:
		return fmt.Sprintf("  open %s %s\n", x.Leg, x.Local)
	case b2bua.CloseMedia:
		return "  close " + x.Leg + "\n"
	case b2bua.DigitLost:
		return "  digit lost for " + cmp.Or(x.Leg, "nobody") + "\n"
	case b2bua.Replied:
		if x.Err != nil {
			return "  refused " + x.Err.Error() + "\n"
		}
		return ""
	case b2bua.Refused:
		return "  refused " + x.Err.Error() + "\n"
	case b2bua.Happened:
		return happened(x.Events)
	}
	return effectLine(x, w.now)
}

func effectLine(x any, now int64) string {
	switch x := x.(type) {
	case cc.SetTimer:
		return fmt.Sprintf("  timer %s+%d\n", x.Name, x.AtMs-now)
	case cc.TellAgent:
		return "  tell " + x.Agent + " " + told(x.Cmd) + "\n"
	case cc.PlayHold:
		return "  play hold " + x.Leg + "\n"
	case cc.Bridge:
		return "  bridge " + x.Caller + " " + x.Agent + "\n"
	case cc.Unbridge:
		return "  unbridge " + x.Caller + " " + x.Agent + "\n"
	case cc.StartRecording:
		return "  record " + x.Caller + " " + x.Agent + "\n"
	case cc.StopRecording:
		return "  stop recording\n"
	}
	return fmt.Sprintf("  %T\n", x)
}

func told(c *cc.Command) string {
	switch m := c.Message().(type) {
	case *cc.OfferEnded:
		return "offer ended " + strings.ToLower(m.Outcome.String())
	case *cc.LeftCall:
		return "left call " + strings.ToLower(m.Cause.String())
	}
	return c.Name()
}

func chosen(c sdp.Chosen) string {
	dir := "inactive"
	switch {
	case c.Send && c.Receive:
		dir = "both ways"
	case c.Send:
		dir = "send only"
	case c.Receive:
		dir = "receive only"
	}
	return fmt.Sprintf("%s %s %s", c.Codec, c.Remote, dir)
}

// sendLine tells a message by what matters of it.
func (w *world) sendLine(x b2bua.Send) string {
	if w.sent[string(x.Data)] {
		return fmt.Sprintf("  -> %s %s (again)\n", x.Leg, x.What)
	}
	m := parse(w.tb, string(x.Data))
	var b strings.Builder
	fmt.Fprintf(&b, "  -> %s %s", x.Leg, x.What)
	if r, ok := m.(*sip.Response); ok && r.CSeq().MethodName != sip.INVITE {
		fmt.Fprintf(&b, " to %s", r.CSeq().MethodName)
	} else if !ok {
		fmt.Fprintf(&b, " cseq=%d", m.CSeq().SeqNo)
	}
	for _, name := range []string{"Reason", "X-Wirechief-Offer", "Alert-Info", "Retry-After", "Unsupported"} {
		if h := m.(headed).GetHeader(name); h != nil {
			fmt.Fprintf(&b, " [%s: %s]", name, h.Value())
		}
	}
	switch s := m.Body(); {
	case len(s) > 0 && x.What == "INFO":
		b.WriteString(" " + strings.ReplaceAll(strings.TrimSpace(string(s)), "\r\n", " "))
	case len(s) > 0:
		b.WriteString(" sdp " + describe(s))
	}
	return b.String() + "\n"
}

type headed interface{ GetHeader(name string) sip.Header }

func describe(body []byte) string {
	m, err := sdp.Parse(body, sdp.Limits{})
	if err != nil {
		return err.Error()
	}
	var f []string
	for _, x := range m.Formats {
		f = append(f, x.Codec.String())
	}
	return strings.Join(f, "+") + "/" + m.Direction.String()
}

func happened(events []*cc.Event) string {
	var names []string
	for _, e := range events {
		s := e.Name()
		switch m := e.Message().(type) {
		case *cc.OfferClosed:
			s += "(" + strings.ToLower(m.Outcome.String()) + ")"
		case *cc.CallEnded:
			s += "(" + strings.ToLower(m.Cause.String()) + ")"
		case *cc.LegConfirmed:
			s += "(" + m.Leg + ")"
		}
		names = append(names, s)
	}
	return "  * " + strings.Join(names, ", ") + "\n"
}

// mergeTimers puts a leg's timers that follow one another on one line.
func mergeTimers(s string) string {
	var out []string
	for line := range strings.Lines(s) {
		head, rest, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if n := len(out); ok && strings.HasPrefix(head, "  timers ") && n > 0 && strings.HasPrefix(out[n-1], head+": ") {
			out[n-1] += " " + rest
			continue
		}
		out = append(out, strings.TrimSuffix(line, "\n"))
	}
	if len(out) == 0 {
		return ""
	}
	return strings.Join(out, "\n") + "\n"
}

var phases = [...]string{"none", "calling", "early", "answered", "confirmed", "ending", "ended", "released"}

// brief is the state of call and legs in a line.
func (w *world) brief() string {
	c := w.m.Call
	var b strings.Builder
	fmt.Fprintf(&b, "  = %s", strings.ToLower(strings.TrimPrefix(c.Phase.String(), "CALL_")))
	if c.EndCause != cc.EndCause_END_NONE {
		b.WriteString(" by " + strings.ToLower(strings.TrimPrefix(c.EndCause.String(), "END_")))
	}
	if c.Agent != "" {
		b.WriteString(" with " + c.Agent)
	}
	if c.Held {
		b.WriteString(" held")
	}
	for _, l := range w.m.Legs() {
		b.WriteString("; " + l.ID + " " + phases[l.SIP.Phase])
	}
	if w.m.Asleep() {
		b.WriteString("; asleep")
	}
	return b.String() + "\n"
}
