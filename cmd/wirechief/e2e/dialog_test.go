package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// dialog is one call of a user agent. Its fields are guarded by the agent's watch.
type dialog struct {
	u             *ua
	id            string
	local, remote string // From and To values with their tags, as this side sends them
	target        string
	seq           int
	invite        *message // the INVITE that came in, or ours
	caller        bool     // we have dialled
	rtp           *rtpEnd
	theirs        string // the last session description of the far end
	codes         []int  // responses to our INVITE
	final         *message
	acked         bool
	cancelled     bool
	ended         bool     // BYE, CANCEL or refusal: nothing goes on
	ender         string   // far, near
	bye           *message // of the far end
	reoffered     int      // re-INVITEs of the far end
	last          *message // our last response to their INVITE
	reply         map[int]*message
}

func describe(at netip.AddrPort, direction string) string {
	return fmt.Sprintf("v=0\r\no=e2e 1 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 0 8 101\r\n"+
		"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"+
		"a=ptime:20\r\na=%s\r\n", ids.Add(1), at.Addr(), at.Addr(), at.Port(), direction)
}

// dial places a call; number is the user part dialled. further are extra headers, name and value.
func (u *ua) dial(number string, further ...string) *dialog {
	u.t.Helper()
	uri := "sip:" + number + "@" + u.engine.String()
	m := u.out("INVITE", uri, "<"+uri+">")
	for i := 0; i < len(further); i += 2 {
		m.add(further[i], further[i+1])
	}
	d := &dialog{
		u: u, id: m.get("Call-ID"), local: m.get("From"), remote: m.get("To"), target: uri, seq: 1, invite: m,
		caller: true, rtp: newRTP(u.t, u.ip), reply: make(map[int]*message),
	}
	m.body = describe(d.rtp.local, "sendrecv")
	u.Lock()
	u.calls[d.id] = d
	u.Unlock()
	u.repeat(m.String(), func() bool { return len(d.codes) > 0 })
	return d
}

// incoming makes the dialog of an INVITE. The caller holds the lock.
func (u *ua) incoming(m *message) *dialog {
	local := m.get("To") + ";tag=" + fresh()
	d := &dialog{
		u: u, id: m.get("Call-ID"), local: local, remote: m.get("From"), target: inAngles(m.get("Contact")), seq: 100,
		invite: m, rtp: newRTP(u.t, u.ip), reply: make(map[int]*message),
	}
	d.offered(m.body)
	return d
}

// offered takes the far end's session description.
func (d *dialog) offered(sdp string) {
	if sdp == "" {
		return
	}
	d.theirs = sdp
	var ip netip.Addr
	var port int
	for l := range strings.SplitSeq(sdp, "\r\n") {
		if v, ok := strings.CutPrefix(l, "c=IN IP4 "); ok {
			ip, _ = netip.ParseAddr(v)
		}
		if v, ok := strings.CutPrefix(l, "m=audio "); ok {
			_, _ = fmt.Sscan(v, &port)
		}
	}
	if ip.IsValid() && port > 0 {
		d.rtp.send(netip.AddrPortFrom(ip, uint16(port)))
	}
}

// request takes a request within the dialog. The caller holds the lock.
func (d *dialog) request(m *message) {
	switch m.method {
	case "INVITE":
		if tag(m.get("To")) == "" { // sent again
			if d.last != nil {
				d.u.write(d.last.String())
			}
			return
		}
		d.reoffered++
		d.offered(m.body)
		r := m.respond(200, "")
		r.add("Contact", "<"+d.u.contact()+">")
		r.body = describe(d.rtp.local, "sendrecv")
		d.last = r
		d.u.write(r.String())
	case "ACK":
		d.acked = true
	case "CANCEL":
		d.u.write(m.respond(200, tag(d.local)).String())
		if d.last == nil || d.last.code < 200 {
			d.cancelled, d.ended, d.ender = true, true, "far"
			d.last = d.invite.respond(487, tag(d.local))
			d.u.write(d.last.String())
		}
	case "BYE":
		d.u.write(m.respond(200, "").String())
		if !d.ended {
			d.ended, d.ender, d.bye = true, "far", m
		}
	default:
		d.u.write(m.respond(200, "").String())
	}
}

// response takes a response to a request of ours. The caller holds the lock.
func (d *dialog) response(m *message) {
	n, method := m.cseq()
	if method != "INVITE" {
		if m.code >= 200 && method != "CANCEL" {
			d.reply[n] = m
		}
		return
	}
	if m.code < 200 {
		d.codes = append(d.codes, m.code)
		d.offered(m.body)
		return
	}
	first := d.reply[n] == nil
	d.reply[n] = m
	ack := d.within("ACK", n)
	if m.code < 300 {
		d.remote = m.get("To")
		if c := inAngles(m.get("Contact")); c != "" {
			d.target = c
		}
		ack = d.within("ACK", n)
		d.offered(m.body)
	} else {
		ack.uri = d.invite.uri
		ack.headers[0][1] = d.invite.get("Via")
		for i, h := range ack.headers {
			if h[0] == "To" {
				ack.headers[i][1] = m.get("To")
			}
		}
	}
	d.u.write(ack.String())
	if first && n == 1 {
		d.codes, d.final = append(d.codes, m.code), m
		d.ended = d.ended || m.code >= 300
	}
}

