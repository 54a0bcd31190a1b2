package hooks

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/api/feed"
)

func TestSignature(t *testing.T) {
	const secret, other = "0123456789abcdef", "fedcba9876543210"
	at := time.Unix(1_700_000_000, 0)
	body := []byte(`{"events":[]}`)
	header := Sign([]string{secret}, at, body)
	require.Equal(t, "t=1700000000,v1=1f1c43683e76ee83b09613ab56fa5bdd3ce55f3ee41db00a92e22eea0376899e", header, "as openssl makes it")
	for _, c := range []struct {
		name, secret, header string
		body                 []byte
		now                  time.Time
		want                 bool
	}{
		{"good", secret, header, body, at.Add(time.Minute), true},
		{"another secret", other, header, body, at, false},
		{"another body", secret, header, []byte(`{"events":[1]}`), at, false},
		{"another time", secret, strings.Replace(header, "t=17", "t=18", 1), body, at, false},
		{"too old", secret, header, body, at.Add(6 * time.Minute), false},
		{"from the future", secret, header, body, at.Add(-6 * time.Minute), false},
		{"empty", secret, "", body, at, false},
		{"no hex", secret, "t=1700000000,v1=zz", body, at, false},
		{"while a secret is replaced: the old one", other, Sign([]string{secret, other}, at, body), body, at, true},
		{"while a secret is replaced: the new one", secret, Sign([]string{secret, other}, at, body), body, at, true},
	} {
		require.Equal(t, c.want, Verify(c.secret, c.header, c.body, c.now, 5*time.Minute), c.name)
	}
}

func TestSecrets(t *testing.T) {
	for value, want := range map[string]int{
		"": 0, "short": 0, "0123456789abcdef": 1, "0123456789abcdef, fedcba9876543210": 2, "0123456789abcdef,": 0,
	} {
		got, err := Secrets(value)
		require.Equal(t, want == 0, err != nil, value)
		require.Len(t, got, want, value)
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 9: 256 * time.Second, 10: maxPause, 1000: maxPause,
	} {
		require.Equal(t, want/2, Backoff(n, 0), n)
		require.Equal(t, want, Backoff(n, 1), n)
	}
}

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		status int
		value  string
		want   time.Duration
	}{
		{503, "7", 7 * time.Second}, {429, "100000", maxPause}, {500, "7", 0}, {503, "", 0}, {503, "-1", 0}, {503, "soon", 0},
	} {
		r := &http.Response{StatusCode: c.status, Header: http.Header{"Retry-After": {c.value}}}
		require.Equal(t, c.want, retryAfter(r), c)
	}
}

func TestNoReceiverIsThere(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1": true, "10.1.2.3": true, "192.0.2.1": true, "::1": true, "169.254.169.254": false, "fe80::1": false,
		"0.0.0.0": false, "224.0.0.1": false, "::": false,
	} {
		require.Equal(t, ok, checkAddr(netip.MustParseAddr(addr)) == nil, addr)
	}
}

// A batch ends with a change, is the same when it is made again, and says what was lost.
func TestBatch(t *testing.T) {
	big := strings.Repeat("x", maxBytes/2)
	item := func(seq uint64, note string) *feed.Item {
		e := &feed.BubbleExcused{By: note}
		e.Seq, e.ID = seq, note[:1]
		return &feed.Item{Seq: seq, Event: e}
	}
	page := feed.Page{Next: 99, Items: []*feed.Item{item(5, "a"+big), item(6, "b"+big), item(6, "c"), item(7, "d")}}
	place := &Place{Position: 4, Last: 3, LostFrom: 1}
	b := newBatch("crm", place, page)
	require.Equal(t, 3, b.count)
	require.Equal(t, uint64(6), b.next)
	require.Equal(t, "a c", b.ids)
	require.Contains(t, string(b.body), `{"webhook":"crm","prev":3,"lost":{"after":1,"until":4},"events":[{"prev":3,`)
	require.Equal(t, b.body, newBatch("crm", place, page).body)
	small := newBatch("crm", &Place{Last: 6}, feed.Page{Next: 99, Items: page.Items[3:]})
	require.Equal(t, uint64(99), small.next)
	require.NotContains(t, string(small.body), "lost")
}
