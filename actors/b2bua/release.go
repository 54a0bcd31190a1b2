package b2bua

import (
	"net/netip"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/sdp"
)

// CodeSIP is the error code of an INVITE that signalling refuses, before any rule is asked.
const CodeSIP = "sip"

// What a step releases besides the callcenter effects SetTimer, TellAgent, TellCall, PlayHold, Bridge, Unbridge,
// StartRecording and StopRecording, which pass through as they are.
type (
	// BindLeg routes messages of this Call-ID to the leg; it stands before the leg's first Send.
	BindLeg struct{ Leg, CallID string }
	// Send puts one message on the wire.
	Send struct {
		Leg string
		leg.Send
	}
	// LegTimer arms or cancels a timer of a leg.
	LegTimer struct {
		Leg string
		leg.Timer
	}
	// MediaRemote tells the media plane what signalling agreed for a leg.
	MediaRemote struct {
		Leg    string
		Chosen sdp.Chosen
	}
	// OpenMedia asks for a leg's media port again after a restart.
	OpenMedia struct {
		Leg   string
		Local netip.AddrPort
	}
	// CloseMedia gives a leg's media port back.
	CloseMedia struct{ Leg string }
	// DropLeg ends the routing of the leg's Call-ID. Last is their request that may still be repeated.
	DropLeg struct {
		Leg, CallID string
		Last        leg.LastRequest
	}
	// DigitLost: a digit that came by INFO could not be passed on to this leg, "" = nobody was there.
	DigitLost struct{ Leg string }
	// Replied answers whoever gave the command.
	Replied struct {
		To  any
		Err error
	}
	// Refused says that the INVITE was not taken: answer it without a leg.
	// Code is the SIP code where signalling itself refuses, 0 where the call's rules do.
	Refused struct {
		Err     error
		Code    int
		Headers []leg.Header
	}
	// Happened carries the step's events to logs and metrics.
	Happened struct{ Events []*cc.Event }
)
