package sim

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ua is a SIP user agent of the people's side: what an RFC 3261 phone does without being asked. Who holds it decides
// about calls: caller or phone.
type ua struct {
	w       *World
	addr    netip.AddrPort
	contact string
	owner   uaOwner
	sdp     int // version
}

type uaOwner interface {
	invited(d *dialog, m *sipMsg) // a new INVITE
	progress(d *dialog, code int) // of ours
	up(d *dialog)
	over(d *dialog)
}

type dState uint8

const (
	dInviting dState = iota // ours is out
	dEarly                  // ours has a provisional response
	dRinging                // theirs came
	dUp
	dOver
)

// dialog is one dialog at a user agent.
type dialog struct {
	u        *ua
	id       string
	state    dState
	ours     bool // we sent the INVITE
	self     string
	peer     string // with tag once known
	tag      string
	cseq     uint32
	target   string // host:port of the engine
	uri      string // its Contact
	branches int
	invite   string // our INVITE
	ibranch  string
	icseq    uint32
	ack      string // ours for its 2xx
	asked    *sipMsg
	answers  map[string]string // branch and method -> what we said
	resend   *event            // of our INVITE, BYE or CANCEL
	repeat   *event            // of our final response to an INVITE
	acked    bool
	code     int // final response to our INVITE
	cancel   bool
	bye      string
	offer    string
}

const (
	t1     = 500 * ms
	t2     = 4 * sec
	giveUp = 64 * t1
)

func (w *World) newUA(phone bool, n int, owner uaOwner) *ua {
	host, port := callerHost, callerPort+n
	if phone {
		host, port = phoneHost, phonePort+n
	}
	addr := netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port))
	u := &ua{w: w, addr: addr, owner: owner, contact: fmt.Sprintf("sip:u%d@%s", n, addr)}
	w.uas[uaKey(addr)] = u
	return u
}

func (u *ua) description(direction string) string {
	u.sdp++
	return sdpOf(u.addr.Addr().String(), 40_000, u.sdp, direction)
}

func (d *dialog) send(text string) {
	d.u.w.wire.toEngine(d.u.addr, d.target, text)
}

// request builds one of ours.
func (d *dialog) request(method, branch string, cseq uint32, sdp string) string {
	uri := d.uri
	var b strings.Builder
	b.Grow(512 + len(sdp))
	b.WriteString(method + " " + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP " + d.u.addr.String() + ";branch=" + branch + ";rport\r\n" +
		"Max-Forwards: 70\r\nFrom: " + d.self + "\r\nTo: " + d.peer + "\r\nCall-ID: " + d.id + "\r\nCSeq: " +
		strconv.Itoa(int(cseq)) + " " + method + "\r\nContact: <" + d.u.contact + ">\r\n")
	b.WriteString(withBody(sdp))
	return b.String()
}

func (d *dialog) branch() string {
	d.branches++
	return "z9hG4bK-" + d.tag + "-" + strconv.Itoa(d.branches)
}

// again sends a text until it is cancelled or 64*T1 have passed; then gone is called.
func (d *dialog) again(text string, gone func()) *event {
	e := &event{}
	wait, spent := t1, int64(0)
	var fire func()
	fire = func() {
		if spent += wait; spent >= giveUp {
			gone()
			return
		}
		d.send(text)
		wait = min(2*wait, t2)
		d.u.w.place(e, wait, fire)
	}
	d.send(text)
	d.u.w.place(e, wait, fire)
	return e
}

// call sends an INVITE.
func (u *ua) call(id, tag, name, user, number, target string) *dialog {
	d := &dialog{
		u: u, id: id, ours: true, tag: tag, target: target, uri: "sip:" + number + "@" + target,
		self: fmt.Sprintf("%q <sip:%s@%s>;tag=%s", name, user, u.addr, tag), peer: "<sip:" + number + "@" + target + ">",
		cseq: 1, icseq: 1, answers: map[string]string{},
	}
	u.w.wire.dialogs[id] = d
	d.ibranch = d.branch()
	d.invite = d.request("INVITE", d.ibranch, 1, u.description("sendrecv"))
	d.resend = d.again(d.invite, func() { d.end() })
	return d
}

