package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/replay"
	"github.com/wirechief/wirechief/actors/replay/replaytest"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/sim"
)

// dataDir makes a data directory whose journal is that of a simulated hour; edit may change records.
func dataDir(t *testing.T, p sim.Plan, edit func(stream string, version uint64, data []byte) []byte) string {
	t.Helper()
	dir := t.TempDir()
	release, err := claimDataDir(dir)
	require.NoError(t, err)
	defer release()
	j, err := persistence.Open(persistence.Options{Dir: filepath.Join(dir, "journal"), NodeID: nodeID})
	require.NoError(t, err)
	claimed := make(chan machine.Result, 1)
	j.Shards(machine.ShardCommand{Op: machine.ClaimHash, Node: nodeID, Incarnation: j.Boot()},
		func(r machine.Result, _ []machine.ShardRow) { claimed <- r })
	require.Equal(t, machine.OK, (<-claimed).Status)
	put := func(a *machine.Append) error {
		done := make(chan machine.Result, 1)
		j.Append(a, func(r machine.Result) { done <- r })
		if r := <-done; r.Status != machine.OK {
			return fmt.Errorf("append to %q refused: %d", a.Stream, r.Reason)
		}
		return nil
	}
	r := sim.Run(p, sim.Options{Journal: func(r machine.Reader) {
		require.NoError(t, replaytest.Copy(r, false, edit, put))
	}})
	require.Nil(t, r.Failure)
	require.NoError(t, j.Close())
	return dir
}

// files lists a directory with sizes and times of change.
func files(t *testing.T, dir string) (out []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		out = append(out, fmt.Sprint(path, info.Size(), info.ModTime().UnixNano()))
		return err
	}))
	return out
}

// I11: a good journal replays in both modes, and the directory stays as it is.
func TestReplay(t *testing.T) {
	dir := dataDir(t, sim.Tiny(3), nil)
	before := files(t, dir)
	code, out, errs := run(t, "", "replay", "--data", dir)
	require.Equal(t, exitOK, code, errs+out)
	require.Regexp(t, `apply: \d+ records with \d+ events of \d+ calls and \d+ agents`, out)
	require.Contains(t, out, ": 0 differences\n")
	report := filepath.Join(t.TempDir(), "report.json")
	code, out, errs = run(t, "", "replay", "--data", dir, "--mode", "decide", "--json", report)
	require.Equal(t, exitOK, code, errs+out)
	text, err := os.ReadFile(report)
	require.NoError(t, err)
	var rep replay.Report
	require.NoError(t, json.Unmarshal(text, &rep))
	require.Positive(t, rep.Decided)
	require.True(t, rep.OK())
	code, out, _ = run(t, "", "replay", "--data", dir, "--stream", "agent/agent000", "--to", "100", "--json", "-")
	require.Equal(t, exitOK, code)
	require.NoError(t, json.Unmarshal([]byte(out), &rep))
	require.Equal(t, 1, rep.Agents)
	require.Equal(t, before, files(t, dir))
}

// A record that is not what was written is found: exit code 1, stream, version and field.
func TestReplayFindsADamagedRecord(t *testing.T) {
	stream := ""
	dir := dataDir(t, sim.Tiny(3), func(s string, v uint64, data []byte) []byte {
		if !strings.HasPrefix(s, replay.CallStreams) || v != 1 || stream != "" {
			return data
		}
		var r cc.Record
		require.NoError(t, r.UnmarshalVT(data))
		arrived := r.Events[0].GetCallArrived()
		if arrived == nil {
			return data // a bubble that no call came for
		}
		stream, arrived.Caller = s, "+19995550000"
		data, _ = r.MarshalVT()
		return data
	})
	code, out, _ := run(t, "", "replay", "--data", dir)
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, stream+" c/"+strings.TrimPrefix(stream, replay.CallStreams)+" caller: index: recorded")
	code, out, _ = run(t, "", "replay", "--data", dir, "--mode", "decide")
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, stream+` version 1 call_arrived.caller: events: recorded "+19995550000"`)
}

