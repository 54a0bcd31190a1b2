package auth

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// The two examples of RFC 7616 3.9.1.
func TestRFC7616Examples(t *testing.T) {
	const (
		nonce  = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
		cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	)
	for algorithm, want := range map[Algorithm]string{
		MD5:    "8ca523f5e9506fed4657c9700eebdbec",
		SHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		ha1 := HA1(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")
		require.Equal(t, want, Response(algorithm, ha1, nonce, "00000001", cnonce, "GET", "/dir/index.html"))
	}
}

func server(t testing.TB, allowMD5 bool) *Server {
	s, err := New(Config{Realm: "r", AllowMD5: allowMD5, UsedNonces: 4})
	require.NoError(t, err)
	return s
}

func people(user, realm string) (Credential, bool) {
	if user != "alice" {
		return Credential{}, false
	}
	return Credential{SHA256: HA1(SHA256, user, realm, "secret"), MD5: HA1(MD5, user, realm, "secret")}, true
}

func nonceOf(s *Server, now time.Time) string {
	_, n, _ := strings.Cut(s.Challenges(false, now)[0], `nonce="`)
	n, _, _ = strings.Cut(n, `"`)
	return n
}

func credentials(a Algorithm, user, password, nonce, nc string) []string {
	return []string{fmt.Sprintf(`Digest username=%q,realm="r",nonce=%q,uri="sip:h",algorithm=%s,qop=auth,nc=%s,`+
		`cnonce="c",response=%q`, user, nonce, a, nc,
		Response(a, HA1(a, user, "r", password), nonce, nc, "c", "REGISTER", "sip:h"))}
}

func TestChallengeOffersSHA256First(t *testing.T) {
	c := server(t, true).Challenges(false, noon)
	require.Len(t, c, 2)
	require.Contains(t, c[0], "algorithm=SHA-256")
	require.Contains(t, c[1], "algorithm=MD5")
	require.Len(t, server(t, false).Challenges(false, noon), 1)
	require.Contains(t, server(t, false).Challenges(true, noon)[0], "stale=true")
	require.Contains(t, c[0], `qop="auth"`)
}

// baresip 1.0 gives up where any challenge is not MD5, SIPp 3.6 where the first is not.
func TestChallengeOffersMD5AloneWhenTold(t *testing.T) {
	s, err := New(Config{Realm: "r", AllowMD5: true, MD5Only: true})
	require.NoError(t, err)
	c := s.Challenges(true, noon)
	require.Len(t, c, 1)
	require.Contains(t, c[0], "algorithm=MD5")
	require.Contains(t, c[0], "stale=true")
	for _, a := range []Algorithm{MD5, SHA256} {
		v := credentials(a, "alice", "secret", nonceOf(s, noon), "00000001")
		require.Equal(t, OK, s.Check(v, "REGISTER", "sip:h", people, noon).Outcome, a)
	}

	s, err = New(Config{Realm: "r", MD5Only: true})
	require.NoError(t, err)
	c = s.Challenges(false, noon)
	require.Len(t, c, 1)
	require.Contains(t, c[0], "algorithm=SHA-256", "what is not allowed is not offered")
}

func TestCheckOutcomes(t *testing.T) {
	s := server(t, true)
	check := func(v []string) Outcome { return s.Check(v, "REGISTER", "sip:h:5060", people, noon).Outcome }
	require.Equal(t, Missing, check(nil))
	require.Equal(t, Missing, check([]string{"NoOneKnowsThisScheme opaque-data=here"}))
	require.Equal(t, Missing, check([]string{`Digest username="alice",realm="elsewhere",nonce="x",response="y"`}))
	require.Equal(t, OK, check(credentials(SHA256, "alice", "secret", nonceOf(s, noon), "00000001")))
	require.Equal(t, OK, check(credentials(MD5, "alice", "secret", nonceOf(s, noon), "00000001")))
	require.Equal(t, Failed, check(credentials(SHA256, "alice", "wrong", nonceOf(s, noon), "00000001")))
	require.Equal(t, Failed, check(credentials(SHA256, "mallory", "secret", nonceOf(s, noon), "00000001")))
	require.Equal(t, Stale, check(credentials(SHA256, "alice", "secret", "AAAAAAAAAAAAAAAAAAAAAAAA", "00000001")))
	require.Equal(t, Stale, check(credentials(SHA256, "alice", "secret", nonceOf(s, noon.Add(-time.Hour)), "00000001")))
	require.Equal(t, Missing, check(credentials(SHA256, "alice", "secret", nonceOf(s, noon), "1")))

	v := credentials(SHA256, "alice", "secret", nonceOf(s, noon), "00000001")
	v[0] = strings.Replace(v[0], `uri="sip:h"`, `uri="sip:other"`, 1)
	require.Equal(t, Malformed, check(v))
	v = credentials(SHA256, "alice", "secret", nonceOf(s, noon), "00000001")
	require.Equal(t, Missing, check([]string{v[0] + `,username="bob"`}), "a parameter given twice")
}

func TestMD5OnlyWhenAllowed(t *testing.T) {
	s := server(t, false)
	v := credentials(MD5, "alice", "secret", nonceOf(s, noon), "00000001")
	require.Equal(t, Missing, s.Check(v, "REGISTER", "sip:h", people, noon).Outcome)
}

func TestReplayIsStaleAlsoWhenNoncesAreForgotten(t *testing.T) {
	s := server(t, false) // remembers 4 nonces
	first := credentials(SHA256, "alice", "secret", nonceOf(s, noon), "00000001")
	check := func(v []string) Outcome {
		return s.Check(v, "REGISTER", "sip:h", people, noon.Add(20*time.Second)).Outcome
	}
	require.Equal(t, OK, check(first))
	require.Equal(t, Stale, check(first))
	for i := range 10 {
		n := nonceOf(s, noon.Add(time.Duration(i+1)*time.Second))
		require.Equal(t, OK, check(credentials(SHA256, "alice", "secret", n, "00000001")))
	}
	require.Equal(t, Stale, check(first), "forgotten, so everything as old is stale")
}

// Any order of counts is accepted once each within 64 of the highest, and never twice.
func TestNonceCountsAreUsedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUsedNonces(4)
		seen := map[uint32]bool{}
		highest := uint32(0)
		for _, nc := range rapid.SliceOfN(rapid.Uint32Range(1, 200), 1, 60).Draw(t, "counts") {
			got := u.use("n", 1, nc)
			if seen[nc] && got {
				t.Fatalf("%d used twice", nc)
			}
			if want := !seen[nc] && (nc > highest || highest-nc < 64); got != want {
				t.Fatalf("%d after %d: got %v, want %v", nc, highest, got, want)
			}
			if got {
				seen[nc], highest = true, max(highest, nc)
			}
		}
	})
}

