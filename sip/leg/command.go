package leg

// Cmd is what the call may ask of a leg. A command that does not fit the phase does nothing,
// except that Reinvite then reports ReinviteFailed.
type Cmd interface{ cmd() }

type (
	// Ring sends 180, with early SDP if given.
	Ring struct {
		SDP     []byte
		Headers []Header
	}
	// Progress sends 183 with SDP: early media.
	Progress struct {
		SDP     []byte
		Headers []Header
	}
	// Answer sends 200. SDP is the answer, or the offer if the INVITE had none.
	Answer struct {
		SDP     []byte
		Headers []Header
	}
	// Reject ends an unanswered inbound leg with Code (300-699).
	Reject struct {
		Code    int
		Reason  string // phrase; "" = the usual one
		Headers []Header
	}
	// HangUp ends the leg in the way its phase needs: CANCEL, BYE, or a final response
	// (Code, default 480) to an unanswered INVITE. Reason is a Reason header value (RFC 3326).
	HangUp struct {
		Code   int
		Reason string
	}
	// Reinvite offers SDP in the established dialog (hold, resume, codec change). Probe: it asks for a sign of life,
	// and without a final response in ProbeTimeoutMs the leg is over.
	Reinvite struct {
		SDP     []byte
		Headers []Header
		Probe   bool
	}
	// Urge makes a probe of what is open in the established dialog: a re-INVITE of ours, or our 2xx to one of theirs
	// that waits for its ACK. It sends nothing.
	Urge struct{}
	// AnswerReinvite answers the last Offered.
	AnswerReinvite struct{ SDP []byte }
	// RejectReinvite refuses the last Offered; the session stays as it was. Code 0 = 488.
	RejectReinvite struct{ Code int }
	// Takeover moves the leg to this node: new Contact and Via, CSeq +TakeoverCSeqJump, a
	// re-INVITE with SDP, a probe, when established. The transport never changes; Flow replaces the
	// connection if not "". Unanswered inbound legs keep their Via list and send nothing,
	// an unacknowledged 2xx is repeated with the new Contact.
	Takeover struct {
		SDP     []byte
		Contact string
		Via     string
		Flow    string
		Headers []Header
	}
	// Rebind replaces the connection of a leg, the far end having reconnected (a phone registered
	// again, a browser is back). Another transport than the leg's is ignored. Sends nothing.
	Rebind struct{ To Dest }
	// Info sends an INFO request, e.g. DTMF relay to a far end without RFC 4733.
	Info struct {
		ContentType string
		Body        []byte
	}
	// TransportError says the far end cannot be reached: as a 503 to what is pending (RFC 3261 8.1.3.1).
	TransportError struct{}
)

func (Ring) cmd()           {}
func (Progress) cmd()       {}
func (Answer) cmd()         {}
func (Reject) cmd()         {}
func (HangUp) cmd()         {}
func (Reinvite) cmd()       {}
func (Urge) cmd()           {}
func (AnswerReinvite) cmd() {}
func (RejectReinvite) cmd() {}
func (Takeover) cmd()       {}
func (Rebind) cmd()         {}
func (Info) cmd()           {}
func (TransportError) cmd() {}
