package actors

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/number"
	"github.com/wirechief/wirechief/persistence/machine"
	wsip "github.com/wirechief/wirechief/sip"
	"github.com/wirechief/wirechief/sip/auth"
	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/registrar"
)

// route is where messages of a bound Call-ID go.
type route struct {
	call, leg string
	to        *handle
}

// Invite implements sip.Handler: a new call.
func (n *Node) Invite(req *sip.Request, src leg.Dest, id wsip.Identity) {
	<-n.gate
	call := callID(n.home, n.unique())
	legID := "c" + n.unique()
	local, err := n.media.open(call, legID)
	if err != nil {
		n.log.Warn("no media port for a call", "err", err)
		_ = n.endpoint.Reply(req, src, 503, "No Media Port", n.retryAfter())
		return
	}
	arrive := arrivalOf(req, id, n.Directory().Center.Region)
	arrive.Call, arrive.Leg = call, legID
	n.seeQueues(arrive)
	arrive.CallerMs = n.callsOf(arrive)
	h := &handle{root: n.system.Root}
	a := n.newCallActor(call, h)
	a.fresh()
	n.calls.mu.Lock()
	if n.calls.closed {
		n.calls.mu.Unlock()
		n.media.closeLeg(legID)
		return
	}
	n.spawn(h, a)
	n.calls.active[call] = h
	n.calls.mu.Unlock()
	n.stats.invites.Add(1)
	h.post(b2bua.Arrival{Cmd: arrive, Req: req, Src: src, Local: local})
}

// callsOf are the arrivals of the caller's last calls to the tenant of the number they dialled (R7). Calls that are not on
// record yet are not among them.
func (n *Node) callsOf(a *cc.Arrive) []int64 {
	if a.Caller == "" {
		return nil
	}
	v := n.reader()
	defer v.Close()
	tenant := n.Directory().NumberAt(a.Dialled, n.journal.NowMs()).GetTenant()
	return b2bua.ParseTimes(v.value(string(b2bua.CallerKey(tenant, a.Caller))))
}

// Message implements sip.Handler: something of a call we have.
func (n *Node) Message(sink any, msg sip.Message, src leg.Dest) {
	<-n.gate
	r := sink.(route)
	in := b2bua.Received{Leg: r.leg, Msg: msg, Src: src}
	if gone, full := r.to.post(in); gone {
		_ = n.tellCall(r.call, in)
	} else if full {
		n.stats.overloaded.Add(1)
	}
}

// arrivalOf reads from an INVITE what a call needs to know of it, numbers in their one form: so that those of the
// inventory and of the lists of callers are met, however the trunk spells them (R5, R101).
func arrivalOf(req *sip.Request, id wsip.Identity, region string) *cc.Arrive {
	a := &cc.Arrive{Dialled: number.OnWire(req.Recipient.User, region), Trunk: id.Trunk}
	if from := req.From(); from != nil {
		a.Caller, a.CallerName = from.Address.User, strings.Trim(from.DisplayName, `"`)
	}
	if pai := req.GetHeader("P-Asserted-Identity"); pai != nil && id.Trunk != "" {
		if user, name, ok := uriUser(pai.Value()); ok {
			a.Caller, a.CallerName = user, name
		}
	}
	if div := req.GetHeader("Diversion"); div != nil {
		if user, _, ok := uriUser(div.Value()); ok {
			a.DivertedFrom = number.OnWire(user, region)
		}
	}
	if withheld(a.Caller) || privacy(req) {
		a.Caller, a.CallerName = "", ""
	}
	a.Caller = number.OnWire(a.Caller, region)
	return a
}

func withheld(user string) bool {
	switch strings.ToLower(user) {
	case "", "anonymous", "unknown", "restricted", "unavailable", "withheld":
		return true
	}
	return false
}

// privacy: RFC 3323 asks us to keep the identity from the called side.
func privacy(req *sip.Request) bool {
	h := req.GetHeader("Privacy")
	return h != nil && (strings.Contains(h.Value(), "id") || strings.Contains(h.Value(), "user"))
}

// uriUser finds user part and display name in a name-addr.
func uriUser(v string) (user, name string, ok bool) {
	var uri sip.Uri
	params := sip.NewParams()
	name, err := sip.ParseAddressValue(v, &uri, &params)
	if err != nil {
		return "", "", false
	}
	return uri.User, strings.Trim(name, `" `), uri.User != ""
}

