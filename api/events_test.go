package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api"
	"github.com/wirechief/wirechief/api/apiclient"
	cc "github.com/wirechief/wirechief/callcenter"
)

// officeCenter is center with agents that take one call after the other from their phones alone.
func officeCenter(contact func(string) string) *cc.Center {
	c := center(contact)
	for _, q := range c.Queues {
		q.Offer.Wrapup = &cc.WrapUp{Mode: cc.WrapUpMode_WRAPUP_NONE}
	}
	for _, a := range c.Agents {
		a.PhoneOnly = true
		if a.Id == "ira" {
			a.Queues = nil
		}
	}
	return c
}

func (s *site) available(agents ...string) {
	s.t.Helper()
	for _, a := range agents {
		require.NoError(s.t, s.node.AskAgent(s.ctx, a, &cc.SetPresence{Presence: cc.Presence_AVAILABLE}))
	}
}

// pubEvent is what every public event has.
type pubEvent struct {
	Type, ID, Channel, Tenant, Call, Agent string
	Seq, Prev                              uint64
	raw                                    string
}

func parseEvent(t *testing.T, raw string) (e pubEvent) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(raw), &e), "%s", raw)
	e.raw = raw
	return e
}

// eventsFrom polls until stop says so of an event.
func (s *site) eventsFrom(token string, after uint64, query string, stop func(pubEvent) bool) (out []pubEvent, next uint64) {
	s.t.Helper()
	for {
		var page api.EventPage
		s.get(token, fmt.Sprintf("/v1/events?after=%d&wait_ms=20000&limit=3&%s", after, query), &page)
		require.GreaterOrEqual(s.t, page.Next, after)
		for _, raw := range page.Events {
			out = append(out, parseEvent(s.t, string(raw)))
		}
		after = page.Next
		for _, e := range out[max(0, len(out)-len(page.Events)):] {
			if stop(e) {
				return out, after
			}
		}
	}
}

func is(typ, tenant string) func(pubEvent) bool {
	return func(e pubEvent) bool { return e.Type == typ && e.Tenant == tenant }
}

func types(events []pubEvent) (out []string) {
	for _, e := range events {
		out = append(out, e.Type)
	}
	return out
}

// stream is a connected event stream.
type stream struct {
	t    *testing.T
	resp *http.Response
	r    *bufio.Reader
	id   string // the last one
}

func (s *site) stream(ctx context.Context, token, query, lastID string) *stream {
	s.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/v1/events?"+query, nil)
	require.NoError(s.t, err)
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+token)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = resp.Body.Close() })
	require.Equal(s.t, http.StatusOK, resp.StatusCode)
	require.Equal(s.t, "text/event-stream", resp.Header.Get("Content-Type"))
	return &stream{t: s.t, resp: resp, r: bufio.NewReader(resp.Body), id: lastID}
}

// next reads one event as a browser would.
func (s *stream) next() pubEvent {
	s.t.Helper()
	data := ""
	for {
		line, err := s.r.ReadString('\n')
		require.NoError(s.t, err)
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case field == "id":
			s.id = value
		case field == "data":
			data = value
		case field == "" && value == "" && data != "":
			return parseEvent(s.t, data)
		}
	}
}

func (s *stream) until(stop func(pubEvent) bool) (out []pubEvent) {
	s.t.Helper()
	for {
		e := s.next()
		if out = append(out, e); stop(e) {
			return out
		}
	}
}

