package leg

import (
	"crypto/md5" //nolint:gosec // what old phones know (RFC 8760)
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Client side of digest authentication (RFC 3261 22, RFC 7616, RFC 8760).

// SetCredentials gives a leg restored from its State the secret again; it is never marshalled.
func (s *State) SetCredentials(c Credentials) {
	s.AuthRealm, s.AuthUser, s.vol.secret = c.Realm, c.User, c.Password
}

// challenge is one WWW-Authenticate or Proxy-Authenticate value we could answer.
type challenge struct {
	realm, nonce, opaque, algorithm string
	qop, stale, proxy               bool
}

// authorize puts the answer to a 401 or 407 into tx; false means it must be reported as it is.
func (st *step) authorize(tx *ClientTx, m *sip.Response) bool {
	s := st.s
	if m.StatusCode != 401 && m.StatusCode != 407 || s.AuthUser == "" || s.vol.secret == "" {
		return false
	}
	ch, ok := s.pickChallenge(m)
	if !ok || tx.Tries >= MaxAuthTries || tx.Tries > 0 && !ch.stale {
		return false
	}
	st.dirty()
	tx.Tries++
	tx.Auth = s.credentialsLine(ch, tx.Method)
	return true
}

// pickChallenge takes the strongest algorithm offered for our realm.
func (s *State) pickChallenge(m *sip.Response) (challenge, bool) {
	name, proxy := "WWW-Authenticate", false
	if m.StatusCode == 407 {
		name, proxy = "Proxy-Authenticate", true
	}
	var best challenge
	found := false
	for _, h := range m.Headers() {
		if !named(h, name, "") {
			continue
		}
		ch, ok := parseChallenge(h.Value())
		if !ok || ch.realm != s.AuthRealm {
			continue
		}
		if !found || best.algorithm == "MD5" && ch.algorithm == "SHA-256" {
			best, found = ch, true
		}
	}
	best.proxy = proxy
	return best, found
}

// parseChallenge reads one Digest challenge; algorithms we do not know and auth-int alone are not ok.
func parseChallenge(v string) (challenge, bool) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(v), " ")
	if !ok || !strings.EqualFold(scheme, "Digest") || len(v) > MaxHeaderValue {
		return challenge{}, false
	}
	ch := challenge{algorithm: "MD5"}
	usable := true
	for rest != "" {
		var k, val string
		k, val, rest = nextAuthParam(rest)
		switch strings.ToLower(k) {
		case "realm":
			ch.realm = val
		case "nonce":
			ch.nonce = val
		case "opaque":
			ch.opaque = val
		case "algorithm":
			ch.algorithm = strings.ToUpper(val)
		case "stale":
			ch.stale = strings.EqualFold(val, "true")
		case "qop":
			usable = false
			for q := range strings.SplitSeq(val, ",") {
				if strings.EqualFold(strings.TrimSpace(q), "auth") {
					ch.qop, usable = true, true
				}
			}
		}
	}
	known := ch.algorithm == "MD5" || ch.algorithm == "SHA-256"
	return ch, usable && known && ch.nonce != ""
}

// nextAuthParam splits off one name=value or name="quoted value".
func nextAuthParam(s string) (name, val, rest string) {
	s = strings.TrimLeft(s, " \t,")
	eq := strings.IndexByte(s, '=')
	if eq < 0 {
		return "", "", ""
	}
	name, s = strings.TrimSpace(s[:eq]), strings.TrimLeft(s[eq+1:], " \t")
	if s == "" || s[0] != '"' {
		val, rest, _ = strings.Cut(s, ",")
		return name, strings.ReplaceAll(strings.TrimSpace(val), `"`, ""), rest
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return name, s[1:i], s[i+1:] // escapes stay: the value is given back as it came
		}
	}
	return name, "", ""
}

// credentialsLine computes the answer for a request of ours.
func (s *State) credentialsLine(ch challenge, method string) string {
	h := hashMD5
	if ch.algorithm == "SHA-256" {
		h = hashSHA256
	}
	uri := s.dialog().requestURI()
	ha1 := h(s.AuthUser + ":" + ch.realm + ":" + s.vol.secret)
	ha2 := h(method + ":" + uri)
	name := "Authorization"
	if ch.proxy {
		name = "Proxy-Authorization"
	}
	const nc = "00000001"
	cnonce := hex64(mixString(s.BranchSeed^uint64(s.LocalCSeq), ch.nonce))
	line := `Digest username="` + quoted(s.AuthUser) + `", realm="` + ch.realm + `", nonce="` + ch.nonce +
		`", uri="` + uri + `", algorithm=` + ch.algorithm
	if ch.qop {
		line += `, qop=auth, nc=` + nc + `, cnonce="` + cnonce + `", response="` +
			h(ha1+":"+ch.nonce+":"+nc+":"+cnonce+":auth:"+ha2) + `"`
	} else {
		line += `, response="` + h(ha1+":"+ch.nonce+":"+ha2) + `"`
	}
	if ch.opaque != "" {
		line += `, opaque="` + ch.opaque + `"`
	}
	return name + ": " + clean(line, 2*MaxHeaderValue) + "\r\n"
}

func quoted(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}

func hashMD5(s string) string {
	sum := md5.Sum([]byte(s)) //nolint:gosec // what old phones know (RFC 8760)
	return hex.EncodeToString(sum[:])
}

func hashSHA256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
