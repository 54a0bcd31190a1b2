package actors_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
)

// R57: a recording that is finished while the node closes is the call's after the next start.
func TestRecordingFinishedWhileClosing(t *testing.T) {
	rung := make(chan ua.Rung, 10)
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{OnRing: func(r ua.Rung) { rung <- r }})
	require.NoError(t, err)
	defer phones.Close()
	dir, center := t.TempDir(), testCenter(1, phones.Contact)
	n := startNode(t, dir, center)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, n.AskAgent(ctx, "agent0", &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	callers, err := ua.NewCallers("127.0.0.1:0", sipAddr(n), "rec")
	require.NoError(t, err)
	defer callers.Close()
	call := callers.Dial(testNumber, "+15551234")
	await(ctx, t, call.Answered())
	id := (<-rung).Call
	call.HangUp()
	await(ctx, t, call.Ended())
	require.NoError(t, n.Close())

	n = startNode(t, dir, center)
	defer func() { require.NoError(t, n.Close()) }()
	require.Eventually(t, func() bool { return callSummary(t, n, id).RecordingDone }, patience, 5*time.Millisecond)
}

// lostDisk is a call that has ended while the directory of recordings was away.
func lostDisk(t *testing.T) (n *actors.Node, id, dir string, center *cc.Center) {
	t.Helper()
	rung := make(chan ua.Rung, 10)
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{OnRing: func(r ua.Rung) { rung <- r }})
	require.NoError(t, err)
	t.Cleanup(func() { phones.Close() })
	dir, center = t.TempDir(), testCenter(1, phones.Contact)
	n = startNode(t, dir, center)
	n.SetFinishAgain(10 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, n.AskAgent(ctx, "agent0", &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	callers, err := ua.NewCallers("127.0.0.1:0", sipAddr(n), "rec")
	require.NoError(t, err)
	defer callers.Close()
	call := callers.Dial(testNumber, "+15551234")
	await(ctx, t, call.Answered())
	id = (<-rung).Call
	require.NoError(t, os.RemoveAll(dir+"/rec"))
	call.HangUp()
	await(ctx, t, call.Ended())
	require.Eventually(t, func() bool {
		failed := 0.0
		n.Each(func(name string, v float64) {
			if name == "recordings_failed_total" {
				failed = v
			}
		})
		return failed > 0
	}, patience, time.Millisecond)
	require.True(t, n.Active(id), "the call waits for its recording")
	return n, id, dir, center
}

// A recording that could not be finished is tried again until it can: its call would wait in memory for ever.
func TestRecordingIsFinishedWhenTheDiskIsBack(t *testing.T) {
	n, id, dir, _ := lostDisk(t)
	defer func() { require.NoError(t, n.Close()) }()
	require.NoError(t, os.MkdirAll(dir+"/rec/open", 0o700))
	require.Eventually(t, func() bool { return callSummary(t, n, id).RecordingDone }, patience, time.Millisecond)
	require.Eventually(t, func() bool { return !n.Active(id) }, patience, time.Millisecond)
}

// A recording of which the disk has nothing after a restart holds its call no longer; there is no file to fetch.
func TestRecordingOfWhichNothingIsLeft(t *testing.T) {
	n, id, dir, center := lostDisk(t)
	require.NoError(t, n.Close())
	require.NoError(t, os.RemoveAll(dir+"/rec"))
	n = startNode(t, dir, center)
	defer func() { require.NoError(t, n.Close()) }()
	require.Eventually(t, func() bool { return !n.Active(id) }, patience, time.Millisecond)
	require.False(t, callSummary(t, n, id).RecordingDone)
}

// untold is a call that is over and whose recording is made, and that was not told so.
func untold(t *testing.T, f *floor) (call, recording string) {
	t.Helper()
	f.available("agent0")
	c := f.callers.Dial(testNumber, "+15550001")
	call = f.rings().Call
	await(f.ctx, t, c.Answered())
	f.until("recorded", func() bool { return callSummary(t, f.n, call).Recording != "" })
	recording = callSummary(t, f.n, call).Recording
	f.n.ForgetRecording(recording)
	f.hangUp(c)
	f.until("made", func() bool { return f.n.HasRecording(recording) })
	require.True(t, f.n.Active(call), "it waits to be told")
	return call, recording
}

// The news of a recording was lost with the actor that had taken it: the successor asks, and learns of the file.
func TestASuccessorLearnsOfItsRecording(t *testing.T) {
	f := newFloor(t, 1, nil)
	call, _ := untold(t, f)
	f.n.Break(call)
	f.asleep(call)
	require.True(t, callSummary(t, f.n, call).RecordingDone)
	f.sound()
}

// A call that has no room when its recording is made is told again.
func TestAFullCallIsToldOfItsRecordingAgain(t *testing.T) {
	f := newFloor(t, 1, nil)
	call, recording := untold(t, f)
	f.n.Fill(call, func() { f.n.RecordingMade(call, recording) })
	f.asleep(call)
	require.True(t, callSummary(t, f.n, call).RecordingDone)
}

// What was put off reaches the successor of an actor that was replaced meanwhile.
func TestWhatWasPutOffReachesTheSuccessor(t *testing.T) {
	f := newFloor(t, 1, nil)
	c := f.callers.Dial(testNumber, "+15550001")
	await(f.ctx, t, c.Answered())
	f.n.LateInput(f.n.AnyCall(), &cc.HangUp{Supervisor: true, Agent: "boss"})
	await(f.ctx, t, c.Ended())
	require.True(t, c.Result().Released)
}
