package crash

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/replay"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
)

// openJournal opens the journal in a data directory that no process uses.
func openJournal(t *testing.T, dir string) *persistence.Journal {
	t.Helper()
	j, err := persistence.Open(persistence.Options{Dir: filepath.Join(dir, "journal"), NodeID: 1})
	require.NoError(t, err)
	return j
}

// replayed replays the journal in a data directory that no process uses: as it lies there, and decided again.
func replayed(t *testing.T, dir string) {
	t.Helper()
	a, err := persistence.OpenArchive(filepath.Join(dir, "journal"), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()
	rep, err := replay.Run(a.Reader(), replay.Options{Decide: true})
	require.NoError(t, err)
	for _, d := range rep.Differences {
		t.Errorf("replay: %v", d)
	}
	require.Positive(t, rep.Decided)
}

// busyAgents lists the agents who hold a token.
func busyAgents(j *persistence.Journal) []string {
	v := j.View()
	defer v.Close()
	var busy []string
	for _, value := range v.Scan([]byte(actors.AgentPrefix)) {
		var s cc.AgentSummary
		if err := s.UnmarshalVT(value); err != nil {
			return []string{err.Error()}
		}
		if s.Token > cc.TokenState_FREE {
			busy = append(busy, s.Agent)
		}
	}
	return busy
}

// callsByCaller reads every call's summary by the number that called; the load gives each call one of its own.
func callsByCaller(t *testing.T, v *persistence.View) map[string][]*cc.CallSummary {
	t.Helper()
	out := make(map[string][]*cc.CallSummary)
	for _, value := range v.Scan([]byte(actors.SummaryPrefix)) {
		s := &cc.CallSummary{}
		require.NoError(t, s.UnmarshalVT(value))
		out[s.Caller] = append(out[s.Caller], s)
	}
	return out
}

// records reads a stream from a version on; first is the version of the first record, 0 without any.
func records(t *testing.T, v *persistence.View, stream string, from uint64) (list []*cc.Record, first uint64) {
	t.Helper()
	for r := range v.Records(stream, from) {
		if first == 0 {
			first = r.Version
		}
		rec := &cc.Record{}
		require.NoError(t, rec.UnmarshalVT(r.Data))
		list = append(list, rec)
	}
	return list, first
}

// timeline writes what the journal says of a call, one line a record.
func timeline(t *testing.T, v *persistence.View, call string) string {
	t.Helper()
	list, _ := records(t, v, actors.CallStream(call), 1)
	var b strings.Builder
	for _, r := range list {
		fmt.Fprintf(&b, "%s %s:", time.UnixMilli(r.NowMs).Format("05.000"), r.Command.Name())
		for _, e := range r.Events {
			fmt.Fprintf(&b, " %s", e.Name())
		}
		for _, l := range r.Legs {
			fmt.Fprintf(&b, " [leg %s full=%v gone=%v %d octets]", l.Leg, l.Full, l.Gone, len(l.Data))
		}
		b.WriteByte('\n')
	}
	m := b2bua.New(b2bua.Node{})
	for r := range v.Records(actors.CallStream(call), 1) {
		require.NoError(t, m.Load(r.Data))
	}
	for _, l := range m.Legs() {
		fmt.Fprintf(&b, "leg %s, phase %v: %+v\n", l.ID, l.SIP.Phase, *l.SIP)
	}
	return b.String()
}
