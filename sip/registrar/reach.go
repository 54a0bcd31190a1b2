package registrar

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/leg"
)

// restarted is a binding read from the store. The connections died with the process. A contact that names the very
// address its REGISTER came from stands behind no NAT: a new connection to it is tried when its user is called
// (RFC 3261 18.1.1), and AddressFailed tells if nobody takes it. A contact elsewhere, or one of a client that wants
// its flow used (RFC 5626 5.3), cannot be reached until it registers again.
func restarted(b Binding) Binding {
	if !b.Dest.Reliable() {
		return b
	}
	addr, ok := ownAddress(&b)
	if !ok {
		b.Unreachable = true
		return b
	}
	b.Dest = leg.Dest{Network: b.Dest.Network, Addr: addr}
	return b
}

func ownAddress(b *Binding) (netip.AddrPort, bool) {
	var uri sip.Uri
	if b.Dest.Network != leg.NetworkTCP || b.RegID != "" || sip.ParseUri(b.Contact, &uri) != nil || uri.UriParams.Has("ob") {
		return netip.AddrPort{}, false
	}
	ip, err := netip.ParseAddr(strings.Trim(uri.Host, "[]"))
	if err != nil || ip.Unmap() != b.Dest.Addr.Addr().Unmap() || uri.Port < 0 || uri.Port > 65535 {
		return netip.AddrPort{}, false
	}
	port := uint16(5060)
	if uri.Port > 0 {
		port = uint16(uri.Port)
	}
	return netip.AddrPortFrom(ip.Unmap(), port), true
}

// FlowClosed marks the bindings of a connection unreachable (RFC 5626 5.3): nobody can be called over it again.
func (r *Registrar) FlowClosed(flow string) {
	r.lose(func(b *Binding) bool { return b.Dest.Reliable() && b.Dest.Flow == flow },
		func() map[string]int { return r.flows[flow] })
}

// AddressFailed marks the bindings unreachable that could be reached at this TCP address only: nobody listens there.
func (r *Registrar) AddressFailed(addr netip.AddrPort) {
	dest := leg.Dest{Network: leg.NetworkTCP, Addr: addr}
	r.lose(func(b *Binding) bool { return b.Dest == dest }, func() map[string]int { return r.sources[dest] })
}

// lose marks the bindings in question, of the users that hold any, unreachable; holders is called with mu held.
func (r *Registrar) lose(which func(*Binding) bool, holders func() map[string]int) {
	var changes []Change
	r.mu.Lock()
	for _, aor := range slices.Sorted(maps.Keys(holders())) {
		u := r.users[aor]
		if u == nil {
			continue
		}
		old := slices.Clone(u.committed)
		lost := mark(u.committed, which)
		mark(u.proposed, which)
		r.index(old, u.committed)
		for _, b := range lost {
			r.Stats.Unreachable.Add(1)
			changes = append(changes, Change{ChangeUnreachable, b, reachable(u.committed)})
		}
	}
	r.mu.Unlock()
	for _, c := range changes {
		r.cfg.OnChange(c)
	}
}

func mark(list []Binding, which func(*Binding) bool) (lost []Binding) {
	for i := range list {
		if b := &list[i]; !b.Unreachable && which(b) {
			b.Unreachable = true
			lost = append(lost, *b)
		}
	}
	return lost
}