// TrunkBySource implements sip.Directory.
func (n *Node) TrunkBySource(src netip.AddrPort) (string, bool) {
	addr := src.Addr().Unmap()
	for _, t := range *n.trunks.Load() {
		if t.prefix.Contains(addr) {
			return t.id, true
		}
	}
	return "", false
}

// Credential implements sip.Directory.
func (n *Node) Credential(user, realm string) (auth.Credential, bool) {
	a := n.Directory().AgentBySIPUser(user)
	if a == nil || realm != n.settings.legs.Realm {
		return auth.Credential{}, false
	}
	return auth.Credential{SHA256: a.SipHa1Sha256, MD5: a.SipHa1Md5}, true
}

type trunkSource struct {
	prefix netip.Prefix
	id     string
}

func trunkSources(c *cc.Center) ([]trunkSource, error) {
	var out []trunkSource
	for _, t := range c.Trunks {
		for _, s := range t.Sources {
			p, err := netip.ParsePrefix(s)
			if err != nil {
				addr, aerr := netip.ParseAddr(s)
				if aerr != nil {
					return nil, fmt.Errorf("trunk %s: source %q is no address or prefix", t.Id, s)
				}
				p = netip.PrefixFrom(addr, addr.BitLen())
			}
			out = append(out, trunkSource{p, t.Id})
		}
	}
	return out, nil
}

// registrations keeps the registrar's records in the journal's index.
type registrations struct{ n *Node }

// Load implements registrar.Store.
func (r registrations) Load() ([]registrar.Record, error) {
	v := r.n.reader()
	defer v.Close()
	var out []registrar.Record
	for k, value := range v.Scan([]byte(regPrefix)) {
		var rec registrar.Record
		if err := json.Unmarshal(value, &rec); err != nil { // the phone registers again
			r.n.stats.rowsUnreadable.Add(1)
			r.n.log.Error("registration left out: it cannot be read", "key", string(k), "err", err)
			continue
		}
		out = append(out, rec)
	}
	return out, nil
}

// Put implements registrar.Store.
func (r registrations) Put(rec registrar.Record, done func(error)) {
	op := machine.IndexOp{Key: []byte(regPrefix + rec.AOR), Delete: len(rec.Bindings) == 0}
	if !op.Delete {
		value, err := json.Marshal(rec)
		if err != nil {
			done(fmt.Errorf("writing registration %s: %w", rec.AOR, err))
			return
		}
		op.Value = value
	}
	r.n.appendIndex(op, done)
}

// registered tells the agent whether their phone can be rung.
func (n *Node) registered(c registrar.Change) {
	a := n.Directory().AgentBySIPUser(c.Binding.AOR)
	what := "phone registered"
	if c.Kind != registrar.ChangeRegistered {
		what = "phone unregistered"
	}
	n.log.Info(what, "agent", a.GetId(), "phone", c.Binding.AOR, "client", c.Binding.Dest.Addr, "transport", c.Binding.Dest.Network,
		"user_agent", c.Binding.UserAgent, "reason", c.Kind.String(), "reachable", c.Reachable)
	if a != nil && a.Contact == "" {
		if h := n.agents.get(a.Id); h != nil { // else it looks when it starts
			h.force(agentEndpoint{})
		}
	}
}

// phone is where an agent's phone can be reached now, nil when it cannot.
func (n *Node) phone(agent string) *b2bua.Phone {
	a := n.Directory().Agent(agent)
	switch {
	case a == nil:
		return nil
	case a.Contact != "":
		return fixedPhone(a.Contact)
	}
	for _, b := range n.endpoint.Lookup(a.SipUser) {
		return &b2bua.Phone{URI: b.Contact, Dest: b.Dest}
	}
	return nil
}

// fixedPhone reads a configured contact: a SIP URI with an address, not a name.
func fixedPhone(contact string) *b2bua.Phone {
	var uri sip.Uri
	if err := sip.ParseUri(contact, &uri); err != nil {
		return nil
	}
	addr, err := netip.ParseAddr(strings.Trim(uri.Host, "[]"))
	if err != nil {
		return nil
	}
	port := uint16(5060)
	if uri.Port > 0 {
		port = uint16(uri.Port)
	}
	network := leg.NetworkUDP
	if t, ok := uri.UriParams.Get("transport"); ok {
		network = strings.ToLower(t)
	}
	return &b2bua.Phone{URI: contact, Dest: leg.Dest{Network: network, Addr: netip.AddrPortFrom(addr, port)}}
}
