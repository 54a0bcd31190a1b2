package sim

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/sip/leg"
)

// Addresses of the people's side; each has a port of its own.
const (
	callerHost = "198.51.100.1"
	phoneHost  = "198.51.100.2"
	callerPort = 10_000
	phonePort  = 10_000
)

// wire is the network between the engine and its callers and phones, UDP with all its vices. It also looks at what the
// engine says as the far ends see it (I8).
type wire struct {
	w       *World
	dialogs map[string]*dialog // of the far ends, by Call-ID
	said    map[string]*said   // by Call-ID
	offers  map[string]string  // offer -> Call-ID it rang with
}

// said is what the engine has sent in one dialog.
type said struct {
	cseq   uint32            // of its last own request
	seen   map[string]uint64 // branch and method -> hash of the message
	finals map[uint32]int    // final responses to INVITEs by CSeq
}

func newWire(w *World) *wire {
	return &wire{w: w, dialogs: map[string]*dialog{}, said: map[string]*said{}, offers: map[string]string{}}
}

// parcel is a message on its way to the engine.
type parcel struct {
	text string
	src  netip.AddrPort
}

// inDialog says that a far end knows the dialog.
func (n *wire) inDialog(callID string) bool {
	d := n.dialogs[callID]
	return d != nil && d.state != dOver
}

// fromEngine carries one message of the engine to a far end.
func (n *wire) fromEngine(p *proc, a *actor, s b2bua.Send) {
	m := readMsg(s.Data)
	w := n.w
	w.note(a.stream, "sends", s.What+" "+m.callID+" "+strconv.Itoa(int(m.cseq)))
	if !p.lease {
		w.fail("I9", "%s sends %s in dialog %s without the lease", p.name(), s.What, m.callID)
	}
	n.look(m)
	u := w.uas[uaKey(s.To.Addr)]
	if u == nil {
		return
	}
	n.carry(func() { u.receive(m) })
}

func uaKey(a netip.AddrPort) uaPort { return uaPort{a.Addr().String() == phoneHost, a.Port()} }

type uaPort struct {
	phone bool
	port  uint16
}

// look checks what leaves: a request once sent is repeated to the byte or not at all, a new one has a higher CSeq, an
// offer rings one dialog (after an accept one more, that asks the phone to answer: R82), and an INVITE gets one kind of final response.
func (n *wire) look(m *sipMsg) {
	w := n.w
	s := n.said[m.callID]
	if s == nil {
		s = &said{seen: map[string]uint64{}, finals: map[uint32]int{}}
		n.said[m.callID] = s
	}
	if m.code != 0 {
		if m.cmethod != "INVITE" || m.code < 200 {
			return
		}
		was := s.finals[m.cseq]
		if was != 0 && was != m.code {
			w.fail("I8", "INVITE %d of %s got %d after %d", m.cseq, m.callID, m.code, was)
		}
		s.finals[m.cseq] = m.code
		return
	}
	key, hash := m.branch+" "+m.method, xxhash.Sum64(m.raw)
	if was, again := s.seen[key]; again {
		if was != hash {
			w.fail("I8", "%s of %s was sent again with other words", m.method, m.callID)
		}
		return
	}
	s.seen[key] = hash
	if m.method == "ACK" || m.method == "CANCEL" {
		return
	}
	if m.cseq <= s.cseq {
		w.fail("I8", "%s of %s has CSeq %d after %d", m.method, m.callID, m.cseq, s.cseq)
	}
	s.cseq = m.cseq
	if m.offer == "" || strings.Contains(m.to, ";tag=") {
		return
	}
	ring := m.offer
	if m.auto {
		ring += " accepted"
	}
	if was := n.offers[ring]; was != "" && was != m.callID {
		w.fail("I8", "offer %s rings twice: %s and %s", ring, was, m.callID)
	}
	n.offers[ring] = m.callID
}

// carry delivers with the delay of a network; in bad weather not, late, or twice.
func (n *wire) carry(deliver func()) {
	w := n.w
	d := w.net.between(100*us, 800*us)
	if w.net.chance(w.weather.loseSIP) {
		w.note("wire", "lost", "")
		return
	}
	if w.net.chance(w.weather.lateSIP) {
		d += w.net.between(0, 800*ms)
	}
	w.after(d, deliver)
	if w.net.chance(w.weather.twiceSIP) {
		w.after(d+w.net.between(0, 300*ms), deliver)
	}
}

// toEngine carries a message of a far end to whoever listens at an address by then.
func (n *wire) toEngine(src netip.AddrPort, to, text string) {
	n.carry(func() {
		for _, p := range n.w.procs {
			if p.alive && p.lease && p.via == to {
				p.receive(&parcel{text, src})
				return
			}
		}
	})
}

