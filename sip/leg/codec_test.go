package leg

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
)

// busy is a leg with every kind of field in use.
func busy(t testing.TB) *State {
	l := newLadder(t)
	l.secret = Credentials{Realm: "trunk", User: "u", Password: "secret-word"}
	l.inbound(args{"sdp": "caller"}, "Record-Route: <sip:192.0.2.30;lr>\r\nSession-Expires: 600\r\nSupported: timer\r\n")
	l.s.SetCredentials(l.secret)
	l.step(func() Output { return l.s.Do(Answer{SDP: sdpNamed("agent")}, l.now) })
	l.recv("ACK", args{}, "")
	l.recv("OPTIONS", args{"cseq": "2"}, "")
	l.step(func() Output { return l.s.Do(Info{ContentType: "a/b", Body: []byte("x")}, l.now) })
	l.recv("INVITE", args{"cseq": "3", "sdp": "hold"}, "")
	return l.s
}

var noVolatile = cmpopts.IgnoreUnexported(State{})

func TestRecordRoundTrip(t *testing.T) {
	s := busy(t)
	rec := s.Marshal(nil)
	var back State
	require.NoError(t, back.Unmarshal(rec))
	require.Empty(t, cmp.Diff(*s, back, noVolatile, cmpopts.EquateComparable(s.Dest.Addr)))
	require.NotContains(t, string(rec), "secret-word", "no secret enters the journal")
	require.Less(t, len(rec), 2_048)
}

func TestDeltaHoldsOnlyWhatChanged(t *testing.T) {
	s := busy(t)
	require.Empty(t, Delta(s, s.Clone(), nil), "nothing to keep")
	old := s.Clone()
	s.Receive(newLadderFor(s).request("OPTIONS", args{"cseq": "4"}, ""), s.In.Reply, 1)
	d := Delta(old, s, nil)
	require.Less(t, len(d), 64, "SDP and identity are not repeated")
	require.NoError(t, old.ApplyDelta(d))
	require.Empty(t, cmp.Diff(*s, *old, noVolatile, cmpopts.EquateComparable(s.Dest.Addr)))
}

func newLadderFor(s *State) *ladder { return &ladder{s: s, peerTag: s.RemoteTag, callID: s.CallID} }

func TestCloneIsIndependent(t *testing.T) {
	s := busy(t)
	c := s.Clone()
	before := string(c.Marshal(nil))
	s.Do(AnswerReinvite{SDP: sdpNamed("x")}, 5)
	s.Do(HangUp{}, 6)
	require.Equal(t, before, string(c.Marshal(nil)))
}

func TestBadRecords(t *testing.T) {
	good := busy(t).Marshal(nil)
	var s State
	require.ErrorIs(t, s.Unmarshal(nil), ErrCorrupt)
	require.ErrorIs(t, s.Unmarshal([]byte{9}), ErrVersion)
	require.ErrorIs(t, s.Unmarshal([]byte{version | deltaBit}), ErrNotRecord)
	require.ErrorIs(t, s.ApplyDelta(good), ErrNotDelta)
	require.ErrorIs(t, s.Unmarshal(make([]byte, MaxStateBytes+1)), ErrTooLarge)
	require.ErrorIs(t, s.Unmarshal([]byte{version, fieldPhase, 1, 99}), ErrCorrupt)
	require.ErrorIs(t, s.Unmarshal([]byte{1 | packedBit, fieldPhase, 1, 1}), ErrVersion, "version 1 was never packed")
	require.ErrorIs(t, s.Unmarshal([]byte{0}), ErrVersion)
	huge := binary.AppendUvarint([]byte{version | packedBit}, MaxStateBytes+1)
	require.ErrorIs(t, s.Unmarshal(huge), ErrCorrupt, "not unpacked, too large")
	for n := 2; n < len(good); n++ {
		_ = s.Unmarshal(good[:n]) // a cut record may end between fields, but never panics
	}
}

func FuzzUnmarshal(f *testing.F) {
	s := busy(f)
	f.Add(s.Marshal(nil))
	f.Add(Delta(&State{}, s, nil))
	f.Add([]byte{version, fieldIn, 1, 0})
	for _, old := range version1(f) {
		f.Add(old)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s State
		if s.Unmarshal(data) == nil {
			again := s.Marshal(nil)
			var back State
			if err := back.Unmarshal(again); err != nil {
				t.Fatalf("own record refused: %v", err)
			}
			if string(back.Marshal(nil)) != string(again) {
				t.Fatal("record is not stable")
			}
			s.Resume(1)
			s.Do(HangUp{}, 2)
		}
		s = State{}
		_ = s.ApplyDelta(data)
	})
}
