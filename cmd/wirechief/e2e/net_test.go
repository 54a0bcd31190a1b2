package e2e

import (
	"context"
	"net"
	"net/netip"
)

func listenUDP(ip netip.Addr) (*net.UDPConn, error) { return listenOn(ip, 0) }

func listenOn(ip netip.Addr, port uint16) (*net.UDPConn, error) {
	return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, port)))
}

func dialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", to.String())
}
