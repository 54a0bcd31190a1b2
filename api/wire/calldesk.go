package wire

import cc "github.com/wirechief/wirechief/callcenter"

// CallDesk is what people have made of a call or bubble; of most calls there is little.
type CallDesk struct {
	Kind          string           `json:"kind,omitempty" doc:"manual: a bubble without a call (R39)"`
	Mode          string           `json:"mode,omitempty" doc:"forwarded: answered at an office line; absent: managed"`
	Direction     string           `json:"direction,omitempty" doc:"outbound or internal; absent: inbound"`
	DraftVersion  uint64           `json:"draft_version,omitempty" doc:"Of what is typed on the bubble (R39)"`
	CustomerName  string           `json:"customer_name,omitempty"`
	Candidates    []CustomerRef    `json:"candidates,omitempty" doc:"Whom the caller's number may belong to (R10)"`
	Suggestion    *BookingProposal `json:"suggestion,omitempty" doc:"A booking that may belong to this call (R46)"`
	OwesReason    bool             `json:"owes_reason,omitempty" doc:"Over, not closed, and closing needs a reason (R47)"`
	Unattached    bool             `json:"unattached,omitempty" doc:"Claimed, over, and no customer (R48)"`
	Voicemail     bool             `json:"voicemail,omitempty"`
	NeedsCallback bool             `json:"needs_callback,omitempty" doc:"Marked by a person (R54)"`
	FollowUp      *FollowUpState   `json:"follow_up,omitempty" doc:"R90"`
	Tags          []string         `json:"tags,omitempty"`
	Notes         string           `json:"notes,omitempty"`
	Corrected     *Corrected       `json:"corrected,omitempty" doc:"What persons changed later (R52); the rest of the call is as first seen"`
}

// CustomerRef is a customer of the CRM.
type CustomerRef struct {
	ID       string `json:"id" maxLength:"256"`
	Name     string `json:"name,omitempty" maxLength:"256"`
	Location string `json:"location,omitempty" maxLength:"256"`
}

// BookingProposal is a booking without a bubble that may belong to a call.
type BookingProposal struct {
	ID       string `json:"id"`
	Agent    string `json:"agent" doc:"Who may accept it"`
	Customer string `json:"customer,omitempty"`
	Location string `json:"location,omitempty"`
	Job      string `json:"job"`
	Until    Time   `json:"until" format:"date-time"`
}

// FollowUpState is a lead to be called again on a day.
type FollowUpState struct {
	On     string `json:"on" doc:"YYYY-MM-DD in the tenant's zone"`
	Note   string `json:"note,omitempty"`
	By     string `json:"by,omitempty"`
	DoneAt Time   `json:"done_at,omitempty" format:"date-time"`
	DoneBy string `json:"done_by,omitempty" doc:"Who, or call:<id> that reached them"`
}

// Corrected is what differs from what was seen.
type Corrected struct {
	Class  string   `json:"class,omitempty"`
	Owner  string   `json:"owner,omitempty"`
	Reason string   `json:"reason,omitempty"`
	Notes  string   `json:"notes,omitempty"`
	Link   *LinkRef `json:"link,omitempty"`
	Count  uint32   `json:"count" doc:"Corrections so far"`
}

// LinkRef is where a call was linked to.
type LinkRef struct {
	Level    string `json:"level" doc:"none, customer, location, job or booked"`
	Customer string `json:"customer,omitempty"`
	Location string `json:"location,omitempty"`
	Job      string `json:"job,omitempty"`
}

func newCallDesk(s *cc.CallSummary) CallDesk {
	d := CallDesk{
		Kind: word(int32(s.Kind), s.Kind.String(), "BUBBLE_"), Mode: word(int32(s.Mode), s.Mode.String(), ""),
		Direction: word(int32(s.Direction), s.Direction.String(), ""), DraftVersion: s.DraftVersion,
		CustomerName: s.CustomerName, OwesReason: s.OwesReason, Unattached: s.Unattached, Voicemail: s.Voicemail,
		NeedsCallback: s.NeedsCallback, Tags: s.Tags, Notes: s.Notes, Candidates: candidates(s),
	}
	if g := s.Suggestion; g != nil {
		d.Suggestion = &BookingProposal{g.Id, g.Agent, g.Customer, g.Location, g.Job, At(g.UntilMs)}
	}
	if f := s.FollowUp; f != nil {
		d.FollowUp = &FollowUpState{f.On, f.Note, f.By, At(f.DoneMs), f.DoneBy}
	}
	if s.Corrections > 0 {
		d.Corrected = &Corrected{
			Class: Class(s.CorrectedClass), Owner: s.CorrectedOwner, Reason: s.CorrectedReason, Notes: s.CorrectedNotes,
			Link: NewLinkRef(s.CorrectedLink), Count: s.Corrections,
		}
	}
	return d
}

func candidates(s *cc.CallSummary) (out []CustomerRef) {
	for _, c := range s.Candidates {
		out = append(out, CustomerRef{c.Id, c.Name, c.Location})
	}
	return out
}

// NewLinkRef shows a link; nil stays nil.
func NewLinkRef(l *cc.LinkRef) *LinkRef {
	if l == nil {
		return nil
	}
	return &LinkRef{LinkLevel(cc.LinkLevel(l.Level)), l.Customer, l.Location, l.Job}
}

// LinkLevel names a level; ParseLinkLevel reads it.
func LinkLevel(l cc.LinkLevel) string {
	if l == cc.LinkLevel_LINK_NONE {
		return "none"
	}
	return word(int32(l), l.String(), "LINK_")
}

// ParseLinkLevel reads a level; false for any other word.
func ParseLinkLevel(s string) (cc.LinkLevel, bool) {
	for l := cc.LinkLevel_LINK_NONE; l <= cc.LinkLevel_LINK_BOOKED; l++ {
		if LinkLevel(l) == s {
			return l, true
		}
	}
	return 0, false
}

// channel names what kind of work item it is (R103).
func channel(c cc.Channel) string {
	if c == cc.Channel_NO_CHANNEL {
		return "none"
	}
	return Voice
}

// Taken tells of a bubble that was taken while the agent was away (R36).
type Taken struct {
	Call   string `json:"call"`
	By     string `json:"by"`
	ByName string `json:"by_name,omitempty"`
	At     Time   `json:"at" format:"date-time"`
}

// NewTaken shows the notices of an agent.
func NewTaken(s *cc.AgentSummary, dir *cc.Directory) (out []Taken) {
	for _, n := range s.GetNotices() {
		out = append(out, Taken{n.Call, n.By, dir.Agent(n.By).GetName(), At(n.AtMs)})
	}
	return out
}

// CorrectedField names what a correction was about.
func CorrectedField(f cc.CorrectedField) string { return word(int32(f), f.String(), "CORRECTED_") }
