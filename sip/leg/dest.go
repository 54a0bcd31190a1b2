package leg

import "net/netip"

// Transport names as used in Dest.Network.
const (
	NetworkUDP = "udp"
	NetworkTCP = "tcp"
	NetworkTLS = "tls"
	NetworkWS  = "ws"
	NetworkWSS = "wss"
)

// Dest is where a message goes to or came from.
type Dest struct {
	Network string         // udp, tcp, tls, ws or wss; "" counts as udp
	Addr    netip.AddrPort // far end; invalid when only the flow is known
	Flow    string         // connection id of the shell; "" = none, dial Addr
	Else    netip.AddrPort // with a Flow: dialled once that is gone. Told with each message, not part of a leg's state
}

// Reliable reports whether the transport retransmits by itself (RFC 3261 17).
func (d Dest) Reliable() bool { return d.Network != NetworkUDP && d.Network != "" }
