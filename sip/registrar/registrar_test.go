package registrar

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/wirechief/wirechief/sip/leg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is one registrar with a store that answers at once, or when told.
type world struct {
	r       *Registrar
	now     time.Time
	records map[string]Record
	held    bool
	pending []func(error)
	out     strings.Builder
}

func (w *world) Load() ([]Record, error) {
	var out []Record
	for _, r := range w.records {
		out = append(out, r)
	}
	return out, nil
}

func (w *world) Put(rec Record, done func(error)) {
	fmt.Fprintf(&w.out, "put %s: %d bindings\n", rec.AOR, len(rec.Bindings))
	commit := func(err error) {
		if err == nil {
			if w.records[rec.AOR] = rec; len(rec.Bindings) == 0 {
				delete(w.records, rec.AOR)
			}
		}
		done(err)
	}
	if w.held {
		w.pending = append(w.pending, commit)
		return
	}
	commit(nil)
}

func (w *world) start(t testing.TB) {
	r, err := New(Config{
		Store: w, MaxContacts: 2, Now: func() time.Time { return w.now },
		OnChange: func(c Change) {
			fmt.Fprintf(&w.out, "%s %s %s, reachable %d\n", c.Kind, c.Binding.AOR, c.Binding.Contact, c.Reachable)
		},
	})
	require.NoError(t, err)
	w.r = r
}

func newWorld(t testing.TB) *world {
	w := &world{now: noon, records: map[string]Record{}}
	w.start(t)
	return w
}

// TestScripts runs the stories in testdata. Times are seconds.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		w := newWorld(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			w.out.Reset()
			w.run(t, d)
			return w.out.String()
		})
	})
}

func (w *world) run(t *testing.T, d *datadriven.TestData) {
	switch d.Cmd {
	case "register":
		w.r.Register(parseRequest(t, d), func(r Result) {
			fmt.Fprintf(&w.out, "%d %s%s\n", r.Code, r.Reason, minExpires(r))
			w.print(r.Bindings)
		})
	case "lookup":
		w.print(w.r.Lookup(d.CmdArgs[0].Key))
	case "wait":
		s, err := strconv.Atoi(d.CmdArgs[0].Key)
		require.NoError(t, err)
		w.now = w.now.Add(time.Duration(s) * time.Second)
		fmt.Fprintf(&w.out, "expired %d\n", w.r.Sweep())
	case "flow-closed":
		w.r.FlowClosed(d.CmdArgs[0].Key)
	case "address-failed":
		w.r.AddressFailed(netip.MustParseAddrPort(d.CmdArgs[0].Key))
	case "hold-store":
		w.held = true
	case "store": // ok or fail: answers the oldest write
		done := w.pending[0]
		w.pending = w.pending[1:]
		if d.CmdArgs[0].Key == "fail" {
			done(errors.New("disk full"))
		} else {
			done(nil)
		}
	case "restart":
		w.start(t)
	case "users":
		fmt.Fprintln(&w.out, w.r.Users())
	default:
		t.Fatalf("unknown command %s", d.Cmd)
	}
}

func minExpires(r Result) string {
	if r.MinExpiresS == 0 {
		return ""
	}
	return fmt.Sprintf(" (at least %d)", r.MinExpiresS)
}

func (w *world) print(list []Binding) {
	for _, b := range list {
		left := (b.ExpiresAtMs - w.now.UnixMilli()) / 1000
		fmt.Fprintf(&w.out, "  %s for %d from %s%s\n", b.Contact, left, b.Dest.Addr, b.Dest.Flow)
	}
}

// parseRequest reads: register alice call=c cseq=1 contact=(sip:a,sip:b;expires=0) expires=600 src=192.0.2.1:5060.
func parseRequest(t *testing.T, d *datadriven.TestData) Request {
	q := Request{AOR: d.CmdArgs[0].Key, CallID: "c1", ExpiresS: -1}
	q.Source = leg.Dest{Network: "udp", Addr: netip.MustParseAddrPort("192.0.2.1:5060")}
	for _, a := range d.CmdArgs[1:] {
		switch a.Key {
		case "call":
			q.CallID = a.Vals[0]
		case "cseq":
			n, err := strconv.Atoi(a.Vals[0])
			require.NoError(t, err)
			q.CSeq = uint32(n)
		case "expires":
			n, err := strconv.ParseInt(a.Vals[0], 10, 64)
			require.NoError(t, err)
			q.ExpiresS = n
		case "src":
			q.Source.Addr = netip.MustParseAddrPort(a.Vals[0])
		case "flow":
			q.Source.Network, q.Source.Flow = "tcp", a.Vals[0]
		case "contact":
			for _, v := range a.Vals {
				if v == "*" {
					q.Star = true
					continue
				}
				q.Contacts = append(q.Contacts, parseContact(t, v))
			}
		default:
			t.Fatalf("unknown argument %s", a.Key)
		}
	}
	return q
}

func parseContact(t *testing.T, v string) Contact {
	c := Contact{ExpiresS: -1}
	parts := strings.Split(v, ";")
	c.URI = NormalContact(parts[0])
	for _, p := range parts[1:] {
		name, value, _ := strings.Cut(p, "=")
		switch name {
		case "expires":
			n, err := strconv.ParseInt(value, 10, 64)
			require.NoError(t, err)
			c.ExpiresS = n
		case "instance":
			c.Instance = value
		case "reg-id":
			c.RegID = value
		}
	}
	return c
}

