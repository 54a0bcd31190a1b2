package sip

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/transport"
)

// torture is the answer expected from us to each message, sent by a trunk. "" is silence. Over TCP an answer after
// "/" counts. REGISTER is "401": the test then answers the challenge and expects the code after "+".
var torture = map[string]string{
	"wsinv": "481", "intmeth": "501", "esc01": "100", "escnull": "401+200", "esc02": "501", "lwsdisp": "200",
	"longreq": "100", "dblreq": "401+200", "semiuri": "200", "transports": "200", "mpart01": "405", "unreason": "",
	"noreason": "", "badinv01": "400", "clerr": "400/", "ncl": "400", "scalar02": "400", "scalarlg": "",
	"quotbal": "400", "ltgtruri": "400", "lwsruri": "400", "lwsstart": "400", "trws": "400", "escruri": "400",
	"baddate": "100", "regbadct": "400", "badaspec": "400", "baddn": "400/", "badvers": "505", "mismatch01": "400",
	"mismatch02": "400", "bigcode": "", "badbranch": "400", "insuf": "400", "unkscm": "416", "novelsc": "416",
	"unksm2": "404", "bext01": "420", "invut": "415", "regaut01": "401+200", "multi01": "400", "mcl01": "400",
	"bcast": "", "zeromf": "200", "cparam01": "401+200", "cparam02": "401+200", "regescrt": "401+200", "sdp01": "406",
	"inv2543": "100/400", "test": "",
	"ipv4-mapped-ipv6": "100", "ipv6-bad": "400", "ipv6-bug-abnf-3-colons": "200",
	"ipv6-correct-abnf-2-colons": "200", "ipv6-good": "401+200", "ipv6-in-sdp": "100", "mult-ip-in-header": "481",
	"mult-ip-in-sdp": "100", "port-ambiguous": "401+200", "port-unambiguous": "401+200",
	"via-received-param-no-delim": "200", "via-received-param-with-delim": "481",
}

