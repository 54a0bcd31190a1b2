package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Config of a Server.
type Config struct {
	Realm      string
	AllowMD5   bool
	MD5Only    bool          // MD5 is offered alone, for phones that give up at a challenge they do not know; needs AllowMD5
	NonceTTL   time.Duration // default 5 min
	UsedNonces int           // nonces whose counts are remembered, default 16384
}

// Server checks digests.
type Server struct {
	cfg    Config
	nonces nonces
	dummy  Credential
}

// New makes a Server with a random nonce key: nonces of an earlier run are stale.
func New(cfg Config) (*Server, error) {
	if cfg.NonceTTL <= 0 {
		cfg.NonceTTL = 5 * time.Minute
	}
	if cfg.UsedNonces <= 0 {
		cfg.UsedNonces = 16384
	}
	s := &Server{cfg: cfg}
	if _, err := rand.Read(s.nonces.key[:]); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoRandom, err)
	}
	s.nonces.ttlS = uint32(cfg.NonceTTL / time.Second)
	s.nonces.used = newUsedNonces(cfg.UsedNonces)
	sum := sha256.Sum256(s.nonces.key[:])
	s.dummy = Credential{SHA256: hex.EncodeToString(sum[:]), MD5: hex.EncodeToString(sum[:16])}
	return s, nil
}

// Outcome of a check.
type Outcome uint8

// Outcomes. All but OK and Malformed are answered by the same 401; only Failed counts against source and user.
const (
	Missing   Outcome = iota // no usable Digest credentials for our realm
	Stale                    // right form, but the nonce is old, foreign or its count was used
	Failed                   // wrong user or secret
	OK                       //
	Malformed                // credentials that cannot be meant for this request
)

// Result of a check.
type Result struct {
	Outcome Outcome
	User    string // as claimed; proven only with OK
}

// Challenges gives the WWW-Authenticate values of a 401: SHA-256 first, MD5 after it if allowed (RFC 8760 2.3), or
// MD5 alone with MD5Only. An answer by SHA-256 is taken in any case.
func (s *Server) Challenges(stale bool, now time.Time) []string {
	nonce := s.nonces.make(s.cfg.Realm, now)
	tail := ""
	if stale {
		tail = ",stale=true"
	}
	one := func(a Algorithm) string {
		return `Digest realm="` + s.cfg.Realm + `",nonce="` + nonce + `",algorithm=` + a.String() + `,qop="auth"` + tail
	}
	switch {
	case s.cfg.AllowMD5 && s.cfg.MD5Only:
		return []string{one(MD5)}
	case s.cfg.AllowMD5:
		return []string{one(SHA256), one(MD5)}
	default:
		return []string{one(SHA256)}
	}
}

// Check judges the Authorization values of a request. target is its Request-URI. Known and unknown users cost the
// same work and give the same outcome.
func (s *Server) Check(values []string, method, target string, lookup Lookup, now time.Time) Result {
	for _, v := range values {
		h, ok := parseHeader(v)
		if !ok || h.realm != s.cfg.Realm {
			continue
		}
		return s.check(&h, method, target, lookup, now)
	}
	return Result{Outcome: Missing}
}

func (s *Server) check(h *header, method, target string, lookup Lookup, now time.Time) Result {
	r := Result{Outcome: Malformed, User: h.user}
	algorithm, known := s.algorithm(h.algorithm)
	nc, ncOK := parseNC(h.nc)
	if !known || !ncOK || h.cnonce == "" || !strings.EqualFold(h.qop, "auth") || len(h.user) > 128 {
		r.Outcome = Missing // e.g. RFC 2069 digest: ask again, with our terms
		return r
	}
	if !sameTarget(h.uri, target) {
		return r
	}
	state, madeS := s.nonces.check(h.nonce, s.cfg.Realm, now)
	cred, found := lookup(h.user, s.cfg.Realm)
	ha1 := cred.SHA256
	if algorithm == MD5 {
		ha1 = cred.MD5
	}
	if !found || ha1 == "" {
		found = false
		if ha1 = s.dummy.SHA256; algorithm == MD5 {
			ha1 = s.dummy.MD5
		}
	}
	want := Response(algorithm, ha1, h.nonce, h.nc, h.cnonce, method, h.uri)
	match := hmac.Equal([]byte(want), []byte(strings.ToLower(h.response)))
	switch {
	case state != nonceFresh:
		r.Outcome = Stale
	case !match || !found:
		r.Outcome = Failed
	case !s.nonces.used.use(h.nonce, madeS, nc):
		r.Outcome = Stale
	default:
		r.Outcome = OK
	}
	return r
}

func (s *Server) algorithm(name string) (Algorithm, bool) {
	switch {
	case strings.EqualFold(name, "SHA-256"):
		return SHA256, true
	case name == "" || strings.EqualFold(name, "MD5"): // none means MD5 (RFC 7616 3.4)
		return MD5, s.cfg.AllowMD5
	default:
		return AlgorithmUnknown, false
	}
}

// parseNC takes exactly eight hex digits, not zero.
func parseNC(s string) (uint32, bool) {
	if len(s) != 8 {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 16, 32)
	return uint32(n), err == nil && n > 0
}

// sameTarget compares the digest URI with the Request-URI by user and host only: phones differ in port and
// parameters, and proxies rewrite them (RFC 3261 22.4 leaves the comparison to the server).
func sameTarget(a, b string) bool { return bareURI(a) == bareURI(b) }

func bareURI(s string) string {
	_, s, _ = strings.Cut(s, ":")
	user := ""
	if at := strings.IndexByte(s, '@'); at >= 0 {
		user, s = s[:at+1], s[at+1:]
		user, _, _ = strings.Cut(user, ";")
		user = strings.TrimSuffix(user, "@")
	}
	if end := strings.IndexAny(s, ";?"); end >= 0 {
		s = s[:end]
	}
	if s != "" && s[0] == '[' {
		s, _, _ = strings.Cut(s, "]")
	} else {
		s, _, _ = strings.Cut(s, ":")
	}
	return user + "@" + strings.ToLower(s)
}
