package crash

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/media/record"
	"github.com/wirechief/wirechief/persistence"
)

const (
	talking   = 50 // calls whose ends answer after the restart
	phoneGone = 2  // calls whose phone is gone by then
	callGone  = 2  // calls whose caller is
)

// pairOf is one call with both its ends.
type pairOf struct {
	agent         string
	call          *ua.Call
	id            string // call id
	caller, phone *mouth
}

// floor is phones with a mouth each, and callers with theirs.
type floor struct {
	mu      sync.Mutex
	phones  map[string]*mouth // by agent; guarded by mu
	callers map[string]*mouth // by Call-ID; guarded by mu
	rung    chan ua.Rung
	next    *mouth // of the next call dialled; guarded by mu
}

func (f *floor) options() ua.PhoneOptions {
	return ua.PhoneOptions{
		OnRing:  func(r ua.Rung) { f.rung <- r },
		SDP:     func(user string) string { return ua.Offer(f.phone(user).at) },
		OnMedia: func(user string, at netip.AddrPort) { f.phone(user).tell(at) },
	}
}

func (f *floor) phone(user string) *mouth {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.phones[user]
}

func (f *floor) openPhones(t *testing.T) *ua.Phones {
	t.Helper()
	p, err := ua.NewPhones("127.0.0.1:0", f.options())
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

func (f *floor) openCallers(t *testing.T, engine string) *ua.Callers {
	t.Helper()
	c, err := ua.NewCallers("127.0.0.1:0", netip.MustParseAddrPort(engine), fmt.Sprintf("talk%d", time.Now().UnixNano()))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	c.SDP = func(call string) string {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.callers[call] = f.next
		return ua.Offer(f.next.at)
	}
	c.OnMedia = func(call string, at netip.AddrPort) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.callers[call].tell(at)
	}
	return c
}

// dial makes one call and waits until both ends hear each other.
func (f *floor) dial(t *testing.T, callers *ua.Callers, i int) *pairOf {
	t.Helper()
	p := &pairOf{caller: newMouth(t, marks+uint64(2*i))}
	f.mu.Lock()
	f.next = p.caller
	f.mu.Unlock()
	begun := time.Now()
	p.call = callers.Dial(numberOnAgent, fmt.Sprintf("+1555%07d", i))
	r := recv(t, f.rung)
	p.agent, p.id, p.phone = r.User, r.Call, f.phone(r.User)
	await(t, p.call.Answered())
	require.Equal(t, 200, p.call.Result().Final)
	require.Eventually(t, func() bool { return p.bothWays(begun, 1) }, eventWithin, 5*time.Millisecond)
	return p
}

// bothWays says whether each end has heard so many packets of the other since then.
func (p *pairOf) bothWays(since time.Time, packets int) bool {
	return p.caller.hears(p.phone, since) >= packets && p.phone.hears(p.caller, since) >= packets
}

// Under 50 talking calls the engine is killed and started at once: all of them go on talking, on the same ports. A call
// whose caller is gone ends with node_lost; a caller whose agent's phone is gone is put through to another (R85).
func Test50TalkingCalls(t *testing.T) {
	onlyLong(t)
	runTalking(t, 24000, 25999, childLauncher)
}

func runTalking(t *testing.T, mediaMin, mediaMax int, start func(c center, path, log string) launcher) {
	dir := t.TempDir()
	data, logPath := filepath.Join(dir, "data"), filepath.Join(dir, "log")
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(tail(logPath))
		}
	})
	f := &floor{phones: make(map[string]*mouth), callers: make(map[string]*mouth), rung: make(chan ua.Rung, 100)}
	stay, leave := f.openPhones(t), f.openPhones(t)
	var contacts []string
	for i := range talking + phoneGone + callGone {
		at := stay
		if i >= talking+callGone {
			at = leave
		}
		contacts = append(contacts, at.Contact(agentID(i)))
		m := newMouth(t, marks+uint64(2*i)+1)
		f.mu.Lock()
		f.phones[agentID(i)] = m
		f.mu.Unlock()
	}
	c := newCenter(t, contacts, mediaMin, mediaMax)
	c.ringMs = 5000
	launchEngine := start(c, c.write(t, data), logPath)
	p := launchEngine(t)
	callers, quitters := f.openCallers(t, c.sip), f.openCallers(t, c.sip)
	var live, calling, quit []*pairOf
	begun := time.Now()
	for i := range contacts { // one by one: the agent made available last is the only one free
		require.NoError(t, p.ask(command{verb: "presence", agent: agentID(i), arg: "available"}))
		switch {
		case i < talking:
			live = append(live, f.dial(t, callers, i))
		case i < talking+callGone:
			quit = append(quit, f.dial(t, quitters, i))
		default:
			calling = append(calling, f.dial(t, callers, i))
		}
	}
	// Recorded audio leaves memory within 250 ms: with a second of talk every call has a first segment on disk.
	for _, x := range live {
		require.Eventually(t, func() bool { return x.bothWays(begun, 50) }, eventWithin, ptime)
	}

	leave.Close()
	quitters.Close()
	killed := time.Now()
	p.kill()
	p = launchEngine(t)
	ready := time.Now()
	survived := 0
	for deadline := time.Now().Add(eventWithin); survived < talking && time.Now().Before(deadline); {
		time.Sleep(ptime)
		survived = 0
		for _, x := range live {
			if x.bothWays(ready, 50) { // a second of talk
				survived++
			}
		}
	}
	t.Logf("%d of %d talking calls survived", survived, talking)
	t.Logf("re-INVITEs answered: callers %d, phones %d", callers.Stats.Reinvites.Load(), stay.Stats.Reinvites.Load())
	report(t, live, killed, ready)
	require.Equal(t, talking, survived)
	hangUp(t, live)
	for range calling {
		r := recv(t, f.rung)
		x := calling[slices.IndexFunc(calling, func(x *pairOf) bool { return x.id == r.Call })]
		x.phone = f.phone(r.User)
		require.NotEqual(t, x.agent, r.User)
		rang := time.Now()
		require.Eventually(t, func() bool { return x.bothWays(rang, 5) }, eventWithin, ptime)
	}
	t.Logf("callers whose agent was gone talk to another %v after the restart", time.Since(ready).Round(time.Millisecond))
	hangUp(t, calling)
	require.Eventually(t, func() bool { free, _ := p.free(); return free && len(stay.Live()) == 0 }, eventWithin, askEvery)
	p.stop(t)

	replayed(t, data)
	j := openJournal(t, data)
	defer func() { require.NoError(t, j.Close()) }()
	require.Empty(t, actors.Audit(j, true).Violations)
	v := j.View()
	defer v.Close()
	for _, x := range live {
		require.Equal(t, cc.EndCause_END_CALLER, summaryOf(t, v, x.id).EndCause)
		checkRecording(t, v, filepath.Join(data, "recordings"), x.id, 2)
	}
	for _, x := range quit {
		require.Equal(t, cc.EndCause_END_NODE_LOST, summaryOf(t, v, x.id).EndCause, timeline(t, v, x.id))
		checkRecording(t, v, filepath.Join(data, "recordings"), x.id, 0)
	}
	for _, x := range calling {
		require.Equal(t, cc.EndCause_END_CALLER, summaryOf(t, v, x.id).EndCause)
		require.Contains(t, timeline(t, v, x.id), "AgentLeft")
	}
}

