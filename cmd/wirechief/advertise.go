package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/wirechief/wirechief/config"
)

var errNoAddress = errors.New("no address that others could reach: set node.advertise")

// advertised is the address given out in Via, Contact and SDP: the one set, else the listening address if that is one,
// else the machine's first address that is not loopback. addrs are the machine's (net.InterfaceAddrs).
func advertised(n config.Node, addrs []net.Addr) (netip.Addr, error) {
	if n.Advertise != "" {
		return parseAddr(n.Advertise)
	}
	for _, listen := range slices.Concat(n.SIP.UDP, n.SIP.TCP) {
		host, _, err := net.SplitHostPort(listen)
		if err != nil {
			return netip.Addr{}, fmt.Errorf("advertise: %w", err)
		}
		if host == "localhost" {
			return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
		}
		if a, err := netip.ParseAddr(host); err == nil && !a.IsUnspecified() {
			return a.Unmap(), nil
		}
	}
	var v6 netip.Addr
	for _, addr := range addrs {
		ipn, ok := addr.(*net.IPNet)
		if !ok {
			continue
		}
		a, ok := netip.AddrFromSlice(ipn.IP)
		switch a = a.Unmap(); {
		case !ok || a.IsLoopback() || a.IsLinkLocalUnicast():
		case a.Is4():
			return a, nil
		case !v6.IsValid():
			v6 = a
		}
	}
	if v6.IsValid() {
		return v6, nil
	}
	return netip.Addr{}, errNoAddress
}

// mediaAddr is what RTP sockets bind: the address set, else all of the advertised address's family.
func mediaAddr(n config.Node, advertise netip.Addr) (netip.Addr, error) {
	switch {
	case n.Media.Address != "":
		return parseAddr(n.Media.Address)
	case advertise.IsLoopback():
		return advertise, nil
	case advertise.Is4():
		return netip.IPv4Unspecified(), nil
	default:
		return netip.IPv6Unspecified(), nil
	}
}

func parseAddr(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return a, fmt.Errorf("address: %w", err)
	}
	return a.Unmap(), nil
}