func TestReplayRefusesADataDirectoryInUse(t *testing.T) {
	s := newSite(t)
	first := s.serve(t)
	data := filepath.Join(s.dir, "data")
	code, out, errs := run(t, "", "replay", "--data", data)
	require.Equal(t, exitFailed, code)
	require.Empty(t, out)
	require.Contains(t, errs, "is in use by another process (data_dir_in_use)")
	first.stop(t)
	code, _, errs = run(t, "", "replay", "--data", data, "--mode", "decide")
	require.Equal(t, exitOK, code, errs)

	release, err := holdDataDir(data) // somebody replays
	require.NoError(t, err)
	defer release()
	code, _, errs = run(t, "", s.args()...)
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "data_dir_in_use")
	code, _, errs = run(t, "", "replay", "--data", data)
	require.Equal(t, exitOK, code, errs)
}

func TestReplayOfNothing(t *testing.T) {
	dir := t.TempDir()
	code, _, errs := run(t, "", "replay", "--data", dir)
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "does not exist")
	require.Len(t, files(t, dir), 1)
}

// What if: the same center with other agents, from a file.
func TestReplayWhatIf(t *testing.T) {
	p := sim.NewPlan(4, sim.Size{Agents: 2, Queues: 1, Tenants: 1, Nodes: 1, LoadS: 3600, PerHour: 25})
	dir := dataDir(t, p, nil)
	center := func(agents int) string {
		text := `company: {id: acme, name: Acme}
tenants: [{id: tenant0, name: T, presence_reasons: [lunch]}]
campaigns: [{id: spring-tenant0, tenant: tenant0, name: Spring}]
numbers: [{number: "+18005550000", tenant: tenant0, campaign: spring-tenant0, workflow: flow0}]
workflows: [{id: flow0, name: F, steps: [{queue: queue0}]}]
queues: [{id: queue0, name: Q, tenants: [tenant0]}]
trunks: [{id: loop, sources: [127.0.0.0/8]}]
agents:
`
		for i := range agents {
			text += fmt.Sprintf("  - {id: agent%03d, name: A, login: a%d, password: long-enough-1, tenants: [tenant0],\n", i, i) +
				"     queues: [queue0], contact: \"sip:a@127.0.0.1:9\"}\n"
		}
		return file(t, text)
	}
	before := files(t, dir)
	code, out, errs := run(t, "", "replay", "--data", dir, "--what-if", center(6), "--patience", "exponential:2m")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "patience: exponential with mean 120 s, given")
	require.Regexp(t, `service level +[\d.]+ % +[\d.]+ % +[\d.]+ %`, out)
	var r struct {
		Baseline, Changed struct {
			WaitMs int64 `json:"average_wait_ms"`
		}
	}
	code, out, errs = run(t, "", "replay", "--data", dir, "--what-if", center(6), "--json", "-", "--seed", "7")
	require.Equal(t, exitOK, code, errs)
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Less(t, r.Changed.WaitMs, r.Baseline.WaitMs)
	require.Equal(t, before, files(t, dir))

	code, _, errs = run(t, "", "replay", "--data", dir, "--what-if", center(1), "--patience", "saint")
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "a patience model is")
	code, _, errs = run(t, "", "replay", "--data", dir, "--what-if", file(t, "company: {id: acme}\n"))
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "company.name")
}

// On a terminal progress is one line, elsewhere one every few seconds; a short run shows none.
func TestProgress(t *testing.T) {
	var out strings.Builder
	p := newProgress(&out)
	p.say("%d records", 1)
	p.end()
	require.Empty(t, out.String())
	p.last = p.last.Add(-p.every)
	p.say("%d records", 2)
	p.say("%d records", 3)
	require.Equal(t, "2 records\n", out.String())
	p.tty, p.last = true, p.last.Add(-p.every)
	p.say("%d records", 4)
	p.end()
	require.Equal(t, "2 records\n\r4 records\x1b[K\n", out.String())
}