// hangUp ends calls from the callers' side.
func hangUp(t *testing.T, calls []*pairOf) {
	t.Helper()
	for _, x := range calls {
		x.call.HangUp()
	}
	for _, x := range calls {
		await(t, x.call.Ended())
		require.Equal(t, 200, x.call.Result().ByeCode)
	}
}

// report prints the gaps, and fails when somebody hears another call. How long a gap is counts only for make crash: on
// a busy machine it says nothing.
func report(t *testing.T, live []*pairOf, killed, ready time.Time) {
	t.Helper()
	var gaps []time.Duration
	var packets uint64
	for _, x := range live {
		for _, end := range [][2]*mouth{{x.caller, x.phone}, {x.phone, x.caller}} {
			g, lost := end[0].gap(killed)
			gaps, packets = append(gaps, g), packets+lost
			require.Zero(t, end[0].strangers(end[1]), "audio of another call")
		}
	}
	slices.Sort(gaps)
	at := func(q float64) time.Duration { return gaps[int(q*float64(len(gaps)-1))].Round(time.Millisecond) }
	t.Logf("killed to ready %v; gap of %d legs: p50 %v p99 %v max %v; %.1f packets lost a leg",
		ready.Sub(killed).Round(time.Millisecond), len(gaps), at(0.5), at(0.99), at(1), float64(packets)/float64(len(gaps)))
	if *kills > examineAll {
		require.Less(t, at(1), 5*time.Second)
	}
}

func summaryOf(t *testing.T, v *persistence.View, call string) *cc.CallSummary {
	t.Helper()
	data, ok := v.Get([]byte(actors.SummaryPrefix + call))
	require.True(t, ok, "no call %s", call)
	s := &cc.CallSummary{}
	require.NoError(t, s.UnmarshalVT(data))
	return s
}

// checkRecording: there is a WAV file, as the index says, and its manifest lists the restart as a gap.
func checkRecording(t *testing.T, v *persistence.View, dir, call string, segments int) {
	t.Helper()
	s := summaryOf(t, v, call)
	require.NotEmpty(t, s.Recording)
	data, ok := v.Get([]byte(actors.RecordingPrefix + s.Recording))
	require.True(t, ok, "recording %s of call %s is not in the index", s.Recording, call)
	info := &cc.RecordingInfo{}
	require.NoError(t, info.UnmarshalVT(data))
	path := filepath.Join(dir, info.Path)
	wav, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "RIFF", string(wav[:4]))
	require.EqualValues(t, info.Bytes, len(wav))
	require.True(t, s.RecordingDone)
	m, err := record.ReadManifest(path)
	require.NoError(t, err)
	if segments == 0 {
		return // how far it came is not this test's
	}
	require.Len(t, m.Segments, segments)
	restarts := 0
	for _, g := range m.Gaps {
		if g.Reason == "restart" {
			restarts++
		}
	}
	require.Positive(t, restarts, "gaps %v", m.Gaps)
}

// eventWithin bounds waits for things that must come.
const eventWithin = 2 * time.Minute

func await(t *testing.T, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(eventWithin):
		t.Fatal("waited in vain")
	}
}

func recv(t *testing.T, ch <-chan ua.Rung) ua.Rung {
	t.Helper()
	select {
	case r := <-ch:
		return r
	case <-time.After(eventWithin):
		t.Fatal("no phone rings")
		return ua.Rung{}
	}
}