// receive is the endpoint: it finds the call a message is for.
func (p *proc) receive(x *parcel) {
	msg, err := sip.ParseMessage([]byte(x.text))
	if err != nil {
		panic("sim: a phone wrote nonsense: " + err.Error() + "\n" + x.text)
	}
	id := msg.CallID().Value()
	if r, ok := p.routes[id]; ok {
		if a := p.findCall(r.call); a != nil {
			a.input(b2bua.Received{Leg: r.leg, Msg: msg, Src: leg.Dest{Network: leg.NetworkUDP, Addr: x.src}})
		}
		return
	}
	req, ok := msg.(*sip.Request)
	if !ok {
		return
	}
	_, inside := req.To().Params.Get("tag")
	switch {
	case req.Method == sip.INVITE && !inside:
		p.invite(req, x)
	case req.Method == sip.ACK, req.Method == sip.CANCEL, req.Method == sip.BYE:
		p.park(id, req, x)
	default:
		p.answer(req, 481)
	}
}

// park holds back what may have overtaken its INVITE.
func (p *proc) park(id string, req *sip.Request, x *parcel) {
	if p.over[id] {
		if req.Method != sip.ACK {
			p.answer(req, 481)
		}
		return
	}
	p.parked[id] = append(p.parked[id], x)
	p.w.after(500*ms, func() {
		for i, y := range p.parked[id] {
			if y == x && p.alive {
				p.parked[id] = without(p.parked[id], i, i+1)
				if req.Method != sip.ACK {
					p.answer(req, 481)
				}
				return
			}
		}
	})
}

// bind gives a Call-ID its route, and what waited for it.
func (p *proc) bind(id string, r route) {
	p.routes[id] = r
	delete(p.pending, id)
	parked := p.parked[id]
	delete(p.parked, id)
	for _, x := range parked {
		p.w.after(us, func() {
			if p.alive {
				p.receive(x)
			}
		})
	}
}

// invite begins a call.
func (p *proc) invite(req *sip.Request, x *parcel) {
	id := req.CallID().Value()
	if p.pending[id] || p.over[id] || !p.ready {
		return
	}
	p.pending[id] = true
	unique := p.id()
	call := strconv.FormatUint(uint64(p.home), 16) + "-" + unique
	from := req.From()
	arrive := &cc.Arrive{
		Call: call, Leg: "c" + unique, Dialled: req.Recipient.User, Caller: from.Address.User,
		CallerName: strings.Trim(from.DisplayName, `"`),
	}
	n := p.dir.NumberAt(arrive.Dialled, p.nowMs())
	arrive.Found = p.found(n.GetWorkflow(), 0, n.GetTenant(), arrive.Caller)
	last := &cc.LastAgent{}
	if value := p.w.journal.get(b2bua.LastKey(n.GetTenant(), arrive.Caller)); value != nil && last.UnmarshalVT(value) == nil {
		arrive.LastAgent = last.Agent
	}
	if arrive.Caller != "" {
		arrive.CallerMs = b2bua.ParseTimes(p.w.journal.get(string(b2bua.CallerKey(n.GetTenant(), arrive.Caller))))
	}
	a := p.newCall(call)
	p.calls[call] = a
	p.w.note(a.stream, "arrives", id)
	a.input(b2bua.Arrival{
		Cmd: arrive, Req: req, Src: leg.Dest{Network: leg.NetworkUDP, Addr: x.src}, Local: p.openPort(),
	})
}

// found is what the desk's matcher has seen of the queues of a workflow from a step on.
func (p *proc) found(workflow string, step int, tenant, caller string) []*cc.QueueFound {
	if d := p.w.desk; d != nil && d.sight != nil {
		return d.sight.Found(p.dir, workflow, step, tenant, caller, p.nowMs())
	}
	return nil
}

// answer responds to a request that made or found no call.
func (p *proc) answer(req *sip.Request, code int) {
	m := readMsg([]byte(req.String()))
	addr, err := netip.ParseAddrPort(strings.TrimPrefix(strings.SplitN(m.vias[0], ";", 2)[0], "SIP/2.0/UDP "))
	if err != nil {
		panic("sim: Via of a phone: " + m.vias[0])
	}
	u := p.w.uas[uaKey(addr)]
	if u == nil || !p.lease {
		return
	}
	text := answerTo(m, code, "stateless", "", "")
	p.w.note(p.name(), "answers", strconv.Itoa(code)+" "+m.callID)
	p.w.wire.carry(func() { u.receive(readMsg([]byte(text))) })
}
