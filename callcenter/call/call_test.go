package call

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
)

// line is a call under test, for what is easier said in Go than in a script.
type line struct {
	t     testing.TB
	dir   *cc.Directory
	s     *cc.CallState
	nowMs int64
	ids   uint64
}

func newLine(t testing.TB) *line {
	l := &line{t: t, dir: cc.NewDirectory(demoCenter()), s: &cc.CallState{}, nowMs: epochMs}
	l.must(&cc.Arrive{Call: "call-1", Leg: "c", Dialled: "+15550100", Caller: "+15551234"})
	return l
}

func (l *line) decide(m any) (cc.Outcome, error) {
	l.ids++
	ids := cc.NewIDs([]byte{byte(l.ids), byte(l.ids >> 8)})
	return Decide(l.s, cc.NewCommand(m), cc.Env{NowMs: l.nowMs, Dir: l.dir, IDs: ids})
}

func (l *line) must(m any) cc.Outcome {
	l.t.Helper()
	out, err := l.decide(m)
	require.NoError(l.t, err)
	return out
}

func (l *line) refused(code string, m any) {
	l.t.Helper()
	_, err := l.decide(m)
	var e *cc.Error
	require.ErrorAs(l.t, err, &e)
	require.Equal(l.t, code, e.Code)
}

func (l *line) grant(offer, agent string) cc.Outcome {
	l.t.Helper()
	return l.must(&cc.OfferGranted{Offer: offer, Agent: agent, Queue: "sales", Reachable: true, Leg: offer + "-leg"})
}

func TestBadCommands(t *testing.T) {
	l := newLine(t)
	long := strings.Repeat("x", maxText+1)
	l.refused(cc.CodeBadCommand, &cc.OfferGranted{Agent: "ann", Queue: "sales"})
	l.refused(cc.CodeBadCommand, &cc.OfferGranted{Offer: "o1", Agent: "ann", Queue: "sales", Reachable: true})
	l.refused(cc.CodeBadCommand, &cc.ReportNote{Agent: "ann", Customer: long})
	l.refused(cc.CodeBadCommand, &cc.ReportBooked{Agent: "ann", Job: "\xff"})
	l.refused(cc.CodeBadCommand, &cc.Reserve{Offer: "o1"})
	_, err := Decide(l.s, &cc.Command{}, cc.Env{NowMs: l.nowMs, Dir: l.dir})
	require.Error(t, err)
	l.grant("o1", "ann")
	l.refused(cc.CodeBadCommand, &cc.Accept{Offer: "o1", Agent: "ann", Session: long})

	empty := &line{t: t, dir: l.dir, s: &cc.CallState{}, nowMs: epochMs}
	empty.refused(cc.CodeBadCommand, &cc.Arrive{Dialled: "+15550100"})
}

// TestWireTextFits: names from the wire are stored valid and short, or the journal could not hold them.
func TestWireTextFits(t *testing.T) {
	l := &line{t: t, dir: cc.NewDirectory(demoCenter()), s: &cc.CallState{}, nowMs: epochMs}
	l.must(&cc.Arrive{
		Call: "call-1", Leg: "c", Dialled: "+15550100", CallerName: "\xff" + strings.Repeat("é", maxText), Caller: "a\xc3",
	})
	require.Equal(t, "a", l.s.Caller)
	require.LessOrEqual(t, len(l.s.CallerName), maxText)
	require.True(t, utf8.ValidString(l.s.CallerName))
}

// TestTriedIsBounded: with more agents than are remembered, the one who is free again first is forgotten.
func TestTriedIsBounded(t *testing.T) {
	l := newLine(t)
	for i := range maxTried + 5 {
		offer, agent := fmt.Sprint("o", i), fmt.Sprintf("agent-%03d", i)
		l.nowMs += 10
		l.grant(offer, agent)
		l.must(&cc.Reject{Offer: offer, Agent: agent})
		l.must(&cc.TellAcked{Offer: offer, Agent: agent})
	}
	require.Len(t, l.s.Tried, maxTried)
	require.Equal(t, "agent-005", l.s.Tried[0].Agent)
	require.Len(t, l.s.Told, maxTold)
	_, ok := findTried(l.s.Tried, "agent-100")
	require.True(t, ok)
}