// within begins a request inside the dialog.
func (d *dialog) within(method string, seq int) *message {
	m := &message{method: method, uri: d.target}
	m.add("Via", d.u.via())
	m.add("Max-Forwards", "70")
	m.add("From", d.local)
	m.add("To", d.remote)
	m.add("Call-ID", d.id)
	m.add("CSeq", fmt.Sprintf("%d %s", seq, method))
	if method == "INVITE" {
		m.add("Contact", "<"+d.u.contact()+">")
	}
	return m
}

// ask sends a request inside the dialog and awaits its final response.
func (d *dialog) ask(method, body string) *message {
	d.u.t.Helper()
	d.u.Lock()
	d.seq++
	n := d.seq
	m := d.within(method, n)
	m.body = body
	d.u.Unlock()
	d.u.repeat(m.String(), func() bool { return d.reply[n] != nil })
	var got *message
	d.u.await(d.u.t, method+" to be answered", func() bool {
		got = d.reply[n]
		return got != nil
	})
	return got
}

// alert sends 180.
func (d *dialog) alert() *dialog { return d.say(180) }

// say answers the INVITE without a session.
func (d *dialog) say(code int) *dialog {
	d.u.Lock()
	defer d.u.Unlock()
	if d.last != nil && d.last.code >= 200 {
		return d
	}
	r := d.invite.respond(code, tag(d.local))
	r.add("Contact", "<"+d.u.contact()+">")
	d.last = r
	if code >= 300 {
		d.ended, d.ender = true, "near"
	}
	d.u.write(r.String())
	return d
}

// answer takes the call and sends a tone; it awaits the ACK.
func (d *dialog) answer(hz float64) *dialog {
	d.u.t.Helper()
	d.rtp.tone(hz)
	d.u.Lock()
	r := d.invite.respond(200, tag(d.local))
	r.add("Contact", "<"+d.u.contact()+">")
	r.body = describe(d.rtp.local, "sendrecv")
	d.last = r
	d.u.Unlock()
	d.u.repeat(r.String(), func() bool { return d.acked || d.ended })
	d.u.await(d.u.t, "the ACK", func() bool { return d.acked })
	return d
}

// hangUp ends an answered call and awaits that it is.
func (d *dialog) hangUp() {
	d.u.t.Helper()
	d.u.Lock()
	if d.ended {
		d.u.Unlock()
		return
	}
	d.ended, d.ender = true, "near"
	d.u.Unlock()
	if got := d.ask("BYE", ""); got.code != 200 {
		d.u.t.Errorf("BYE got %d", got.code)
	}
}

// cancel gives up a call that is not answered and awaits 487.
func (d *dialog) cancel() {
	d.u.t.Helper()
	m := *d.invite
	m.method, m.body = "CANCEL", ""
	m.headers = nil
	for _, h := range d.invite.headers {
		switch h[0] {
		case "CSeq":
			m.add("CSeq", "1 CANCEL")
		case "Via", "From", "To", "Call-ID", "Max-Forwards":
			m.add(h[0], h[1])
		}
	}
	d.u.repeat(m.String(), func() bool { return d.final != nil })
	d.u.await(d.u.t, "the end of a cancelled call", func() bool { return d.final != nil })
	if d.final.code != 487 {
		d.u.t.Errorf("a cancelled call ended with %d", d.final.code)
	}
}

// rang awaits a provisional response.
func (d *dialog) rang() *dialog {
	d.u.t.Helper()
	d.u.await(d.u.t, "ringing", func() bool {
		for _, c := range d.codes {
			if c == 180 || c == 183 || c == 200 {
				return true
			}
		}
		return false
	})
	return d
}

// connected awaits the 200 and sends a tone from then on.
func (d *dialog) connected(hz float64) *dialog {
	d.u.t.Helper()
	d.u.await(d.u.t, "an answer to the call", func() bool { return d.final != nil })
	if d.final.code != 200 {
		d.u.t.Fatalf("the call was answered with %d", d.final.code)
	}
	d.rtp.tone(hz)
	return d
}

// refused awaits a final response and gives it.
func (d *dialog) refused() *message {
	d.u.t.Helper()
	d.u.await(d.u.t, "a final response", func() bool { return d.final != nil })
	return d.final
}

// over awaits the far end's BYE or CANCEL.
func (d *dialog) over() *dialog {
	d.u.t.Helper()
	d.u.await(d.u.t, "the far end to end the call of "+d.u.name, func() bool { return d.ended })
	return d
}

// up says that the call is still up.
func (d *dialog) up() bool {
	d.u.Lock()
	defer d.u.Unlock()
	return !d.ended
}

// callID is the engine's id of the call, as a phone is told.
func (d *dialog) callID() string { return d.invite.get("X-Wirechief-Call") }

// ms is a duration in the words of the configuration.
func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }
