package wire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, frame, code string }{
		{"claim", `{"id":"1","type":"bubble.claim","call":"c"}`, ""},
		{"null clears the focus", `{"id":"1","type":"focus","call":null}`, ""},
		{"optional left out", `{"id":"1","type":"bubble.close","call":"c"}`, ""},
		{"not JSON", `{`, "bad_request"},
		{"not an object", `[1]`, "bad_request"},
		{"null", `null`, "bad_request"},
		{"empty", ``, "bad_request"},
		{"two objects", `{"id":"1","type":"ping"}{}`, "bad_request"},
		{"not UTF-8", "{\"id\":\"1\",\"type\":\"ping\xff\"}", "bad_request"},
		{"no id", `{"type":"ping"}`, "bad_request"},
		{"id is a number", `{"id":1,"type":"ping"}`, "bad_request"},
		{"id too long", `{"id":"` + strings.Repeat("x", 65) + `","type":"ping"}`, "bad_request"},
		{"no type", `{"id":"1"}`, "unknown_type"},
		{"unknown type", `{"id":"1","type":"call.seize"}`, "unknown_type"},
		{"type of an event", `{"id":"1","type":"snapshot"}`, "unknown_type"},
		{"unknown field", `{"id":"1","type":"ping","x":1}`, "bad_request"},
		{"missing field", `{"id":"1","type":"bubble.claim"}`, "bad_request"},
		{"missing focus", `{"id":"1","type":"focus"}`, "bad_request"},
		{"wrong kind", `{"id":"1","type":"bubble.takeover","call":"c","epoch":"1"}`, "bad_request"},
		{"negative epoch", `{"id":"1","type":"bubble.takeover","call":"c","epoch":-1}`, "bad_request"},
		{"value too long", `{"id":"1","type":"bubble.claim","call":"` + strings.Repeat("x", 513) + `"}`, "bad_request"},
		{"focus too long", `{"id":"1","type":"focus","call":"` + strings.Repeat("x", 513) + `"}`, "bad_request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd, _, err := wire.Parse([]byte(c.frame))
			if c.code == "" {
				require.NoError(t, err)
				require.Equal(t, "1", wire.HeadOf(cmd).ID)
				return
			}
			var e *wire.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.code, e.Code)
		})
	}
}

// Every command can be read, and back from what it is written as.
func TestEveryCommandParses(t *testing.T) {
	for _, c := range wire.Commands() {
		fields := map[string]any{"id": "7", "type": c.Type}
		raw, err := json.Marshal(c.New())
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(raw, &fields))
		fields["id"], fields["type"] = "7", c.Type
		raw, err = json.Marshal(fields)
		require.NoError(t, err)
		cmd, id, err := wire.Parse(raw)
		require.NoError(t, err, c.Type)
		require.Equal(t, "7", id)
		require.Equal(t, c.Type, wire.HeadOf(cmd).Type)
	}
}

func TestSpliceKeepsTheFrame(t *testing.T) {
	for _, e := range wire.Catalog() {
		frame := wire.Encode(e.Value, e.Type, 12, wire.At(1_700_000_000_123))
		var head wire.Head
		require.NoError(t, json.Unmarshal(wire.Splice(nil, frame, 11), &head), e.Type)
		require.Equal(t, wire.Head{Type: e.Type, Seq: 12, Prev: 11, At: "2023-11-14T22:13:20.123Z"}, head)
	}
}

func TestWords(t *testing.T) {
	call := wire.NewCall(&cc.CallSummary{
		Call: "c", Phase: cc.CallPhase_ENDED, Media: cc.BubbleMedia_MEDIA_ENDED, Desk: cc.BubbleDesk_DESK_SHOWN,
		Class: cc.Class_CLASS_DIRECT, EndCause: cc.EndCause_END_CALLER, Link: cc.LinkLevel_LINK_JOB,
	}, cc.NewDirectory(&cc.Center{}))
	require.Equal(t, []string{"ended", "ended", "shown", "direct", "caller", "job", ""},
		[]string{call.Phase, call.Media, call.Desk, call.Class, call.EndCause, call.Link, string(call.AnsweredAt)})
	for _, p := range []string{"offline", "unavailable", "available"} {
		v, ok := wire.ParsePresence(p)
		require.True(t, ok)
		require.Equal(t, p, wire.NewAgent("a", &cc.AgentSummary{Presence: v}, cc.NewDirectory(&cc.Center{})).Presence)
	}
	require.Equal(t, "withdrawn_moved", wire.Outcome(cc.OfferOutcome_WITHDRAWN_MOVED))
}

func TestFieldsShowEverythingSet(t *testing.T) {
	name, fields := wire.Body(cc.NewCommand(&cc.OfferGranted{
		Offer: "o", AnswerOn: cc.AnswerOn_ON_CLIENT, Reachable: true,
		Policy: &cc.OfferPolicy{RingTimeoutMs: 30_000}, Explain: &cc.Explain{Next: []string{"a"}},
	}).ProtoReflect())
	require.Equal(t, "offer_granted", name)
	got, err := json.Marshal(fields)
	require.NoError(t, err)
	require.JSONEq(t, `{"offer":"o","answer_on":"on_client","reachable":true,"policy":{"ring_timeout_ms":30000},
		"explain":{"next":["a"]}}`, string(got))
	_, fields = wire.Body((&cc.Event{Body: &cc.Event_CallQueued{CallQueued: &cc.CallQueued{EnqueuedMs: 1_700_000_000_000}}}).ProtoReflect())
	require.Equal(t, wire.Time("2023-11-14T22:13:20.000Z"), fields["enqueued"])
}

func TestErrorsKeepTheirSecrets(t *testing.T) {
	e := wire.FromError(cc.Errorf(cc.CodeOwned, "x").With("owner", "bob"))
	require.Equal(t, 409, e.Status)
	require.Equal(t, "bob", e.Details["owner"])
	require.NotContains(t, wire.FromError(errors.New("the key is 7")).Message, "key")
}

// Whatever a client sends is a command or an error with a code, and what is one can be written and read again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"id":"1","type":"focus","call":null}`))
	f.Add([]byte(`{"id":"1","type":"auth","token":"x","from":18446744073709551615}`))
	f.Add([]byte(`{"id":"1","type":"bubble.takeover","call":"c","epoch":1e3}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		cmd, id, err := wire.Parse(data)
		if err != nil {
			var e *wire.Error
			require.ErrorAs(t, err, &e)
			require.NotEmpty(t, e.Code)
			return
		}
		again, err := json.Marshal(cmd)
		require.NoError(t, err)
		same, id2, err := wire.Parse(again)
		require.NoError(t, err)
		require.Equal(t, id, id2)
		require.Equal(t, cmd, same)
	})
}
