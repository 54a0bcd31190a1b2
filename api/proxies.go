package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxForwarded bounds the addresses of X-Forwarded-For that are looked at, from the right.
const maxForwarded = 32

// client gives the address a request comes from as host:port: the peer's, or where that is a trusted proxy the right-most
// address in X-Forwarded-For that is not. What stands left of it was written by the client itself and proves nothing.
// The port of a forwarded address is 0.
func client(r *http.Request, trusted []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !within(peer.Addr(), trusted) {
		return r.RemoteAddr
	}
	at := peer.Addr()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i, text := range slices.Backward(hops) {
		hop, ok := hopOf(text)
		if !ok || len(hops)-i > maxForwarded {
			break // the last proxy that made sense is who we know of
		}
		at = hop
		if !within(hop, trusted) {
			break
		}
	}
	if at == peer.Addr() {
		return r.RemoteAddr
	}
	return netip.AddrPortFrom(at.Unmap(), 0).String()
}

// hopOf reads one address of X-Forwarded-For; some proxies add the port.
func hopOf(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr(), true
	}
	a, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return a.WithZone(""), err == nil
}

func within(a netip.Addr, list []netip.Prefix) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}
