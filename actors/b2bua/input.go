package b2bua

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/sip/leg"
)

// Timed is an input with the moment it is handled at: what Machine.Step takes.
type Timed struct {
	Moment
	Input Input
}

// Moment is what the shell hands in with each input: time, configuration, a fresh seed, what it has seen.
type Moment struct {
	NowMs int64
	Dir   *cc.Directory
	Seed  []byte // 16 random bytes; ids of this step derive from it
	Seen  uint64 // applied index seen
}

// Node is what the machine must know of the node it runs on.
type Node struct {
	Via       string // our sent-by, host:port
	ViaTCP    string // of legs over TCP; empty: the same
	UserAgent string
	Realm     string
}

// at is where we are reached over a network.
func (n *Node) at(network string) string {
	if network == leg.NetworkTCP && n.ViaTCP != "" {
		return n.ViaTCP
	}
	return n.Via
}

// Phone is where an agent's phone can be reached, as known when the input was made.
type Phone struct {
	URI  string
	Dest leg.Dest
}

// Input is one of the types below.
type Input interface{ input() }

type (
	// Arrival is a new INVITE. Local is the media address opened for the caller's leg.
	Arrival struct {
		Cmd   *cc.Arrive
		Req   *sip.Request
		Src   leg.Dest
		Local netip.AddrPort
	}
	// Ask is a command to the call. Phone and Local are handed in where an agent's phone may have to be dialled.
	Ask struct {
		Cmd     *cc.Command
		Phone   *Phone
		Local   netip.AddrPort
		Crowded bool // no media port was left for the phone's leg: the agent is not to blame
		Reply   any  // comes back in Replied; nil when nobody waits
		// Requires is what the command rests on: it was handed over ahead of the sender's commit.
		Requires []machine.Require
	}
	// Received is a message of one of the legs.
	Received struct {
		Leg string
		Msg sip.Message
		Src leg.Dest
	}
	// LegFired is a timer of one of the legs.
	LegFired struct {
		Leg  string
		Name leg.TimerName
		Seq  uint64
	}
	// SendFailed says that a message of this leg could not be handed to the network.
	SendFailed struct{ Leg string }
	// Silent says that a leg which should send audio does not; the leg is probed by re-INVITE (R85).
	Silent struct{ Leg string }
	// Restarted is the first input after a load from the journal in a new process.
	Restarted struct{}
	// Fence leaves a record though nothing changes. Given to a successor, it shuts out what a predecessor of the same
	// epoch still has under way: else that could be taken after the successor was loaded, and it would not know.
	Fence struct{}
)

func (Arrival) input()    {}
func (Ask) input()        {}
func (Received) input()   {}
func (LegFired) input()   {}
func (SendFailed) input() {}
func (Silent) input()     {}
func (Restarted) input()  {}
func (Fence) input()      {}
