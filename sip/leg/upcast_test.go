package leg

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
)

// asking is a leg of ours with a re-INVITE open.
func asking(t testing.TB) *State {
	l := newLadder(t)
	l.outbound(args{"sdp": "offer"}, "X-A: b")
	l.recv("180", args{}, "")
	l.recv("200", args{"sdp": "bob"}, "")
	l.step(func() Output { return l.s.Do(Reinvite{SDP: sdpNamed("hold"), Probe: true}, l.now) })
	return l.s
}

// version1 reads what version 1 wrote of busy, of asking, and of the change from one to the other.
func version1(t testing.TB) (out [][]byte) {
	text, err := os.ReadFile("testdata/version1.txt")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		b, err := hex.DecodeString(strings.TrimSpace(line))
		require.NoError(t, err)
		out = append(out, b)
	}
	require.Len(t, out, 3)
	return out
}

// Records are kept for ever: those of version 1 read as what they said.
func TestVersion1IsRead(t *testing.T) {
	old := version1(t)
	addrs := cmpopts.EquateComparable(busy(t).Dest.Addr)
	for i, want := range []*State{busy(t), asking(t)} {
		var s State
		require.NoError(t, s.Unmarshal(old[i]))
		require.Empty(t, cmp.Diff(*want, s, noVolatile, addrs))
	}
	s := busy(t)
	require.NoError(t, s.ApplyDelta(old[2]))
	require.Empty(t, cmp.Diff(*asking(t), *s, noVolatile, addrs))
}

// A ringing phone, a 100: what changes of an INVITE that is out does not repeat it.
func TestProgressIsCheapToKeep(t *testing.T) {
	l := newLadder(t)
	l.outbound(args{"sdp": "offer"}, "X-A: b")
	before := l.s.Clone()
	require.False(t, l.s.Receive(l.respond(100, args{}, ""), l.peer, l.now).Changed, "a 100 need not be kept")
	require.Empty(t, Delta(before, l.s, nil))
	l.recv("180", args{}, "")
	d := Delta(before, l.s, nil)
	require.Less(t, len(d), 24)
	require.NoError(t, before.ApplyDelta(d))
	require.Equal(t, string(l.s.Marshal(nil)), string(before.Marshal(nil)))
}
