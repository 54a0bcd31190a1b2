package leg

// Header is one header line to add; name and value are sanitised on output.
type Header struct{ Name, Value string }

// Params is what a leg must use again, byte for byte, when it is repeated or taken over.
type Params struct {
	LocalTag   string // our tag; carries the call id
	BranchSeed uint64 // branches and retry delays derive from it by counter
	SessionID  uint64 // o= session id of our SDP
	Contact    string // URI others reach us at, e.g. "sip:c-17@192.0.2.1:5060;transport=tcp"
	Via        string // our sent-by, host:port
	UserAgent  string // "" = header omitted

	SessionExpiresS uint32 // our wish, s; 0 = DefaultSessionExpiresS
	NoSessionTimer  bool   // neither offer nor ask for a session timer (an asked-for one is kept)
	Trying          bool   // Inbound sends 100 itself; else the endpoint has
	// Symmetric sends requests to where the far end's messages come from, whatever
	// its Contact says. Implied for connections and for private Contacts of public sources.
	Symmetric bool

	Credentials Credentials // answers 401/407 of its realm; the secret is never marshalled
}

// Credentials answer digest challenges of one realm (RFC 8760). The zero value answers none.
type Credentials struct{ Realm, User, Password string }

// Address is a name-addr: display name (unescaped) and URI without angle brackets.
type Address struct{ Name, URI string }

// OutboundParams describe a call we place.
type OutboundParams struct {
	Params
	CallID   string
	Target   string // Request-URI
	From, To Address
	Headers  []Header // P-Asserted-Identity, Diversion, Alert-Info, X-...
	Route    []string // preset route set (outbound proxy), URIs in order
	SDP      []byte   // the offer
	Dest     Dest
}
