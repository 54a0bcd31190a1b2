package api_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api"
	"github.com/wirechief/wirechief/api/apiclient"
	"github.com/wirechief/wirechief/api/hooks"
	"github.com/wirechief/wirechief/api/lookup"
	cc "github.com/wirechief/wirechief/callcenter"
)

type suggestion struct {
	call, source string
	refs         []lookup.Ref
}

// counter is one of the API's.
func (w *world) counter(name string) (v float64) {
	w.api.Each(func(n string, x float64) {
		if n == name {
			v = x
		}
	})
	return v
}

func (w *world) counts(name string, want float64) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.counter(name) == want }, w.left(), tick, "%s is %v", name, w.counter(name))
}

// R10: a caller is looked up in the directory, else at the CRM, within the deadline, and never is a call held up.
func TestR10CallersAreLookedUp(t *testing.T) {
	asked := make(chan lookup.Question, 16)
	var times atomic.Int32
	crm := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var q lookup.Question
		if err != nil || json.Unmarshal(body, &q) != nil ||
			!hooks.Verify(hookSecret, r.Header.Get(hooks.SignatureHeader), body, time.Now(), time.Minute) {
			t.Errorf("a bad question: %s", body)
		}
		times.Add(1)
		asked <- q
		switch q.Caller {
		case "+15550000001":
			_, _ = io.WriteString(w, `{"candidates":[{"customer":"k1","name":"Kim","location":"x"}]}`)
		case "+15550000002":
			_, _ = io.WriteString(w, `{"candidates":[{"customer":"k1"},{"customer":"k2"},{"customer":"k1"}]}`)
		case "+15550000003":
			<-r.Context().Done() // for longer than the deadline
		case "+15550000004":
			w.WriteHeader(http.StatusInternalServerError)
		case "+15550000005":
			_, _ = io.WriteString(w, `["rubbish"]`)
		}
	}))
	t.Cleanup(crm.Close) // after the engine
	told := make(chan suggestion, 16)
	center := func(contact func(string) string) *cc.Center {
		c := officeCenter(contact)
		c.Lookup = &cc.CustomerLookup{Url: crm.URL, SecretEnv: "HOOK_SECRET", DeadlineMs: 10_000, CacheMs: 600_000}
		return c
	}
	s := newSite(t, center, func(c *api.Config) {
		hooked(c)
		c.Suggest = func(_ context.Context, call, source string, refs []lookup.Ref) error {
			told <- suggestion{call, source, refs}
			return nil
		}
	})
	next := func() suggestion {
		select {
		case x := <-told:
			return x
		case <-s.ctx.Done():
			t.Fatal("nothing was suggested")
			return suggestion{}
		}
	}
	s.available("alice")
	require.NoError(t, apiclient.Call(s.ctx, s.base, s.token("alice"), http.MethodPut, "/v1/directory/north/customers/c1", m{
		"name": "Ann", "numbers": []string{"+15550000009"}, "locations": []m{{"id": "l1", "address": "1 Main St"}},
	}, nil))
	require.NoError(t, apiclient.Call(s.ctx, s.base, s.token("bob"), http.MethodPut, "/v1/directory/south/customers/s1", m{
		"name": "Secret", "numbers": []string{"+15550000001"},
	}, nil))

	s.call(north, "+15550000009")
	x := next()
	require.Equal(t, lookup.FromDirectory, x.source)
	require.Equal(t, []lookup.Ref{{Customer: "c1", Name: "Ann", Location: "l1"}}, x.refs)
	require.Zero(t, times.Load(), "the CRM is asked only where the directory knows nobody")
	require.NotEmpty(t, x.call)

	s.call(north, "+15550000001")
	x = next()
	require.Equal(t, lookup.FromWebhook, x.source)
	require.Equal(t, []lookup.Ref{{Customer: "k1", Name: "Kim", Location: "x"}}, x.refs, "not another tenant's")
	q := <-asked
	require.Equal(t, lookup.Question{
		Call: x.call, Channel: "voice", Tenant: "north", Number: north, Campaign: "spring", Caller: "+15550000001",
	}, q)
	s.call(north, "+15550000001")
	require.Equal(t, "k1", next().refs[0].Customer)
	require.Equal(t, int32(1), times.Load(), "remembered")

	s.call(north, "+15550000002")
	require.Len(t, next().refs, 2)
	s.call(north, "+15550000003") // answered and ended while the CRM says nothing
	require.Zero(t, s.counter("lookup_late_total"))
	s.call(north, "+15550000004")
	s.call(north, "+15550000005")
	s.call(north, "+15550000006")
	s.counts("lookup_failed_total", 2)
	s.counts("lookup_none_total", 1)
	s.counts("lookup_found_total", 3)
	s.counts("lookup_ambiguous_total", 1)
	s.counts("lookup_cached_total", 1)
	c := s.node.Directory().Center.CloneVT()
	c.Lookup.DeadlineMs = 200
	require.NoError(t, s.node.ApplyCenter(s.ctx, c))
	s.call(north, "+15550000003")
	s.counts("lookup_late_total", 1)
	select {
	case x := <-told:
		t.Errorf("suggested: %+v", x)
	default:
	}
}