func tortureFiles(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/torture/*/*.dat")
	require.NoError(t, err)
	files := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		files[strings.TrimSuffix(filepath.Base(name), ".dat")] = data
	}
	require.Len(t, files, len(torture))
	return files
}

// startTortured starts an endpoint that refuses every call, so that no Call-ID stays open.
func startTortured(t *testing.T) *testEndpoint {
	te := startEndpoint(t, nil)
	te.desk.handle(func(req *sip.Request, src leg.Dest, _ Identity) {
		err := te.Reply(req, src, 480, "Temporarily Unavailable")
		if err != nil && !errors.Is(err, transport.ErrFlowGone) { // a peer that has left wants no answer
			t.Error(err)
		}
	})
	return te
}

func tortureOne(t *testing.T, te *testEndpoint, name string, data []byte, dial func() *peer, tcp bool, chunk int) {
	t.Helper()
	want := torture[name]
	if over, byTCP, ok := strings.Cut(want, "/"); ok {
		if want = over; tcp {
			want = byTCP
		}
	}
	p := dial()
	write := func(data []byte) {
		for len(data) > 0 {
			n := len(data)
			if chunk > 0 {
				n = min(chunk, n)
			}
			if _, err := p.conn.Write(data[:n]); err != nil {
				return // the endpoint may close a stream it cannot cut before it has read all
			}
			data = data[n:]
		}
	}
	write(data)
	first, second, _ := strings.Cut(want, "+")
	if first == "" {
		p.quiet(name)
	} else {
		answer := func() string {
			got := p.receive()
			for second != "" && !strings.HasSuffix(headerOf(got, "CSeq"), "REGISTER") {
				got = p.receive() // dblreq on a stream is two requests, answered on two lanes
			}
			return got
		}
		got := answer()
		require.Equal(t, first, code(got), "%s: %q", name, got)
		if second != "" {
			user := registeringUser(t, data)
			te.office.mu.Lock()
			te.office.users[user] = true
			te.office.mu.Unlock()
			target := strings.Fields(string(data))[1]
			p = dial()
			write(withLine(raiseCSeq(data), authorize(got, "REGISTER", target, user, "secret", "00000001")))
			got = answer()
			require.Equal(t, second, code(got), "%s: %q", name, got)
		}
	}
	stillServes(t, te, name)
}

var cseqLine = regexp.MustCompile(`(CSeq: )\d+`)

// raiseCSeq does what a client does for its second try; the files of RFC 5118 register with the same CSeq.
func raiseCSeq(data []byte) []byte {
	return cseqLine.ReplaceAll(data, fmt.Appendf(nil, "${1}%d", 20_000_000+next()))
}

// registeringUser reads the user of To.
func registeringUser(t *testing.T, data []byte) string {
	t.Helper()
	for line := range strings.SplitSeq(string(data), "\r\n") {
		if n, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(n), "to") {
			_, v, _ = strings.Cut(v, "sip:")
			v, _, _ = strings.Cut(v, "@")
			return v
		}
	}
	t.Fatal("no To")
	return ""
}

// stillServes proves that a valid OPTIONS and a valid INVITE get through after whatever came before.
func stillServes(t *testing.T, te *testEndpoint, after string) {
	t.Helper()
	p := te.peerUDP(t, trunkIP)
	p.send(request("OPTIONS", "after-"+after, next(), ""))
	require.Equal(t, "200", code(p.receive()), "OPTIONS after %s", after)
	p.send(request("INVITE", "call-after-"+after, next(), ""))
	require.Equal(t, "100", code(p.receive()), "INVITE after %s", after)
	_ = p.conn.Close()
}

// The files of RFC 5118 share a Call-ID; in the order of their names the CSeq of their INVITEs rises.
func TestTortureUDP(t *testing.T) {
	te := startTortured(t)
	files := tortureFiles(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := files[name]
		t.Run(name, func(t *testing.T) {
			tortureOne(t, te, name, data, func() *peer { return te.peerUDP(t, trunkIP) }, false, 0)
		})
	}
}

func TestTortureTCP(t *testing.T) {
	te := startTortured(t)
	files := tortureFiles(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := files[name]
		t.Run(name, func(t *testing.T) {
			tortureOne(t, te, name, data, func() *peer { return te.peerTCP(t, trunkIP) }, true, 0)
		})
	}
}

// After all of it, nothing is left: connections, routes, parked messages, answers.
func TestTortureLeavesNothingBehind(t *testing.T) {
	var ahead atomic.Int64
	te := startEndpoint(t, func(c *Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	te.desk.handle(func(req *sip.Request, src leg.Dest, _ Identity) { _ = te.Reply(req, src, 480, "Later") })
	goroutines := runtime.NumGoroutine()
	for _, data := range tortureFiles(t) {
		for _, from := range []netip.Addr{trunkIP, strangers} {
			u, s := te.peerUDP(t, from), te.peerTCP(t, from)
			u.send(data)
			s.send(data)
			require.NoError(t, s.conn.(*net.TCPConn).CloseWrite())
			_, _ = s.read(patience) // until it answers or closes
			_ = u.conn.Close()
			_ = s.conn.Close()
		}
	}
	stillServes(t, te, "all")
	for until := time.Now().Add(2 * patience); ; runtime.Gosched() { // Eventually has a goroutine of its own
		// On each round: a datagram that waited in its socket begins to age only when it is read.
		ahead.Add(int64(2 * routeTTL))
		te.routes.sweep(te.cfg.Now())
		te.answers.sweep(te.cfg.Now())
		parked := int(te.Stats.Parked.Load() - te.Stats.Unparked.Load() - te.Stats.ParkExpired.Load())
		left := fmt.Sprintf("conns %d, routes %d, answers %d, parked %d, goroutines %d of %d",
			te.net.Conns(), te.routes.size(), te.answers.size(), parked, runtime.NumGoroutine(), goroutines)
		if te.net.Conns()+te.routes.size()+te.answers.size()+parked == 0 && runtime.NumGoroutine() <= goroutines {
			break
		}
		require.True(t, time.Now().Before(until), left)
	}
}

func TestTortureTCPByteByByte(t *testing.T) {
	te := startTortured(t)
	files := tortureFiles(t)
	names := []string{"wsinv", "intmeth", "longreq", "badinv01", "ncl", "mcl01", "bext01", "cparam02", "clerr"}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			tortureOne(t, te, name, files[name], func() *peer { return te.peerTCP(t, trunkIP) }, true, 1)
		})
	}
}

// Strangers get nothing the table does not grant, and never a 100 or 200.
func TestTortureFromStrangers(t *testing.T) {
	te := startEndpoint(t, nil)
	in, out := 0, 0
	for name, data := range tortureFiles(t) {
		t.Run(name, func(t *testing.T) {
			p := te.peerUDP(t, strangers)
			p.send(data)
			in += len(data)
			if got, err := p.read(silence); err == nil {
				refusals := []string{"400", "401", "404", "405", "406", "415", "416", "420", "481", "501", "505"}
				require.Contains(t, refusals, code(got), "%s: %q", name, got)
				out += len(got)
				require.LessOrEqual(t, out, in, "%s: more out than in", name)
			}
		})
	}
}