func (d *dialog) end() {
	if d.state == dOver {
		return
	}
	d.state = dOver
	d.quiet()
	d.u.owner.over(d)
}

func (d *dialog) quiet() {
	d.u.w.cancel(d.resend)
	d.u.w.cancel(d.repeat)
}

// hangUp ends a dialog in the way its state needs.
func (d *dialog) hangUp() {
	switch {
	case d.state == dOver || d.cancel:
	case d.state == dInviting: // nothing heard yet: what comes later is refused
		d.end()
	case d.state == dEarly:
		d.cancel = true
		text := d.request("CANCEL", d.ibranch, d.icseq, "")
		d.u.w.cancel(d.resend)
		d.resend = d.again(text, func() { d.end() })
	case d.state == dRinging:
		d.final(480)
		d.end()
	case d.bye == "":
		d.sendBye()
	}
}

func (d *dialog) sendBye() {
	d.cseq++
	d.bye = d.request("BYE", d.branch(), d.cseq, "")
	d.u.w.cancel(d.resend)
	d.resend = d.again(d.bye, func() { d.end() })
}

// vanish ends a dialog without a word.
func (d *dialog) vanish() { d.end() }

// receive takes a message of the engine.
func (u *ua) receive(m *sipMsg) {
	d := u.w.wire.dialogs[m.callID]
	if d == nil || d.u != u {
		if m.method == "INVITE" && !strings.Contains(m.to, ";tag=") {
			d = u.invited(m)
			u.owner.invited(d, m)
		} else if m.method != "" && m.method != "ACK" {
			u.w.wire.toEngine(u.addr, hostOf(viaHost(m)), answerTo(m, 481, "x", "", ""))
		}
		return
	}
	if m.method != "" {
		d.asks(m)
	} else {
		d.says(m)
	}
}

func viaHost(m *sipMsg) string {
	v := strings.TrimPrefix(m.vias[0], "SIP/2.0/UDP ")
	v, _, _ = strings.Cut(v, ";")
	return "sip:x@" + v
}

func (u *ua) invited(m *sipMsg) *dialog {
	d := &dialog{
		u: u, id: m.callID, state: dRinging, tag: "p" + strconv.Itoa(len(u.w.wire.dialogs)), target: hostOf(viaHost(m)),
		uri: m.contact, peer: m.from, asked: m, answers: map[string]string{}, offer: m.offer,
	}
	d.self = m.to + ";tag=" + d.tag
	u.w.wire.dialogs[m.callID] = d
	return d
}

// reply answers a request and remembers what was said.
func (d *dialog) reply(m *sipMsg, code int, sdp string) string {
	text := answerTo(m, code, d.tag, d.u.contact, sdp)
	if code >= 200 {
		d.answers[m.branch+m.method] = text
	}
	d.u.w.wire.toEngine(d.u.addr, hostOf(viaHost(m)), text)
	return text
}

// asks handles a request of the engine.
func (d *dialog) asks(m *sipMsg) {
	if said, again := d.answers[m.branch+m.method]; again && m.method != "ACK" {
		d.u.w.wire.toEngine(d.u.addr, hostOf(viaHost(m)), said)
		return
	}
	switch {
	case m.method == "ACK":
		d.acked = true
		d.u.w.cancel(d.repeat)
	case m.method == "CANCEL":
		d.reply(m, 200, "")
		if d.state == dRinging {
			d.final(487)
			d.end()
		}
	case d.state == dOver:
		d.reply(m, 481, "")
	case m.method == "BYE":
		d.reply(m, 200, "")
		d.end()
	case m.method == "INVITE" && d.state == dRinging: // repeated
		if d.asked.branch == m.branch && d.acked {
			return
		}
	case m.method == "INVITE":
		d.target, d.uri = hostOf(m.contact), m.contact
		d.keep(d.reply(m, 200, d.u.description("sendrecv")))
	default:
		d.reply(m, 200, "")
	}
}

