package seat_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
)

// R20: who asks for a swap hears nothing until it is decided; then the call answers all who asked, or hold_failed does.
// With no other call un-held the command goes to the call as it is, without a record.
func TestR20WhoAsksWaitsForTheEnd(t *testing.T) {
	m, at := seat.New("anna", "acme"), moment()
	step := func(cmd any, reply any) host.Decision {
		return m.Step(seat.Ask{Cmd: cc.NewCommand(cmd), Reply: reply, At: at})
	}
	side := func(call string, state cc.DeskCallState) host.Decision {
		return step(&cc.DeskCallChanged{Call: call, Class: cc.CallClass_DIRECT_CALL, State: state}, nil)
	}
	forwarded := func(d host.Decision) *seat.Forwarded {
		for _, x := range d.Early {
			if f, ok := x.(seat.Forwarded); ok {
				return &f
			}
		}
		return nil
	}
	replies := func(d host.Decision) (out []b2bua.Replied) {
		for _, x := range d.Release {
			if r, ok := x.(b2bua.Replied); ok {
				out = append(out, r)
			}
		}
		return out
	}
	accept := &cc.AcceptCall{Call: "d2", HoldActive: true}

	side("d2", cc.DeskCallState_DESK_RINGING)
	d := step(accept, "first")
	require.Nil(t, d.Record, "nothing is un-held: one hop, no record")
	require.Empty(t, replies(d))
	require.Equal(t, []any{"first"}, forwarded(d).Askers)

	side("d1", cc.DeskCallState_DESK_ACTIVE)
	require.Empty(t, replies(step(accept, "second")))
	require.Empty(t, replies(step(accept, "third")))
	d = side("d1", cc.DeskCallState_DESK_HELD)
	require.Equal(t, []any{"second", "third"}, forwarded(d).Askers)
	require.Empty(t, m.Abandon())

	side("d2", cc.DeskCallState_DESK_ACTIVE)
	require.Empty(t, replies(step(&cc.ResumeCall{Call: "d1"}, "fourth")))
	at.NowMs += 2000
	d = step(&cc.AgentTimer{Name: "swap", Seq: m.State.Swap.TimerSeq}, nil)
	require.Len(t, replies(d), 1)
	require.Equal(t, "fourth", replies(d)[0].To)
	require.ErrorContains(t, replies(d)[0].Err, cc.CodeHoldFailed)
	require.True(t, d.Prompt)

	for range 20 {
		d = step(&cc.ResumeCall{Call: "d1"}, "many")
	}
	require.ErrorContains(t, replies(d)[0].Err, cc.CodeOverloaded, "a swap has a limit of askers")
	require.NotEmpty(t, m.Abandon(), "who waits when the actor goes is told")
	require.Empty(t, m.Abandon())
}
