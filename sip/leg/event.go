package leg

// Event is what a leg tells its call. Exactly one of Cancelled, Failed and Ended comes per leg,
// in the output that ends it, and exactly one Released after it.
type Event interface{ event() }

// By says what ended a leg.
type By uint8

// Who or what ended a leg.
const (
	ByUnknown   By = iota
	ByLocal        // HangUp or Reject
	ByRemote       // BYE of the far end
	ByTimeout      // the far end answers no more, or says 481/408: its dialog is gone
	ByNoAck        // no ACK for our 2xx in 64*T1
	ByExpired      // session timer ran out (RFC 4028)
	ByRefused      // the INVITE itself was not acceptable; Code says why
	ByTransport    // TransportError
)

var byNames = [...]string{"unknown", "local", "remote", "timeout", "no_ack", "expired", "refused", "transport"}

func (b By) String() string {
	if int(b) < len(byNames) {
		return byNames[b]
	}
	return byNames[0]
}

type (
	// Trying: 100 to our INVITE, the far end is at work.
	Trying struct{}
	// Ringing: 180-182; SDP nil if without early media. Repeated for each 18x.
	Ringing struct {
		Code int
		SDP  []byte
	}
	// EarlyMedia: 183.
	EarlyMedia struct{ SDP []byte }
	// Answered: 2xx to our INVITE; the ACK is in the same Output.
	Answered struct{ SDP []byte }
	// Confirmed: ACK for our 2xx. SDP is set if we had made the offer in the 2xx.
	Confirmed struct {
		SDP      []byte
		Reinvite bool // the 2xx was to a re-INVITE
	}
	// Cancelled: CANCEL came in time; 200 and 487 are in the Output. Reason is its Reason header.
	Cancelled struct{ Reason string }
	// Failed: our INVITE got no 2xx.
	Failed struct {
		Code        int    // final code; 408 and 503 also for our own timeout or transport error
		Phrase      string // reason phrase of the response
		Reason      string // Reason header (RFC 3326)
		RetryAfterS int
		Contact     string // first Contact URI of a 3xx
		Rang        bool   // an 18x had been seen
		Local       bool   // no response: timeout or transport error
	}
	// Ended: the leg is over for the call, whatever is still on the wire.
	Ended struct {
		By     By
		Code   int    // code that ended it, 0 = none
		Reason string // Reason header of a BYE
	}
	// Offered: re-INVITE or UPDATE with an offer; answer with AnswerReinvite or RejectReinvite.
	// SDP nil means: the far end wants our offer. Same: it repeats its last SDP (a refresh).
	Offered struct {
		SDP  []byte
		Same bool
	}
	// OfferWithdrawn: the far end cancelled the re-INVITE of the last Offered; the session is as before.
	OfferWithdrawn struct{}
	// InfoDone: final response to our Info, 491 if another request of ours was still open.
	InfoDone struct{ Code int }
	// ReinviteDone: 2xx to our re-INVITE. Refresh: it was the session timer's, not the call's.
	ReinviteDone struct {
		SDP     []byte
		Refresh bool
	}
	// ReinviteFailed: our re-INVITE was refused; the session is as it was before.
	ReinviteFailed struct {
		Code    int
		Refresh bool
	}
	// DTMF: digit by INFO.
	DTMF struct {
		Digit      byte // 0-9 * # A-D
		DurationMs int64
	}
	// Released: no message or timer concerns this leg any more; forget it.
	Released struct{}
)

func (Trying) event()         {}
func (Ringing) event()        {}
func (EarlyMedia) event()     {}
func (Answered) event()       {}
func (Confirmed) event()      {}
func (Cancelled) event()      {}
func (Failed) event()         {}
func (Ended) event()          {}
func (Offered) event()        {}
func (OfferWithdrawn) event() {}
func (InfoDone) event()       {}
func (ReinviteDone) event()   {}
func (ReinviteFailed) event() {}
func (DTMF) event()           {}
func (Released) event()       {}
