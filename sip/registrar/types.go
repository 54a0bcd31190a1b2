package registrar

import "github.com/wirechief/wirechief/sip/leg"

// Binding is one contact of one user.
type Binding struct {
	AOR         string   `json:"aor"`                // user part, as in the directory
	Contact     string   `json:"contact"`            // contact URI as registered; Request-URI towards the phone
	Dest        leg.Dest `json:"dest"`               // where its REGISTER came from: where requests go (NAT, flow)
	ExpiresAtMs int64    `json:"expires_at_ms"`      // Unix ms
	GrantedS    int64    `json:"granted_s"`          // seconds granted with the last refresh
	CallID      string   `json:"call_id"`            // of the registering client
	CSeq        uint32   `json:"cseq"`               // of the last REGISTER that touched it
	UserAgent   string   `json:"user_agent"`         // as sent, at most 128 octets
	Instance    string   `json:"instance,omitempty"` // +sip.instance (RFC 5626 4.1)
	RegID       string   `json:"reg_id,omitempty"`   // reg-id (RFC 5626 4.2)
	Unreachable bool     `json:"-"`                  // its flow has closed; kept until it expires or comes back
}

// Record is all bindings of one user: what the store keeps under one key. Without bindings the key goes away.
type Record struct {
	AOR      string    `json:"aor"`
	Bindings []Binding `json:"bindings"`
}

// Store keeps records. Put must apply records of one AOR in call order and call done once, on any goroutine, within
// Put too. The registrar confirms a registration only after done(nil).
type Store interface {
	Load() ([]Record, error)
	Put(rec Record, done func(error))
}

// ChangeKind says what happened to a binding.
type ChangeKind uint8

// Kinds of change.
const (
	ChangeUnknown     ChangeKind = iota
	ChangeRegistered             // new, or reachable again
	ChangeRemoved                // by the client
	ChangeExpired                // not refreshed in time
	ChangeUnreachable            // its TCP flow closed, or nobody answered at its address; it stays until it expires
)

var changeNames = [...]string{"unknown", "registered", "removed", "expired", "unreachable"}

func (k ChangeKind) String() string {
	if int(k) < len(changeNames) {
		return changeNames[k]
	}
	return changeNames[0]
}

// Change is reported once it is durable (expiry and flow loss: once it is seen).
type Change struct {
	Kind      ChangeKind
	Binding   Binding
	Reachable int // bindings of this AOR that are reachable after the change; 0 = the user cannot be called
}
