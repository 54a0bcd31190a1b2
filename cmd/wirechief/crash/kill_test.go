package crash

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/actors/audit"
	"github.com/wirechief/wirechief/persistence"
)

var (
	kills = flag.Int("kills", 12, "how often the engine is killed; make crash asks for 200")
	keep  = flag.String("keep", "", "directory, not there yet, that gets a copy of the data at the end")
	seed  = flag.Uint64("seed", 0, "seed of moments and behaviour, 0: by the clock")
)

const (
	agents       = 12
	callsASecond = 25
	// quietWithin bounds the wait for quiet: what the far ends do not answer is given up after 64*T1 = 32 s, one thing
	// after another.
	quietWithin   = 3 * time.Minute
	examineAll    = 20 // so many kills are all looked at; of more one in examineEvery
	examineEvery  = 4  // kills: while one looks, nothing is up, and that should not be most of the time
	askEvery      = 50 * time.Millisecond
	afterwardsFor = time.Second // what the last engine serves before the load ends
	wrapUpLate    = 30 * time.Second
)

// Killed at random moments under load and started again, the engine has kept every acknowledged command and breaks none
// of the invariants; at the end every call is over and no agent is stuck.
func TestKillUnderLoad(t *testing.T) {
	runKills(t, 26000, 27999, childLauncher)
}

func runKills(t *testing.T, mediaMin, mediaMax int, start func(c center, path, log string) launcher) {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed %d -kills %d", s, *kills)
	l, dir := newLoad(s, callsASecond), t.TempDir()
	l.openPhones(t)
	var contacts []string
	for i := range agents {
		contacts = append(contacts, l.phones.Contact(agentID(i)))
	}
	c := newCenter(t, contacts, mediaMin, mediaMax)
	logPath := filepath.Join(dir, "log")
	launchEngine := start(c, c.write(t, filepath.Join(dir, "data")), logPath)
	p := launchEngine(t)
	l.start(t, c.sip, agents)
	var down, startUp []time.Duration
	for i := range *kills {
		l.attach(p)
		time.Sleep(l.ms(20, 400)) // the random moment
		killed := time.Now()
		p.kill()
		l.attach(nil)
		l.down = max(l.down, slices.Max(append(down, 0)))
		if *kills <= examineAll || i%examineEvery == 0 {
			if bad := examine(t, filepath.Join(dir, "data"), l); len(bad) > 0 {
				t.Errorf("after kill %d: %s", i+1, first(bad))
			}
		}
		begun := time.Now()
		p = launchEngine(t)
		startUp = append(startUp, time.Since(begun))
		down = append(down, time.Since(killed))
		if t.Failed() {
			break
		}
	}
	l.attach(p)
	time.Sleep(afterwardsFor)
	l.finish()
	settle(t, l, p)
	p.stop(t)
	replayed(t, filepath.Join(dir, "data"))
	if *keep != "" {
		require.NoError(t, os.CopyFS(*keep, os.DirFS(filepath.Join(dir, "data"))))
	}
	j := openJournal(t, filepath.Join(dir, "data"))
	defer func() { require.NoError(t, j.Close()) }()
	report := actors.Audit(j, true)
	report.Violations = excuse(report.Violations, slices.Max(down))
	v := j.View()
	defer v.Close()
	missing := l.ledger.check(t, v)
	t.Logf("%d kills; start p50 %v max %v; killed to ready max %v", *kills, median(startUp), slices.Max(startUp),
		slices.Max(down))
	t.Logf("journal: %d calls (%d answered), %d agents, %d events, ends %v", report.Calls, report.Answered,
		report.Agents, report.Events, report.Ended)
	t.Logf("acknowledged %d: found %d, not to be looked up %d, missing %d", l.ledger.acknowledged, l.ledger.found,
		l.ledger.beyond, len(missing))
	for _, k := range slices.Sorted(maps.Keys(l.tally)) {
		t.Logf("  %6d %s", l.tally[k], k)
	}
	explain(t, v, l)
	require.Empty(t, report.Violations)
	require.Empty(t, missing)
	require.Empty(t, l.bad)
	require.Zero(t, report.Live, "calls that have not ended")
	require.Positive(t, report.Answered)
	require.Less(t, l.ledger.beyond, 1+l.ledger.acknowledged/10)
	if t.Failed() {
		t.Log(tail(logPath))
	}
}

// onlyLong leaves a test out of the short form, which runs one variant of each.
func onlyLong(t *testing.T) {
	t.Helper()
	if *kills <= examineAll {
		t.Skip("make crash runs it")
	}
}

// examine looks at what a killed process left, in a copy, so that the next start meets exactly this.
func examine(t *testing.T, data string, l *load) []string {
	t.Helper()
	dir := copyDir(t, data)
	defer func() { require.NoError(t, os.RemoveAll(dir)) }()
	replayed(t, dir)
	j := openJournal(t, dir)
	defer func() { require.NoError(t, j.Close()) }()
	var bad []string
	for _, v := range excuse(actors.Audit(j, false).Violations, l.down) {
		bad = append(bad, v.String())
	}
	v := j.View()
	defer v.Close()
	return append(bad, l.ledger.check(t, v)...)
}

// excuse takes out wrap-ups that ended late because nothing was running, or because the machine is slow under this
// load: what is to come in time is not this test's, that none is forgotten is. With one node I6 holds from its return
// on.
func excuse(list []audit.Violation, down time.Duration) []audit.Violation {
	return slices.DeleteFunc(list, func(v audit.Violation) bool {
		_, late, ok := strings.Cut(v.Text, " ended ")
		ms, err := strconv.Atoi(strings.TrimSuffix(late, " ms late"))
		return v.Invariant == "I6" && ok && err == nil && time.Duration(ms)*time.Millisecond <= down+wrapUpLate
	})
}

// explain prints what the journal says of calls that hang at an end.
func explain(t *testing.T, v *persistence.View, l *load) {
	t.Helper()
	byCaller := callsByCaller(t, v)
	for _, number := range l.stuck {
		t.Logf("%s has %d calls", number, len(byCaller[number]))
		for _, c := range byCaller[number] {
			t.Logf("stuck at its caller: %s\n%s", c.Call, timeline(t, v, c.Call))
		}
	}
	for _, a := range l.phones.Live() {
		t.Logf("stuck at a phone: %v\n%s", a, timeline(t, v, a.Call))
	}
}

// settle waits until nobody holds a token and no phone rings or talks.
func settle(t *testing.T, l *load, p *process) {
	t.Helper()
	for deadline := time.Now().Add(quietWithin); ; time.Sleep(askEvery) {
		free, err := p.free()
		if free && len(l.phones.Live()) == 0 && l.callers.Live() == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("after %v: agents free %v (%v), calls at phones %v, at callers %d", quietWithin, free, err,
				l.phones.Live(), l.callers.Live())
			return
		}
	}
}

func first(list []string) any {
	if len(list) > 20 {
		return append(list[:20:20], "...")
	}
	return list
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func TestOnlyTheTimeWithoutAnEngineIsExcused(t *testing.T) {
	list := []audit.Violation{
		{Invariant: "I6", Who: "agent0", Text: "wrap-up of of-1 ended 30900 ms late"},
		{Invariant: "I6", Who: "agent1", Text: "wrap-up of of-2 ended 31001 ms late"},
		{Invariant: "I1", Who: "agent2", Text: "token granted to of-3 while of-2 holds it"},
	}
	left := excuse(list, time.Second)
	require.Len(t, left, 2)
	require.Equal(t, "agent1", left[0].Who)
}