func TestUsedNoncesAreBounded(t *testing.T) {
	u := newUsedNonces(4)
	for i := range uint32(100) {
		require.True(t, u.use(fmt.Sprint(i), i+1, 1))
	}
	require.Len(t, u.state, 4)
	require.Len(t, u.order, 4)
}

func TestGuardBansExponentially(t *testing.T) {
	g := NewGuard(GuardConfig{Failures: 3, Keys: 2})
	now := noon
	for ban := time.Minute; ban <= 8*time.Minute; ban *= 2 {
		require.False(t, g.Fail("a", now))
		require.False(t, g.Fail("a", now))
		require.True(t, g.Fail("a", now))
		require.True(t, g.Banned("a", now.Add(ban-time.Second)))
		require.False(t, g.Banned("a", now.Add(ban)))
		now = now.Add(ban)
	}
	require.False(t, g.Fail("slow", now))
	require.False(t, g.Fail("slow", now.Add(2*time.Minute)))
	require.False(t, g.Fail("slow", now.Add(4*time.Minute)), "one now and then is no guessing")
	for i := range 50 {
		g.Fail(fmt.Sprint(i), now)
	}
	require.Equal(t, 2, g.Len())
}

func FuzzHeader(f *testing.F) {
	f.Add(`Digest username="a\"b",realm="r",nonce="n",response="x",nc=00000001`)
	f.Add(`Digest username="a`)
	f.Add("digest ,,,=,=")
	f.Fuzz(func(t *testing.T, s string) {
		h, ok := parseHeader(s)
		if ok && (h.user == "" || h.nonce == "" || h.response == "") {
			t.Fatalf("incomplete header accepted: %q", s)
		}
		srv, _ := New(Config{Realm: "r", AllowMD5: true})
		if r := srv.Check([]string{s}, "REGISTER", "sip:h", people, noon); r.Outcome == OK {
			t.Fatalf("accepted without a secret: %q", s)
		}
	})
}

func BenchmarkDigestCheck(b *testing.B) {
	s, _ := New(Config{Realm: "r"})
	b.ReportAllocs()
	nonce := nonceOf(s, noon)
	nc := 0
	for b.Loop() {
		b.StopTimer()
		nc++
		v := credentials(SHA256, "alice", "secret", nonce, fmt.Sprintf("%08x", nc))
		b.StartTimer()
		if s.Check(v, "REGISTER", "sip:h", people, noon).Outcome != OK {
			b.Fatal("refused")
		}
	}
}

func BenchmarkChallenge(b *testing.B) {
	s, _ := New(Config{Realm: "r"})
	b.ReportAllocs()
	for b.Loop() {
		s.Challenges(false, noon)
	}
}
