package actors_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
)

// A call one of whose records cannot be read is set aside: the node starts, the calls and agents beside it go on, its
// agent is freed, and who asks for it is told.
func TestUnreadableCallIsSetAside(t *testing.T) {
	for name, value := range map[string][]byte{
		"row":     {1},
		"content": append([]byte{1, 9, 9, 0}, 0xff, 0xff, 0xff),
	} {
		t.Run(name, func(t *testing.T) {
			s := newStop(t)
			s.spoil(t, actors.CallStream(s.talking), 2, value)
			n := s.start(t)
			err := n.AskCall(s.ctx, s.talking, &cc.CloseBubble{Agent: "agent0", Reason: "x"})
			var told *cc.Error
			require.ErrorAs(t, err, &told)
			require.Equal(t, cc.CodeUnreadable, told.Code)
			require.False(t, n.Active(s.talking))
			second := <-s.rung // the agent is free for the caller who waited
			require.NotEqual(t, s.talking, second.Call)
			require.EqualValues(t, 1, n.Journal().Stats().Aside.Load())
			s.waiting.HangUp()
			await(s.ctx, t, s.waiting.Ended())
			require.True(t, s.waiting.Result().Hung)
		})
	}
}

// A waiting call that is set aside is not offered to anybody, and does not stand in the way of those behind it.
func TestUnreadableWaitingCallIsNotOffered(t *testing.T) {
	s := newStop(t)
	s.spoil(t, actors.CallStream(s.queued), 2, []byte{1})
	n := s.start(t)
	behind := s.callers.Dial(testNumber, "+15551236")
	await(s.ctx, t, behind.Answered())
	s.first.HangUp()
	await(s.ctx, t, s.first.Ended())
	r := <-s.rung
	require.NotEqual(t, s.queued, r.Call)
	require.EqualValues(t, 1, n.Journal().Stats().Aside.Load())
	behind.HangUp()
	await(s.ctx, t, behind.Ended())
}

// An agent whose stream cannot be read gets no actor and no calls; the others work.
func TestUnreadableAgentIsSetAside(t *testing.T) {
	s := newStop(t)
	s.spoil(t, actors.AgentStream("agent1"), 1, []byte{1, 9, 9, 0, 0xff, 0xff})
	n := s.start(t)
	var told *cc.Error
	require.ErrorAs(t, n.AskAgent(s.ctx, "agent1", &cc.SetPresence{Presence: cc.Presence_AVAILABLE}), &told)
	require.Equal(t, cc.CodeUnreadable, told.Code)
	require.NoError(t, n.AskAgent(s.ctx, "agent2", &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	r := <-s.rung
	require.Equal(t, "agent2", r.User)
	require.Equal(t, s.queued, r.Call)
}

// stop is a node that was stopped with a talking call at agent0 and one that waits.
type stop struct {
	ctx            context.Context
	dir            string
	at             netip.AddrPort
	center         *cc.Center
	callers        *ua.Callers
	rung           chan ua.Rung
	first, waiting *ua.Call
	talking        string // id of the first
	queued         string // id of the waiting
}

func newStop(t *testing.T) *stop {
	t.Helper()
	s := &stop{rung: make(chan ua.Rung, 10), dir: t.TempDir()}
	phones, err := ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{OnRing: func(r ua.Rung) { s.rung <- r }})
	require.NoError(t, err)
	t.Cleanup(phones.Close)
	s.center = testCenter(3, phones.Contact)
	n := startNode(t, s.dir, s.center)
	s.at = sipAddr(n)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	s.ctx = ctx
	require.NoError(t, n.AskAgent(ctx, "agent0", &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	s.callers, err = ua.NewCallers("127.0.0.1:0", s.at, "aside")
	require.NoError(t, err)
	t.Cleanup(s.callers.Close)
	s.first = s.callers.Dial(testNumber, "+15551234")
	await(ctx, t, s.first.Answered())
	s.talking = (<-s.rung).Call
	s.waiting = s.callers.Dial(testNumber, "+15551235")
	await(ctx, t, s.waiting.Answered())
	v := n.Journal().View()
	for k := range v.Scan([]byte(actors.WaitingPrefix)) {
		s.queued = string(k[len(actors.WaitingPrefix):])
	}
	v.Close()
	require.NotEmpty(t, s.queued)
	require.NoError(t, n.Close())
	return s
}

// spoil overwrites one record in the store: the key is that of the journal's format.
func (s *stop) spoil(t *testing.T, stream string, version uint64, value []byte) {
	t.Helper()
	o := &pebble.Options{FormatMajorVersion: pebble.FormatTableFormatV6, Logger: silent{}}
	db, err := pebble.Open(s.dir+"/journal", o)
	require.NoError(t, err)
	key := binary.BigEndian.AppendUint64([]byte("re"+stream+"\x00"), version)
	_, closer, err := db.Get(key)
	require.NoError(t, err, "there is such a record")
	require.NoError(t, closer.Close())
	require.NoError(t, db.Set(key, value, pebble.Sync))
	require.NoError(t, db.Close())
}

type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(f string, a ...any) {
	slog.Error("pebble", "format", f, "args", a)
}

func (s *stop) start(t *testing.T) *actors.Node {
	t.Helper()
	n := startNodeAt(t, s.dir, s.center, s.at)
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}