// The indexes always agree with the bindings, and what is durable always agrees with what is confirmed, whatever the
// order of requests, answers of the store, flow losses and time.
func TestIndexesAgreeWithBindings(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		w.held = true
		cseq := uint32(0)
		rt.Repeat(map[string]func(*rapid.T){
			"register": func(t *rapid.T) {
				cseq++
				n := rapid.IntRange(0, 3).Draw(t, "phone")
				w.r.Register(Request{
					AOR: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "aor"), CallID: fmt.Sprint(n), CSeq: cseq,
					ExpiresS: rapid.SampledFrom([]int64{0, 60, 600}).Draw(t, "expires"),
					Contacts: []Contact{{URI: fmt.Sprint("sip:", n), ExpiresS: -1}},
					Source: leg.Dest{Network: rapid.SampledFrom([]string{"udp", "tcp"}).Draw(t, "net"),
						Addr: netip.MustParseAddrPort("192.0.2.1:5060"), Flow: fmt.Sprint("t", n)},
				}, func(Result) {})
			},
			"store": func(t *rapid.T) {
				if len(w.pending) == 0 {
					t.Skip()
				}
				done := w.pending[0]
				w.pending = w.pending[1:]
				if rapid.Bool().Draw(t, "ok") {
					done(nil)
				} else {
					done(errors.New("full"))
				}
			},
			"flow": func(t *rapid.T) { w.r.FlowClosed(fmt.Sprint("t", rapid.IntRange(0, 3).Draw(t, "flow"))) },
			"time": func(t *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "s")) * time.Second)
				w.r.Sweep()
			},
			"": func(t *rapid.T) { w.check(t) },
		})
	})
}

func (w *world) check(t *rapid.T) {
	sources, flows := 0, 0
	for aor, u := range w.r.users {
		for i := range u.committed {
			b := &u.committed[i]
			if b.Unreachable {
				continue
			}
			sources++
			if !w.r.KnownAs(b.Dest, aor) {
				t.Fatalf("%s not known from %v", aor, b.Dest)
			}
			if b.Dest.Reliable() {
				flows++
			}
		}
	}
	if got := count(w.r.sources); got != sources {
		t.Fatalf("%d source entries for %d bindings", got, sources)
	}
	if got := count(w.r.flows); got != flows {
		t.Fatalf("%d flow entries for %d bindings", got, flows)
	}
}

func count[K comparable](m map[K]map[string]int) int {
	n := 0
	for _, aors := range m {
		for _, k := range aors {
			n += k
		}
	}
	return n
}

func TestUsersAreBounded(t *testing.T) {
	r, err := New(Config{MaxUsers: 3, Now: func() time.Time { return noon }})
	require.NoError(t, err)
	codes := map[int]int{}
	for i := range 5 {
		r.Register(Request{
			AOR: fmt.Sprint(i), ExpiresS: -1, Contacts: []Contact{{URI: "sip:x", ExpiresS: -1}},
		}, func(res Result) { codes[res.Code]++ })
	}
	require.Equal(t, map[int]int{200: 3, 503: 2}, codes)
}

func TestNormalContact(t *testing.T) {
	require.Equal(t, "sip:Alice@host.example:5060;transport=TCP",
		NormalContact("SIP:Alice@HOST.example:5060;transport=TCP"))
	require.Equal(t, "x", NormalContact("x"))
}

func BenchmarkRefresh(b *testing.B) {
	now := noon
	r, err := New(Config{Now: func() time.Time { return now }})
	require.NoError(b, err)
	q := Request{
		AOR: "alice", CallID: "c", ExpiresS: 600, Contacts: []Contact{{URI: "sip:alice@192.0.2.1", ExpiresS: -1}},
		Source: leg.Dest{Network: "udp", Addr: netip.MustParseAddrPort("192.0.2.1:5060")},
	}
	b.ReportAllocs()
	for b.Loop() {
		q.CSeq++
		r.Register(q, func(Result) {})
	}
}

// RFC 5626 4.3, 5.3: a contact with "ob" is to be reached over its flow. Only TCP is dialled, only where it was heard.
func TestOwnAddress(t *testing.T) {
	heard := leg.Dest{Network: leg.NetworkTCP, Addr: netip.MustParseAddrPort("192.0.2.1:40000"), Flow: "t1"}
	for contact, want := range map[string]string{
		"sip:a@192.0.2.1:5070;transport=tcp": "192.0.2.1:5070", "sip:a@192.0.2.1": "192.0.2.1:5060",
		"sip:a@192.0.2.1:5070;transport=tcp;ob": "", "sip:a@192.0.2.2:5070": "", "sip:a@phone.example": "",
		"sip:a@192.0.2.1:99999": "", "tel:+15551234": "", "": "",
	} {
		addr, ok := ownAddress(&Binding{Contact: contact, Dest: heard})
		require.Equal(t, want != "", ok, contact)
		if ok {
			require.Equal(t, want, addr.String(), contact)
		}
	}
	six := leg.Dest{Network: leg.NetworkTCP, Addr: netip.MustParseAddrPort("[2001:db8::1]:40000"), Flow: "t1"}
	addr, ok := ownAddress(&Binding{Contact: "sip:a@[2001:db8::1]:5070", Dest: six})
	require.True(t, ok)
	require.Equal(t, "[2001:db8::1]:5070", addr.String())
	six.Network = leg.NetworkTLS
	_, ok = ownAddress(&Binding{Contact: "sip:a@[2001:db8::1]:5070", Dest: six})
	require.False(t, ok)
}