// TestTellsAreBounded: while too many agents have not acknowledged, no further offer is taken on; nothing is forgotten.
func TestTellsAreBounded(t *testing.T) {
	l := newLine(t)
	for i := range maxTells {
		offer, agent := fmt.Sprint("o", i), fmt.Sprint("agent-", i)
		l.grant(offer, agent)
		l.must(&cc.Reject{Offer: offer, Agent: agent})
	}
	require.Len(t, l.s.Tells, maxTells)
	out := l.grant("more", "ann")
	require.Len(t, out.Events, 1, "only that the token went back")
	require.Len(t, out.Effects, 1)
	l.must(&cc.TellAcked{Offer: "o3", Agent: "agent-3"})
	require.NotEmpty(t, l.grant("more2", "ann").Events)
}

// TestAgentLostForTheLastTime: a call has a limit of owners; then it ends instead of going round for ever.
func TestAgentLostForTheLastTime(t *testing.T) {
	l := newLine(t)
	for i := 0; l.s.Phase != cc.CallPhase_ENDED; i++ {
		require.Less(t, i, maxSegments)
		offer := fmt.Sprint("o", i)
		l.nowMs += 1000
		l.grant(offer, "ann")
		l.must(&cc.LegAnswered{Leg: offer + "-leg"})
		l.must(&cc.TellAcked{Offer: offer, Agent: "ann"})
		l.nowMs += 1000
		l.must(&cc.LegEnded{Leg: offer + "-leg", Lost: true})
		l.must(&cc.TellAcked{Offer: offer, Agent: "ann", Left: true})
	}
	require.Equal(t, cc.EndCause_END_AGENT_LOST, l.s.EndCause)
	require.Len(t, l.s.Segments, maxSegments)
	require.Equal(t, int64(maxSegments)*1000, talkMs(l.s))
	require.Len(t, l.s.OpenRecordings, maxSegments)
}

// TestR85QueueGone: the queue was removed while the agent talked: on to the next target, else the end.
func TestR85QueueGone(t *testing.T) {
	l := newLine(t)
	l.grant("o1", "ann")
	l.must(&cc.LegAnswered{Leg: "o1-leg"})
	c := demoCenter()
	c.Queues = c.Queues[1:]
	l.dir = cc.NewDirectory(c)
	l.must(&cc.LegEnded{Leg: "o1-leg", Lost: true})
	l.must(&cc.CallTimer{Name: TimerMaxWait, Seq: l.s.WaitSeq})
	require.Equal(t, cc.EndCause_END_NO_DESTINATION, l.s.EndCause)
}

// TestR42AlsoBookedIsBounded names the limit to the client.
func TestR42AlsoBookedIsBounded(t *testing.T) {
	l := newLine(t)
	l.grant("o1", "ann")
	l.must(&cc.LegAnswered{Leg: "o1-leg"})
	for i := range maxAlsoBooked + 1 {
		l.must(&cc.ReportBooked{Agent: "ann", Job: fmt.Sprint("j", i)})
	}
	require.Len(t, l.s.AlsoBooked, maxAlsoBooked)
	l.refused(cc.CodeOverloaded, &cc.ReportBooked{Agent: "ann", Job: "one more"})
}

// TestR35Forwarded: in forwarded mode a claim is allowed from the first ring.
func TestR35Forwarded(t *testing.T) {
	l := newLine(t)
	l.s.Mode = cc.CallMode_FORWARDED
	l.must(&cc.Claim{Agent: "ann"})
	require.Equal(t, "ann", l.s.Owner)
	require.False(t, l.s.LateClaim)
}

