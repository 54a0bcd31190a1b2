package actors

import (
	"github.com/wirechief/wirechief/actors/audit"
	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/persistence"
)

// Audit replays everything in a journal and checks it against the invariants; see audit.Journal.
func Audit(j *persistence.Journal, quiet bool) audit.Report {
	v := j.View()
	defer v.Close()
	return audit.Journal(v, audit.Layout{
		CallStream: CallStream, AgentStream: AgentStream, SummaryPrefix: SummaryPrefix, AgentPrefix: AgentPrefix,
		WaitingPrefix: WaitingPrefix, LivePrefix: b2bua.LivePrefix,
	}, quiet)
}
