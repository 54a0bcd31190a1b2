package engine

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/wirechief/wirechief/actors"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config"
	"github.com/wirechief/wirechief/persistence"
)

// Findings are what a stopped engine's journal says.
type Findings struct {
	Calls         int
	Answered      int
	Ended         map[string]int // calls by cause of their end
	Violations    []string       // of the invariants
	CallRecords   float64        // records in a call's stream, mean
	CallBytes     float64        // their bytes, mean
	AgentRecords  float64        // records of all agents for each call
	AgentBytes    float64
	SummaryBytes  float64 // of the call's summary in the index
	DirBytes      int64   // size of the journal's directory: log, tables, what compaction has not yet removed
	CommitsToRing int     // appends that follow from one another before the INVITE to the agent, median
}

// Inspect reads and audits the journal of a stopped engine.
func Inspect(path string) (_ Findings, err error) {
	f, err := config.Load(path)
	if err != nil {
		return Findings{}, err
	}
	n, _, err := f.Settings(nil, nil)
	if err != nil {
		return Findings{}, err
	}
	dir := filepath.Join(n.DataDir, "journal")
	size := DirBytes(dir)
	j, err := persistence.Open(persistence.Options{Dir: dir, NodeID: 1})
	if err != nil {
		return Findings{}, fmt.Errorf("opening the journal: %w", err)
	}
	defer func() {
		if e := j.Close(); err == nil {
			err = e
		}
	}()
	report := actors.Audit(j, false)
	out := Findings{Calls: report.Calls, Answered: report.Answered, Ended: report.Ended, DirBytes: size}
	for _, v := range report.Violations {
		out.Violations = append(out.Violations, v.String())
	}
	v := j.View()
	defer v.Close()
	return out, out.measure(v, f)
}

// measure counts what calls cost the journal.
func (f *Findings) measure(v *persistence.View, file *config.File) error {
	if f.Calls == 0 {
		return nil
	}
	steps := make(map[int]int)
	for key, summary := range v.Scan([]byte(actors.SummaryPrefix)) {
		f.SummaryBytes += float64(len(key) + len(summary))
		id, at := strings.TrimPrefix(string(key), actors.SummaryPrefix), 0
		for r := range v.Records(actors.CallStream(id), 1) {
			f.CallRecords++
			f.CallBytes += float64(len(r.Data))
			var rec cc.Record
			if at > 0 {
				continue
			}
			if err := rec.UnmarshalVT(r.Data); err != nil {
				return fmt.Errorf("reading call %s: %w", id, err)
			}
			for _, e := range rec.Events {
				if _, ok := e.Message().(*cc.OfferMade); ok {
					at = int(r.Version)
				}
			}
		}
		if at > 0 {
			steps[at+1]++ // and the agent's reservation
		}
	}
	for _, a := range file.Center.Agents {
		for r := range v.Records(actors.AgentStream(a.ID), 1) {
			f.AgentRecords++
			f.AgentBytes += float64(len(r.Data))
		}
	}
	for _, x := range []*float64{&f.CallRecords, &f.CallBytes, &f.SummaryBytes, &f.AgentRecords, &f.AgentBytes} {
		*x /= float64(f.Calls)
	}
	f.CommitsToRing = median(steps)
	return nil
}

// median of values given with their counts.
func median(counts map[int]int) int {
	all, top := 0, 0
	for v, n := range counts {
		all += n
		top = max(top, v)
	}
	for v, sum := 0, 0; v <= top; v++ {
		if sum += counts[v]; sum*2 > all {
			return v
		}
	}
	return 0
}

// DirBytes is the size of all files below a directory.
func DirBytes(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // what is deleted meanwhile has no size
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return total
}