// TestViewsShareNothing: what is handed out does not change with the call.
func TestViewsShareNothing(t *testing.T) {
	l := newLine(t)
	l.grant("o1", "ann")
	l.must(&cc.Reject{Offer: "o1", Agent: "ann"})
	l.grant("o2", "bob")
	sum, w := Summary(l.s), Waiting(l.s)
	require.Equal(t, "bob", sum.Offer.Agent)
	require.True(t, w.Offered)
	require.True(t, w.Connected)
	require.Equal(t, int64(7*60_000), w.PriorityMs)
	was, wWas := sum.CloneVT(), w.CloneVT()
	l.must(&cc.LegRang{Leg: "o2-leg"})
	l.s.Tried[0].ReofferAtMs++
	l.must(&cc.LegAnswered{Leg: "o2-leg"})
	require.True(t, was.String() == sum.String() && wWas.Tried[0].ReofferAtMs == w.Tried[0].ReofferAtMs)
	require.Nil(t, Waiting(l.s))
}

// TestEventsShareNothing: a state that goes on does not change the events that made it.
func TestEventsShareNothing(t *testing.T) {
	l := newLine(t)
	policy := &cc.OfferPolicy{Wrapup: &cc.WrapUp{Mode: cc.WrapUpMode_WRAPUP_TIMED}}
	grant := &cc.OfferGranted{Offer: "o1", Agent: "ann", Queue: "sales", Policy: policy, Reachable: true, Leg: "o1-leg"}
	made := l.must(grant).Events[0].GetOfferMade()
	l.must(&cc.LegRang{Leg: "o1-leg"})
	require.True(t, l.s.Offer.Rang)
	require.False(t, made.Offer.Rang)
	require.Zero(t, policy.RingTimeoutMs, "the command is left as it came")
	answered := l.must(&cc.LegAnswered{Leg: "o1-leg"}).Events
	l.s.Wrapup.LengthMs = 5
	require.Zero(t, answered[len(answered)-1].GetAnswered().Wrapup.LengthMs)
}

// TestApplySkipsWhatItDoesNotKnow: an agent's event, or one of a newer program, changes nothing.
func TestApplySkipsWhatItDoesNotKnow(t *testing.T) {
	l := newLine(t)
	before := l.s.CloneVT().String()
	Apply(l.s, cc.NewEvent(&cc.MissesChanged{Misses: 3}), l.nowMs)
	Apply(l.s, &cc.Event{}, l.nowMs)
	require.Equal(t, before, l.s.String())
	require.Nil(t, Resume(&cc.CallState{}, l.nowMs))
}

// TestDoneWaitsForEveryone: bubble, agents and recordings.
func TestDoneWaitsForEveryone(t *testing.T) {
	l := newLine(t)
	l.grant("o1", "ann")
	l.must(&cc.LegAnswered{Leg: "o1-leg"})
	l.must(&cc.LegEnded{Leg: "c"})
	l.must(&cc.CloseBubble{Agent: "ann"})
	l.must(&cc.TellAcked{Offer: "o1", Agent: "ann"})
	l.must(&cc.TellAcked{Offer: "o1", Agent: "ann", Left: true})
	require.False(t, Done(l.s))
	l.must(&cc.RecordingDone{Recording: l.s.Recording, Bytes: 44})
	require.False(t, Done(l.s))
	l.must(&cc.BubbleAcked{Agent: "ann", Epoch: 1, Lost: true})
	require.True(t, Done(l.s))
	require.True(t, Summary(l.s).RecordingDone)
}

// TestRecordingWithoutAFile: the call waits for it no longer, and nobody is told that there is something to fetch.
func TestRecordingWithoutAFile(t *testing.T) {
	l := newLine(t)
	l.grant("o1", "ann")
	l.must(&cc.LegAnswered{Leg: "o1-leg"})
	l.must(&cc.LegEnded{Leg: "c"})
	l.must(&cc.RecordingDone{Recording: l.s.Recording})
	require.Empty(t, l.s.OpenRecordings)
	require.False(t, Summary(l.s).RecordingDone)
}
