package audit

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
)

// Source is what an audit reads: a consistent view of a journal.
type Source interface {
	Get(key []byte) ([]byte, bool)
	Scan(prefix []byte) iter.Seq2[[]byte, []byte]
	Records(stream string, from uint64) iter.Seq[machine.Record]
	Snapshot(stream string) (state []byte, version uint64, ok bool)
}

// Layout names the streams and index keys.
type Layout struct {
	CallStream, AgentStream   func(id string) string
	SummaryPrefix             string // c/<call>
	AgentPrefix               string // a/<agent>
	WaitingPrefix, LivePrefix string
}

// Violation is one breach of an invariant.
type Violation struct {
	Invariant string // I1, I2 ...
	Who       string // call or agent
	Text      string
	DueMs     int64 // of what came late (I6): when it was to come, and when it did; else 0
	AtMs      int64
}

func (v Violation) String() string { return fmt.Sprintf("%s %s: %s", v.Invariant, v.Who, v.Text) }

// Report is the outcome of an audit.
type Report struct {
	Calls, Agents, Events int
	Live                  int // calls not ended
	Answered              int
	Ended                 map[string]int // by cause
	Violations            []Violation
}

// maxViolations bounds a report; a broken journal breaks in many places.
const maxViolations = 200

func (r *Report) add(invariant, who, format string, args ...any) {
	if len(r.Violations) < maxViolations {
		r.Violations = append(r.Violations, Violation{Invariant: invariant, Who: who, Text: fmt.Sprintf(format, args...)})
	}
}

// late adds what came after it was due.
func (r *Report) late(invariant, who, what string, dueMs, atMs int64) {
	if len(r.Violations) < maxViolations {
		r.Violations = append(r.Violations, Violation{
			Invariant: invariant, Who: who, Text: fmt.Sprintf("%s %d ms late", what, atMs-dueMs), DueMs: dueMs, AtMs: atMs,
		})
	}
}

// Journal audits everything in a view. quiet says that nothing was under way when it was taken: then no agent may hold
// a token for a call that does not have it.
func Journal(src Source, l Layout, quiet bool) Report {
	r := Report{Ended: make(map[string]int)}
	a := auditor{src: src, layout: l, report: &r, offers: make(map[string]*offer), trimmed: make(map[string]bool)}
	for k := range src.Scan([]byte(l.SummaryPrefix)) {
		r.Calls++
		a.call(strings.TrimPrefix(string(k), l.SummaryPrefix))
	}
	for k := range src.Scan([]byte(l.AgentPrefix)) {
		r.Agents++
		a.agent(strings.TrimPrefix(string(k), l.AgentPrefix))
	}
	a.cross(quiet)
	return r
}

// offer is what both sides say of one offer.
type offer struct {
	call, agent    string
	made, ended    int  // events of the call
	open           bool // the call still has it: offered, or talking to its agent
	granted, freed int  // events of the agent
	held           bool // the agent's token is with it at the end
	outcomeAtCall  cc.OfferOutcome
	outcomeAtAgent cc.OfferOutcome
}

type auditor struct {
	src     Source
	layout  Layout
	report  *Report
	offers  map[string]*offer
	trimmed map[string]bool // agents whose older records are gone: not all their grants are known
}

// replay gives every event of a stream to check and then to apply; false when the stream cannot be read to its end.
func (a *auditor) replay(who, stream string, from uint64, check, apply func(e *cc.Event, atMs int64)) bool {
	for rec := range a.src.Records(stream, from) {
		var r cc.Record
		if err := r.UnmarshalVT(rec.Data); err != nil {
			a.report.add("I11", who, "record %d cannot be read: %v", rec.Version, err)
			return false
		}
		for _, e := range r.Events {
			a.report.Events++
			if e.Message() == nil {
				a.report.add("I11", who, "record %d has an unknown event", rec.Version)
				continue
			}
			check(e, r.NowMs)
			if !a.apply(who, rec.Version, func() { apply(e, r.NowMs) }) {
				return false
			}
		}
	}
	return true
}

// apply does one event of a replay. A journal so broken that its events cannot be applied is a finding, not the end of
// the audit.
func (a *auditor) apply(id string, version uint64, f func()) (ok bool) {
	defer func() {
		if why := recover(); why != nil {
			a.report.add("I11", id, "record %d cannot be applied: %v", version, why)
		}
	}()
	f()
	return true
}

func (a *auditor) offer(id string) *offer {
	o := a.offers[id]
	if o == nil {
		o = &offer{}
		a.offers[id] = o
	}
	return o
}

// cross compares what calls and agents say of each offer.
func (a *auditor) cross(quiet bool) {
	for _, id := range slices.Sorted(maps.Keys(a.offers)) {
		o := a.offers[id]
		switch {
		case o.made > 1:
			a.report.add("I1", o.call, "offer %s was made %d times", id, o.made)
		case o.ended > 1:
			a.report.add("I10", o.call, "offer %s ended %d times", id, o.ended)
		case o.freed > 1:
			a.report.add("I1", o.agent, "the token of offer %s was freed %d times", id, o.freed)
		case o.made > 0 && o.granted == 0 && !a.trimmed[o.agent]:
			a.report.add("I1", o.call, "offer %s was made without the token of %s", id, o.agent)
		case o.ended > 0 && o.freed > 0 && o.outcomeAtCall != o.outcomeAtAgent:
			a.report.add("I10", o.call, "offer %s ended %v, its agent %s was told %v", id, o.outcomeAtCall, o.agent,
				o.outcomeAtAgent)
		}
		if quiet && o.held && !o.open {
			a.report.add("I1", o.agent, "holds the token for offer %s that call %s does not have", id, o.call)
		}
		if quiet && o.open && o.freed > 0 {
			a.report.add("I1", o.call, "has offer %s whose token %s has given back", id, o.agent)
		}
	}
}
