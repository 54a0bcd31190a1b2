package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Headers of a POST.
const (
	SignatureHeader = "Wirechief-Signature" // t=<Unix seconds>,v1=<hex>[,v1=<hex>]
	WebhookHeader   = "Wirechief-Webhook"   // the webhook's id
	EventsHeader    = "Wirechief-Events"    // ids of the first and the last event
)

// MinSecret is the least length of a secret, in octets.
const MinSecret = 16

// ErrSecret is returned for a secret that is missing or too short.
var ErrSecret = errors.New("hooks: no secret of at least 16 octets in the variable")

// Secrets splits the value of a variable: one secret, or several by commas while one is being replaced.
func Secrets(value string) ([]string, error) {
	var out []string
	for s := range strings.SplitSeq(value, ",") {
		if s = strings.TrimSpace(s); len(s) < MinSecret {
			return nil, ErrSecret
		}
		out = append(out, s)
	}
	return out, nil
}

// Sign makes the signature header: HMAC-SHA256 over "<t>.<body>" with each secret.
func Sign(secrets []string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	out := "t=" + t
	for _, s := range secrets {
		out += ",v1=" + hex.EncodeToString(mac(s, t, body))
	}
	return out
}

func mac(secret, t string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	_, _ = h.Write([]byte(t + ".")) // a hash takes everything
	_, _ = h.Write(body)
	return h.Sum(nil)
}

// Verify says whether a header is a signature of the body by this secret, made within a tolerance of now: what a
// receiver does.
func Verify(secret, header string, body []byte, now time.Time, tolerance time.Duration) bool {
	t, good := "", false
	for part := range strings.SplitSeq(header, ",") {
		k, v, _ := strings.Cut(part, "=")
		switch k {
		case "t":
			t = v
		case "v1":
			sum, err := hex.DecodeString(v)
			good = good || err == nil && hmac.Equal(sum, mac(secret, t, body))
		}
	}
	s, err := strconv.ParseInt(t, 10, 64)
	return good && err == nil && now.Sub(time.Unix(s, 0)).Abs() <= tolerance
}
