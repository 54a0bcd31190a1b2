package e2e

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hash of a digest algorithm by its name (RFC 8760).
func hash(algorithm, s string) string {
	if algorithm == "SHA-256" {
		h := sha256.Sum256([]byte(s))
		return hex.EncodeToString(h[:])
	}
	h := md5.Sum([]byte(s))
	return hex.EncodeToString(h[:])
}

// register signs the phone in with digest authentication and returns the last response, whether or
// not the algorithm is offered.
func (u *ua) register(secret, algorithm string) *message {
	u.t.Helper()
	uri := "sip:" + u.engine.Addr().String()
	m := u.out("REGISTER", uri, "<sip:"+u.name+"@"+u.ip.String()+">")
	m.add("Expires", "600")
	challenge := u.ask(m)
	require.Equal(u.t, 401, challenge.code, "REGISTER without credentials")
	m.add("Authorization", authorization(challenge.get("WWW-Authenticate"), algorithm, u.name, secret, uri))
	for i, h := range m.headers {
		switch h[0] {
		case "CSeq":
			m.headers[i][1] = "2 REGISTER"
		case "Via":
			m.headers[i][1] = u.via()
		}
	}
	return u.ask(m)
}

// offered are the algorithms of a 401's challenges, in order.
func offered(challenge *message) (algorithms []string) {
	for _, h := range challenge.headers {
		if strings.EqualFold(h[0], "WWW-Authenticate") {
			algorithms = append(algorithms, param(h[1], "algorithm"))
		}
	}
	return algorithms
}

// authorization answers a challenge (RFC 7616).
func authorization(challenge, algorithm, user, secret, uri string) string {
	realm, nonce := param(challenge, "realm"), param(challenge, "nonce")
	const nc, cnonce = "00000001", "e2e"
	ha1 := hash(algorithm, user+":"+realm+":"+secret)
	ha2 := hash(algorithm, "REGISTER:"+uri)
	answer := hash(algorithm, strings.Join([]string{ha1, nonce, nc, cnonce, "auth", ha2}, ":"))
	return fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s", response="%s", algorithm=%s, `+
		`qop=auth, nc=%s, cnonce="%s", opaque="%s"`,
		user, realm, nonce, uri, answer, algorithm, nc, cnonce, param(challenge, "opaque"))
}

// phone opens and registers the phone of one of the demo's agents.
func phone(e *engine, network, agentID string) *ua {
	e.t.Helper()
	user := map[string]string{"alice": "101", "bob": "102", "carol": "103", "dave": "104"}[agentID]
	u := newUA(e.t, e, network, user)
	require.Equal(e.t, 200, u.register("demo-phone-secret-"+user, "MD5").code)
	return u
}

// company.md5_only and company.allow_md5 decide what is offered, to every phone the same; the strongest comes first
// (RFC 8760).
func TestDigestsOffered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		company tree
		want    []string
	}{
		"neither":   {tree{"allow_md5": false, "md5_only": false}, []string{"SHA-256"}},
		"allow_md5": {tree{"md5_only": false}, []string{"SHA-256", "MD5"}},
		"md5_only":  {nil, []string{"MD5"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := start(t, settings{center: func(center tree) { maps.Copy(center["company"].(tree), c.company) }})
			for _, user := range []string{"101", "999"} {
				u := newUA(t, e, "udp", user)
				got := u.ask(u.out("REGISTER", "sip:"+u.engine.Addr().String(), "<sip:"+user+"@"+u.ip.String()+">"))
				require.Equal(t, 401, got.code)
				require.Equal(t, c.want, offered(got))
			}
			for _, algorithm := range c.want {
				u := newUA(t, e, "tcp", "101")
				require.Equal(t, 200, u.register("demo-phone-secret-101", algorithm).code, algorithm)
			}
			logged := regexp.MustCompile(`msg="phone registered" .*agent=alice phone=101 client=`)
			require.Eventually(t, func() bool { return logged.MatchString(e.log.String()) }, patience, 10*time.Millisecond)
			require.NotContains(t, e.log.String(), "demo-phone-secret-101")
			if name == "neither" {
				u := newUA(t, e, "tcp", "101")
				require.Equal(t, 401, u.register("demo-phone-secret-101", "MD5").code, "not allowed")
			}
		})
	}
}
