package leg

import "github.com/emiago/sipgo/sip"

// Role is which side of the INVITE we were.
type Role uint8

// Roles.
const (
	RoleUnknown Role = iota
	UAS              // they called us
	UAC              // we called them
)

// Phase of the leg as the call sees it.
type Phase uint8

// Phases, in the order they can come.
const (
	PhaseNone      Phase = iota
	PhaseCalling         // UAC: INVITE sent, nothing back. UAS: INVITE received, at most 100 sent
	PhaseEarly           // 18x received or sent
	PhaseAnswered        // UAS: 2xx sent, ACK awaited
	PhaseConfirmed       // dialog established
	PhaseEnding          // over for the call; a transaction of ours is still open
	PhaseEnded           // only absorbs retransmissions
	PhaseReleased        // nothing left
)

// Refresher says who refreshes the session (RFC 4028).
type Refresher uint8

// Refreshers.
const (
	RefresherNone Refresher = iota
	RefresherUs
	RefresherThem
)

// OfferPhase of the offer/answer exchange (RFC 3264).
type OfferPhase uint8

// Offer/answer phases.
const (
	OfferNone     OfferPhase = iota
	OfferLocal               // ours is out, answer awaited
	OfferRemote              // theirs is in, our answer owed
	OfferAnswered            // stable
)

// ClientTx is a request of ours that waits for its final response.
type ClientTx struct {
	Method  string // "" = none pending
	CSeq    uint32
	Branch  uint32 // its number in the leg's sequence of branches
	Via     string // sent-by it went out with; a CANCEL or non-2xx ACK must repeat it
	Extra   string // header lines added by the command, sanitised, CRLF ended
	Type    string // Content-Type of Body
	Body    []byte // INFO body; INVITE sends LocalSDP or, in a dialog, Body
	Auth    string // (Proxy-)Authorization line, CRLF ended
	Tries   uint8  // challenges answered
	Glare   uint8  // 491 retries
	Code    uint16 // last response; 0 none yet, 300 and more: refused, kept to repeat the ACK
	Flags   TxFlags
	RetryMs int64 // a refused re-INVITE goes again at this time; 0 = it is out
}

// TxFlags mark a pending request.
type TxFlags uint8

// Flags of a ClientTx.
const (
	TxRefresh  TxFlags = 1 << iota // session timer's own re-INVITE
	TxTakeover                     // short first retransmit
	TxCancel                       // CANCEL wanted (held until a 1xx)
	TxProbe                        // given up after ProbeTimeoutMs
)

// ServerTx is a request of theirs that waits for our final response or, an INVITE, for its ACK.
type ServerTx struct {
	Method  string // "" = none pending
	CSeq    uint32
	Branch  string
	Vias    []string // as received, the top one with received/rport filled (RFC 3581)
	Reply   Dest
	Contact string // new remote target once we accept
	SDP     []byte // offer it carried
	SE      SessionAsk
	Dialog  bool // a re-INVITE or UPDATE, not the INVITE that began the leg
}

// SessionAsk is what a request said about session timers.
type SessionAsk struct {
	ExpiresS  uint32
	Refresher string // "uac", "uas" or ""
	Supported bool   // Supported: timer
}

// LastRequest remembers the last non-INVITE request, so that its retransmission gets the same code.
type LastRequest struct {
	Method string
	CSeq   uint32
	Branch string
	Code   uint16
	SDP    bool // LocalSDP went with it (200 to UPDATE)
}

// IsRepeatedBy says whether m is that request once more (RFC 3261 17.2.3).
func (l *LastRequest) IsRepeatedBy(m *sip.Request) bool {
	c := m.CSeq()
	return c != nil && l.Method == string(m.Method) && l.CSeq == c.SeqNo && l.Branch == branchOf(m)
}

// Capability bits of the far end, from Allow and Supported.
type Capability uint16

// Capabilities.
const (
	AllowsUpdate Capability = 1 << iota
	AllowsInfo
	AllowsRefer
	AllowsOptions
	AllowsPrack
	SupportsTimer
	SupportsReplaces
	Supports100rel
	SupportsOutbound
)

// State is all of one leg that must survive its node (but for credentials). It is a plain value:
// its slices are replaced, never written into, so a copy of the struct is a copy of the state.
type State struct {
	Role  Role
	Phase Phase

	CallID       string
	LocalTag     string
	RemoteTag    string
	Local        string // name-addr of our side, without tag
	Remote       string // name-addr of theirs, without tag
	RemoteParams string // parameters of theirs other than tag, ";a=b"
	Contact      string // our Contact URI
	Via          string // our sent-by
	UserAgent    string

	BranchSeed  uint64
	BranchCount uint32

	LocalCSeq   uint32 // last used
	AckedInvite uint32 // CSeq of our last INVITE that got 2xx and ACK
	RemoteCSeq  uint32 // highest seen; 0 = none
	// AckBranch is the number of the branch of the ACK for AckedInvite: a repeated 2xx gets the same ACK.
	AckBranch uint32

	RouteSet     []string // URIs in the order of our Route headers
	RemoteTarget string
	Dest         Dest // where requests go
	Symmetric    bool

	LocalSDP, RemoteSDP []byte // last sent and received that count
	SDPID               uint64
	SDPVersion          uint64
	Offer               OfferPhase

	SessionS     uint32 // agreed interval, s; 0 = none
	SessionWishS uint32 // ours for offers, s; 0 = do not offer
	SessionMinS  uint32 // raised by 422
	Refresher    Refresher
	SessionAtMs  int64 // refresh (us) or give-up (them) time
	PeerCaps     Capability
	Rang         bool
	HangUpWanted bool   // BYE is owed once the ACK for our 2xx is in
	HangUpReason string // Reason header of that BYE or held CANCEL
	AuthRealm    string
	AuthUser     string

	Invite    ClientTx // our INVITE or re-INVITE
	Request   ClientTx // our BYE, CANCEL, INFO
	In        ServerTx // their INVITE, re-INVITE or UPDATE
	InCode    uint16   // last code sent to In, 0 = none
	InExtra   string   // header lines of that response
	InText    string   // its reason phrase, "" = usual
	InBody    bool     // it carries LocalSDP
	Last      LastRequest
	EndedAtMs int64 // when PhaseEnded began
	// FinalTag is the To tag of the final response our refused INVITE got: repetitions get the same ACK.
	FinalTag string
	AckAuth  string // credentials line of the acknowledged INVITE, which its ACK repeats (22.1)

	vol volatile
}

// volatile is what a restart may lose.
type volatile struct {
	seq      [timerCount]uint64
	armed    [timerCount]bool
	interval [timerCount]int64 // current retransmit interval, ms
	secret   string
}
