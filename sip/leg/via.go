package leg

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// viasOf copies the Via list of a request, the top value completed with where it really came from
// (RFC 3261 18.2.1, RFC 3581 4).
func viasOf(m *sip.Request, src Dest) []string {
	out := make([]string, 0, 2)
	for _, h := range m.Headers() {
		v, ok := h.(*sip.ViaHeader)
		if !ok || len(out) == MaxVias {
			continue
		}
		var from netip.AddrPort // only the top value is ours to complete
		if len(out) == 0 {
			from = src.Addr
		}
		out = append(out, viaText(v, from))
	}
	return out
}

// viaText writes a Via value again; with from valid, received and rport tell it.
func viaText(v *sip.ViaHeader, from netip.AddrPort) string {
	b := make([]byte, 0, 160)
	b = append(b, v.ProtocolName...)
	b = append(b, '/')
	b = append(b, v.ProtocolVersion...)
	b = append(b, '/')
	b = append(b, v.Transport...)
	b = append(b, ' ')
	if strings.IndexByte(v.Host, ':') >= 0 && v.Host[0] != '[' {
		b = append(b, '[')
		b = append(b, v.Host...)
		b = append(b, ']')
	} else {
		b = append(b, v.Host...)
	}
	if v.Port > 0 {
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(v.Port), 10)
	}
	asked := v.Params.Has("rport")
	for _, p := range v.Params {
		if from.IsValid() && (p.K == "received" || p.K == "rport") {
			continue
		}
		b = append(b, ';')
		b = append(b, p.K...)
		if p.V != "" {
			b = append(b, '=')
			b = append(b, p.V...)
		}
	}
	if from.IsValid() && (asked || !isHost(v.Host, from.Addr().Unmap())) {
		b = append(b, ";received="...)
		b = from.Addr().Unmap().AppendTo(b)
		if asked {
			b = append(b, ";rport="...)
			b = strconv.AppendUint(b, uint64(from.Port()), 10)
		}
	}
	return clean(string(b), MaxHeaderValue)
}

func isHost(host string, a netip.Addr) bool {
	told, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && told.Unmap() == a
}

// replyTo is where the responses to a request go: back on its connection; over UDP to the source
// address, at the source port if rport was asked for, else at the port of the Via (RFC 3581 4).
func replyTo(m *sip.Request, src Dest) Dest {
	v := m.Via()
	if src.Reliable() || v == nil || v.Params.Has("rport") || !src.Addr.IsValid() {
		return src
	}
	src.Addr = netip.AddrPortFrom(src.Addr.Addr(), portOr5060(v.Port))
	return src
}

// repliedTo is replyTo for a response that no state remembers.
func repliedTo(m *sip.Request, src Dest) Dest {
	return orSentBy(replyTo(m, src), viaText(m.Via(), netip.AddrPort{}))
}

// aim chooses where in-dialog requests go: the first route or the remote target if it is an IP
// address we may use, else where the far end was last heard. A leg never leaves its transport but
// from UDP to TCP when the target says so.
func aim(routeSet []string, target string, heard Dest, symmetric bool) Dest {
	if symmetric || heard.Reliable() {
		return heard
	}
	addr, transport, ok := hop(routeSet, target, heard.Addr)
	if !ok {
		return heard
	}
	d := Dest{Network: heard.Network, Addr: addr}
	if strings.EqualFold(transport, NetworkTCP) {
		d.Network = NetworkTCP
	} else if d.Addr == heard.Addr {
		d.Flow = heard.Flow
	}
	return d
}

// hop is the next hop of a dialog's requests (12.2.1.1), if it is an address that we may use.
func hop(routeSet []string, target string, heard netip.AddrPort) (addr netip.AddrPort, transport string, ok bool) {
	uri := target
	if len(routeSet) > 0 {
		uri = routeSet[0]
	}
	var u sip.Uri
	if err := sip.ParseUri(uri, &u); err != nil {
		return addr, "", false
	}
	ip, err := netip.ParseAddr(strings.Trim(u.Host, "[]"))
	if err != nil || ip.IsUnspecified() || behindNAT(ip, heard) {
		return addr, "", false
	}
	transport, _ = u.UriParams.Get("transport")
	return netip.AddrPortFrom(ip, portOr5060(u.Port)), transport, true
}

func portOr5060(port int) uint16 {
	if port <= 0 || port > 65535 {
		return 5060
	}
	return uint16(port)
}

// orHop adds where requests go when the far end has closed its connection in mid dialog: the next hop is dialled
// (12.2.1.1, 18.1.1), be it only to hang up.
func orHop(to Dest, routeSet []string, target string, symmetric bool) Dest {
	if !to.Reliable() || to.Flow == "" || to.Else.IsValid() || symmetric {
		return to
	}
	if addr, _, ok := hop(routeSet, target, to.Addr); ok {
		to.Else = addr
	}
	return to
}

// orSentBy adds where a response goes when the connection of its request is gone: the source's address, at the port of
// the Via (18.2.2).
func orSentBy(to Dest, via string) Dest {
	if !to.Reliable() || to.Flow == "" || !to.Addr.IsValid() {
		return to
	}
	_, sentBy, _ := strings.Cut(via, " ")
	sentBy, _, _ = strings.Cut(sentBy, ";")
	port := 0
	if i := strings.LastIndexByte(sentBy, ':'); i > strings.LastIndexByte(sentBy, ']') {
		port, _ = strconv.Atoi(strings.TrimSpace(sentBy[i+1:]))
	}
	to.Else = netip.AddrPortFrom(to.Addr.Addr(), portOr5060(port))
	return to
}

// behindNAT: a private address told by a peer that is heard from a public one is of no use here.
func behindNAT(told netip.Addr, heard netip.AddrPort) bool {
	if !heard.IsValid() || !inside(told) {
		return false
	}
	return !inside(heard.Addr().Unmap())
}

var carrierNAT = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598

func inside(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || carrierNAT.Contains(a)
}

// looseRouting reports the lr parameter of a route (RFC 3261 19.1.1).
func looseRouting(uri string) bool {
	return strings.HasSuffix(strings.ToLower(uri), ";lr") || strings.Contains(strings.ToLower(uri), ";lr;") ||
		strings.Contains(strings.ToLower(uri), ";lr=") || strings.Contains(strings.ToLower(uri), ";lr?")
}
