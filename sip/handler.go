package sip

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/auth"
	"github.com/wirechief/wirechief/sip/leg"
)

// Handler takes what passed the edge. Invite and Message run on the serial lane of the message's Call-ID: messages of
// one Call-ID come one after the other, in the order they were received. None may block (post to a mailbox).
type Handler interface {
	// Invite is a new out-of-dialog INVITE that passed validation, identification and admission; a 100 has been
	// sent, unless Config.LateTrying. The handler must, now or within 32 s, either Bind its Call-ID or Reply with a final
	// response. Until then retransmissions are absorbed and other messages of the Call-ID wait (up to 500 ms).
	//
	// src is where it came from, with its flow. The top Via says where answers go (RFC 3261 18.2.2) and is complete
	// (received, rport), so that they may copy it.
	Invite(req *sip.Request, src leg.Dest, id Identity)

	// Message is any checked message of a bound Call-ID, with the sink given to Bind.
	Message(sink any, msg sip.Message, src leg.Dest)

	// Unsent is a message of a bound Call-ID that Send took and that could not be delivered: nobody took the
	// connection. It comes on a goroutine of its own.
	Unsent(sink any, msg sip.Message)
}

// Identity says who sent an INVITE. Exactly one of Trunk and User is set.
type Identity struct {
	Trunk string // trunk whose address list holds the source
	User  string // user proven by digest
}

// Directory is what the endpoint asks about the outside world. Called on every request from an unbound Call-ID, by
// several goroutines: answer from memory.
type Directory interface {
	// TrunkBySource names the trunk that owns a source address.
	TrunkBySource(src netip.AddrPort) (trunk string, ok bool)
	// Credential gives the digest secret of a user.
	Credential(user, realm string) (auth.Credential, bool)
}