// keep repeats a final response to an INVITE until its ACK.
func (d *dialog) keep(text string) {
	d.acked = false
	d.u.w.cancel(d.repeat)
	e := &event{}
	wait, spent := t1, int64(0)
	var fire func()
	fire = func() {
		if spent += wait; spent >= giveUp || d.acked {
			return
		}
		d.send(text)
		wait = min(2*wait, t2)
		d.u.w.place(e, wait, fire)
	}
	d.u.w.place(e, wait, fire)
	d.repeat = e
}

// final refuses the INVITE that began the dialog.
func (d *dialog) final(code int) { d.reply(d.asked, code, "") }

// ring, take: what a phone does with an INVITE.
func (d *dialog) ring() {
	if d.state == dRinging {
		d.reply(d.asked, 180, "")
	}
}

func (d *dialog) take() {
	if d.state != dRinging {
		return
	}
	d.state = dUp
	d.keep(d.reply(d.asked, 200, d.u.description("sendrecv")))
	d.u.owner.up(d)
}

// says handles a response of the engine.
func (d *dialog) says(m *sipMsg) {
	switch {
	case m.cmethod == "BYE" && m.code >= 200:
		d.end()
	case m.cmethod == "CANCEL":
		if m.code >= 200 {
			d.u.w.cancel(d.resend) // the INVITE's own end follows
			d.u.w.after(giveUp, func() {
				if d.code == 0 {
					d.end()
				}
			})
		}
	case m.cmethod == "INVITE" && m.cseq == d.icseq:
		d.invites(m)
	case m.cmethod == "INVITE" && m.code >= 200: // a re-INVITE of ours
		if m.code < 300 {
			d.target, d.uri = hostOf(m.contact), m.contact
		}
		d.u.w.cancel(d.resend)
		branch := d.branch()
		if m.code >= 300 {
			branch = m.branch
		}
		d.send(d.request("ACK", branch, m.cseq, ""))
	}
}

// invites handles a response to the INVITE that began the dialog.
func (d *dialog) invites(m *sipMsg) {
	switch {
	case m.code < 200:
		if d.state == dInviting {
			d.state = dEarly
			d.u.w.cancel(d.resend)
			d.u.owner.progress(d, m.code)
		}
	case m.code < 300:
		d.connected(m)
	default:
		d.send(d.request("ACK", d.ibranch, d.icseq, ""))
		if d.code == 0 {
			d.code = m.code
			d.end()
		}
	}
}

func (d *dialog) connected(m *sipMsg) {
	if d.code != 0 && d.code < 300 { // repeated
		d.send(d.ack)
		return
	}
	late := d.state == dOver || d.cancel
	d.code, d.peer, d.target, d.uri = m.code, m.to, hostOf(m.contact), m.contact
	d.ack = d.request("ACK", d.branch(), d.icseq, "")
	d.u.w.cancel(d.resend)
	d.send(d.ack)
	d.state = dUp
	if late {
		d.cancel = false
		d.sendBye()
		return
	}
	d.u.owner.up(d)
}

// reinvite asks for another direction of the audio: hold and resume at the phone.
func (d *dialog) reinvite(direction string) {
	if d.state != dUp || d.bye != "" {
		return
	}
	d.cseq++
	d.u.w.cancel(d.resend)
	d.resend = d.again(d.request("INVITE", d.branch(), d.cseq, d.u.description(direction)), func() {})
}

// keepFinal refuses the INVITE that began the dialog and repeats that until the ACK.
func (d *dialog) keepFinal(code int) {
	text := d.reply(d.asked, code, "")
	d.state = dOver
	d.keep(text)
	d.u.owner.over(d)
}
