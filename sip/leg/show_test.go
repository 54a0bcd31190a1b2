package leg

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// shown are the headers a script line tells when present.
var shown = []string{
	"Route", "Record-Route", "Require", "Session-Expires", "Unsupported", "Accept", "Retry-After", "Reason",
	"Authorization", "Proxy-Authorization", "P-Asserted-Identity", "Diversion", "Alert-Info", "X-Test",
}

func (l *ladder) show(out Output, a args) string {
	var b strings.Builder
	for _, s := range out.Send {
		if _, full := a["full"]; full {
			fmt.Fprintf(&b, "-> %s\n", l.dest(s.To))
			for line := range strings.Lines(string(s.Data)) {
				b.WriteString("   | " + strings.TrimRight(line, "\r\n") + "\n")
			}
			l.sent = append(l.sent, s.Data)
			continue
		}
		b.WriteString(l.sendLine(s))
	}
	for _, t := range out.Timers {
		if !t.Cancel {
			fmt.Fprintf(&b, "timer %s +%d\n", t.Name, t.AtMs-l.now)
		} else {
			fmt.Fprintf(&b, "timer %s off\n", t.Name)
		}
	}
	for _, e := range out.Events {
		b.WriteString("* " + eventLine(e) + "\n")
	}
	if !out.Changed {
		b.WriteString("(state as before)\n")
	}
	return b.String()
}

func (l *ladder) dest(d Dest) string {
	if d.Flow != "" {
		return d.Network + ":" + d.Flow
	}
	return d.Network + ":" + d.Addr.String()
}

func (l *ladder) sendLine(s Send) string {
	for _, old := range l.sent {
		if bytes.Equal(old, s.Data) {
			return fmt.Sprintf("-> %s (again)\n", s.What)
		}
	}
	l.sent = append(l.sent, s.Data)
	m := l.parse(string(s.Data))
	var b strings.Builder
	branch, _ := m.Via().Params.Get("branch")
	if r, ok := m.(*sip.Request); ok {
		fmt.Fprintf(&b, "-> %s %s", r.Method, r.Recipient.String())
	} else {
		fmt.Fprintf(&b, "-> %s %s", s.What, m.CSeq().MethodName)
	}
	fmt.Fprintf(&b, " cseq=%d %s", m.CSeq().SeqNo, l.branch(branch))
	if t := toTag(m); t != "" {
		b.WriteString(" totag=" + t)
	}
	if c := contactOf(m); c != "" {
		b.WriteString(" contact=" + c)
	}
	if len(m.Body()) > 0 {
		if sdpOf(m) != nil {
			b.WriteString(" sdp=" + sdpName(m.Body()))
		} else {
			fmt.Fprintf(&b, " body=%q", m.Body())
		}
	}
	fmt.Fprintf(&b, " to %s\n", l.dest(s.To))
	for _, name := range shown {
		for _, h := range m.GetHeaders(name) {
			fmt.Fprintf(&b, "     %s: %s\n", h.Name(), h.Value())
		}
	}
	return b.String()
}

func eventLine(e Event) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", e), "leg.")
	switch e := e.(type) {
	case Ringing:
		return fmt.Sprintf("%s %d sdp=%s", name, e.Code, sdpName(e.SDP))
	case EarlyMedia:
		return fmt.Sprintf("%s sdp=%s", name, sdpName(e.SDP))
	case Answered:
		return fmt.Sprintf("%s sdp=%s", name, sdpName(e.SDP))
	case Confirmed:
		return fmt.Sprintf("%s sdp=%s reinvite=%t", name, sdpName(e.SDP), e.Reinvite)
	case Offered:
		return fmt.Sprintf("%s sdp=%s same=%t", name, sdpName(e.SDP), e.Same)
	case ReinviteDone:
		return fmt.Sprintf("%s sdp=%s refresh=%t", name, sdpName(e.SDP), e.Refresh)
	case DTMF:
		return fmt.Sprintf("%s %c %dms", name, e.Digit, e.DurationMs)
	case Trying, Released, OfferWithdrawn:
		return name
	}
	return fmt.Sprintf("%s%+v", name, e)
}
