package leg

// Output is what one step asks for. If Changed, the state must be journaled before Send goes out.
type Output struct {
	Send    []Send
	Timers  []Timer // apply in order; one armed timer per name, arming replaces
	Events  []Event
	Changed bool
}

// Send is one message for the wire.
type Send struct {
	To   Dest
	Data []byte
	What string // method or code, for traces and counters
}

// Timer arms (or cancels) the leg's one timer of that name.
type Timer struct {
	Name   TimerName
	Seq    uint64 // give back to Fire; a fire with an older seq does nothing
	AtMs   int64
	Cancel bool
}

// TimerName identifies a timer within a leg.
type TimerName uint8

// The timers, with the letters of RFC 3261 table 4.
const (
	TimerNone           TimerName = iota
	TimerInviteResend             // A: our INVITE over UDP
	TimerInviteTimeout            // B: no response to our INVITE; after CANCEL: no final
	TimerRequestResend            // E: our BYE, CANCEL, INFO over UDP
	TimerRequestTimeout           // F
	TimerResponseResend           // G, and the 2xx until ACK
	TimerAckTimeout               // H, and 64*T1 for a 2xx
	TimerProvisional              // repeat of our 1xx each minute
	TimerRetry                    // re-INVITE again after 491 or Retry-After
	TimerSession                  // RFC 4028 refresh or expiry
	TimerLinger                   // D, I, J, L, M: absorb retransmissions, then Released
	timerCount
)

var timerNames = [timerCount]string{
	"none", "invite_resend", "invite_timeout", "request_resend", "request_timeout",
	"response_resend", "ack_timeout", "provisional", "retry", "session", "linger",
}

func (n TimerName) String() string {
	if n < timerCount {
		return timerNames[n]
	}
	return timerNames[0]
}
