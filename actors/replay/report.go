package replay

import "fmt"

// Kinds of difference.
const (
	Unreadable = "unreadable" // a record, snapshot or row cannot be read or applied
	Missing    = "missing"    // records are not there
	Snapshot   = "snapshot"   // the events give another state than the snapshot has
	Index      = "index"      // the state gives another index row than is there
	Rows       = "rows"       // the index has rows that no stream gives
	Events     = "events"     // the command gives other events
	Bytes      = "bytes"      // the same events, but the record is not the same to the byte
)

// Difference is one place where the journal and its replay do not agree.
type Difference struct {
	Stream   string `json:"stream"`
	Version  uint64 `json:"version"` // of the stream; 0: its end
	Index    uint64 `json:"index,omitempty"`
	Kind     string `json:"kind"`
	Field    string `json:"field,omitempty"`
	Recorded string `json:"recorded"`
	Replayed string `json:"replayed"`
	// Rules is the version of the rules that the record was decided by, where it is not this program's: that explains a
	// difference of kind events, bytes or index.
	Rules uint32 `json:"rules_version,omitempty"`
}

func (d Difference) String() string {
	at := d.Stream
	if d.Version > 0 {
		at = fmt.Sprintf("%s version %d", at, d.Version)
	}
	if d.Field != "" {
		at += " " + d.Field
	}
	s := fmt.Sprintf("%s: %s: recorded %s, replayed %s", at, d.Kind, orNothing(d.Recorded), orNothing(d.Replayed))
	if d.Rules != 0 {
		s += fmt.Sprintf(" (rules version %d)", d.Rules)
	}
	return s
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// maxDifferences bounds the list of a report, maxText one side of a difference in bytes; a broken journal breaks in many
// places.
const (
	maxDifferences = 200
	maxText        = 400
	maxFields      = 8 // of one difference between two messages
)

// Report is the outcome of a replay.
type Report struct {
	Mode    string `json:"mode"`
	Applied uint64 `json:"applied_index"` // of the journal
	// StateHash is a hash over all states that the replay came to; it depends on the events alone, and every version of
	// the program must come to the same. MachineHash is over all replicated state of the journal as it lies there, the
	// same on every node at the same index.
	StateHash   string `json:"state_hash"`
	MachineHash string `json:"machine_hash,omitempty"` // left out where a part was replayed

	Streams   int `json:"streams"`
	Calls     int `json:"calls"`
	Agents    int `json:"agents"`
	Records   int `json:"records"`
	Events    int `json:"events"`
	Decided   int `json:"decided"` // records decided again
	Snapshots int `json:"snapshots"`
	Rows      int `json:"index_rows"`
	// Cut counts the streams whose older records are gone: their replay began at the snapshot.
	Cut int `json:"cut"`

	Different  int `json:"differences"`         // all that tell against the journal or this program
	OtherRules int `json:"other_rules"`         // differences that other rules explain: listed, not counted above
	MoreRules  int `json:"other_rules_records"` // records decided by other rules than this program's

	Differences []Difference `json:"list"` // the first of them
}

// OK says that nothing tells against the journal.
func (r *Report) OK() bool { return r.Different == 0 }

func (r *Report) add(d Difference) {
	d.Recorded, d.Replayed = short(d.Recorded), short(d.Replayed)
	if d.Rules != 0 {
		r.OtherRules++
	} else {
		r.Different++
	}
	if len(r.Differences) < maxDifferences {
		r.Differences = append(r.Differences, d)
	}
}

func short(s string) string {
	if len(s) <= maxText {
		return s
	}
	return s[:maxText] + "..."
}