// The events of two tenants' calls: each tenant's integrator gets its own, in order, each one chained to the one before,
// with a channel in each (I12, R103).
func TestEventsOfTwoTenants(t *testing.T) {
	s := newSite(t, officeCenter, nil)
	ira, sid := s.token("ira"), s.token("sid")
	s.available("alice", "bob")
	s.call(north, "+15551230001")
	s.call(south, "+15551230002")
	s.call(north, "+15551230003")
	ended := 0
	got, _ := s.eventsFrom(ira, 0, "", func(e pubEvent) bool {
		if e.Type == "recording.finished" {
			ended++
		}
		return ended == 2
	})
	prev, ids := uint64(0), map[string]bool{}
	for _, e := range got {
		require.NotContains(t, e.raw, "south")
		require.NotContains(t, e.raw, "+15551230002")
		require.NotContains(t, e.raw, "bob")
		require.Equal(t, "voice", e.Channel, e.raw)
		require.GreaterOrEqual(t, e.Seq, prev)
		require.LessOrEqual(t, e.Prev, e.Seq)
		require.False(t, ids[e.ID], "%s twice", e.ID)
		ids[e.ID], prev = true, e.Seq
	}
	calls := map[string][]string{}
	for _, e := range got {
		if e.Call != "" {
			calls[e.Call] = append(calls[e.Call], e.Type)
		}
	}
	require.Len(t, calls, 2)
	for _, list := range calls {
		text := strings.Join(list, " ")
		require.True(t, strings.HasPrefix(text, "call.arrived call.queued "), text)
		for _, want := range []string{"offer.made", "call.answered", "call.ended", "call.classified", "recording.finished"} {
			require.Contains(t, text, want)
		}
	}
	require.Contains(t, types(got), "agent.status")

	t.Run("the other tenant", func(t *testing.T) {
		got, _ := s.eventsFrom(sid, 0, "types=call.*", is("call.ended", "south"))
		for _, e := range got {
			require.NotContains(t, e.raw, "north")
			require.True(t, strings.HasPrefix(e.Type, "call."), e.Type)
		}
	})
	t.Run("a stream gives the same", func(t *testing.T) {
		ended := 0
		same := s.stream(s.ctx, ira, "after=0", "").until(func(e pubEvent) bool {
			if e.Type == "recording.finished" {
				ended++
			}
			return ended == 2
		})
		require.Equal(t, len(got), len(same))
		for i := range got {
			require.Equal(t, got[i].ID, same[i].ID)
		}
	})
	t.Run("who waits is woken", func(t *testing.T) {
		var now api.EventPage
		s.get(ira, "/v1/events", &now)
		require.Empty(t, now.Events)
		s.available("alice")
		st := s.stream(s.ctx, ira, "types=agent.status", "")
		require.NoError(t, s.node.AskAgent(s.ctx, "alice", &cc.SetPresence{Presence: cc.Presence_UNAVAILABLE, Reason: "lunch"}))
		e := st.next()
		require.Equal(t, "alice", e.Agent)
		require.Contains(t, e.raw, `"reason":"lunch"`)
	})
	t.Run("refusals", func(t *testing.T) {
		for path, code := range map[string]string{
			"/v1/events?after=99999999":        "bad_request",
			"/v1/events?after=-1":              "bad_request",
			"/v1/events?after=+1":              "bad_request",
			"/v1/events?after=x":               "bad_request",
			"/v1/events?types=call.sung":       "bad_request",
			"/v1/events?wait_ms=60001":         "bad_request",
			"/v1/events?tenant=south&after=0":  "forbidden",
			"/v1/events?tenant=nobody&after=0": "forbidden",
		} {
			err := apiclient.Call(s.ctx, s.base, ira, http.MethodGet, path, nil, nil)
			var refused *apiclient.Refusal
			require.ErrorAs(t, err, &refused, path)
			require.Equal(t, code, refused.Code, path)
		}
		err := apiclient.Call(s.ctx, s.base, s.token("alice"), http.MethodGet, "/v1/events", nil, nil)
		require.ErrorContains(t, err, "forbidden")
	})
}

// A reader comes back after a restart with its last id: nothing is missing and nothing comes twice.
func TestEventStreamResumesAcrossRestart(t *testing.T) {
	s := newSite(t, officeCenter, nil)
	s.available("alice")
	first := s.stream(s.ctx, s.token("ira"), "after=0", "")
	s.call(north, "+15551230001")
	got := first.until(is("call.answered", "north"))
	last := first.id
	s.stop()
	s.start()
	s.available("alice")
	s.call(north, "+15551230002")
	ended := func(e pubEvent) bool { return e.Type == "call.ended" }
	n := 0
	twice := func(e pubEvent) bool {
		if ended(e) {
			n++
		}
		return n == 2
	}
	again := s.stream(s.ctx, s.token("ira"), "after=0", last) // the URL is the old one: the id counts
	seen := map[string]bool{}
	var resumed []string
	for _, e := range append(got, again.until(twice)...) {
		if !seen[e.ID] { // the rest of a change of which a part had come
			resumed = append(resumed, e.ID)
		}
		seen[e.ID] = true
	}
	n = 0
	var whole []string
	for _, e := range s.stream(s.ctx, s.token("ira"), "after=0", "").until(twice) {
		whole = append(whole, e.ID)
	}
	require.Equal(t, whole, resumed)
}

// One person cannot take all the places there are for readers.
func TestEventReadersAreBounded(t *testing.T) {
	s := newSite(t, officeCenter, nil)
	ira, sid := s.token("ira"), s.token("sid")
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	for range 16 {
		s.stream(ctx, ira, "", "")
	}
	err := apiclient.Call(s.ctx, s.base, ira, http.MethodGet, "/v1/events", nil, nil)
	require.ErrorContains(t, err, "overloaded")
	s.get(sid, "/v1/events", nil)
	cancel()
	require.Eventually(t, func() bool {
		return apiclient.Call(s.ctx, s.base, ira, http.MethodGet, "/v1/events", nil, nil) == nil
	}, s.left(), tick)
}

// A sign-out ends a stream at once when something is to be sent, and at the latest with its next sign of life.
func TestEventStreamEndsWithItsSignIn(t *testing.T) {
	s := newSite(t, officeCenter, func(c *api.Config) { c.TokenTTL = 1500 * 1e6 })
	st := s.stream(s.ctx, s.token("ira"), url.Values{"types": {"call.*"}}.Encode(), "")
	for {
		if _, err := st.r.ReadString('\n'); err != nil {
			return // by the token's end
		}
	}
}
