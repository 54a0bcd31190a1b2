package auth

import (
	"crypto/md5" //nolint:gosec // what old phones know (RFC 8760)
	"crypto/sha256"
	"encoding/hex"
)

// Algorithm of a digest.
type Algorithm uint8

// Algorithms offered (RFC 8760). MD5 only where the configuration allows it.
const (
	AlgorithmUnknown Algorithm = iota
	SHA256
	MD5
)

func (a Algorithm) String() string {
	switch a {
	case SHA256:
		return "SHA-256"
	case MD5:
		return "MD5"
	default:
		return "unknown"
	}
}

// hash gives the hash of parts joined by colons, in lower-case hex.
func (a Algorithm) hash(parts ...string) string {
	buf := make([]byte, 0, 256)
	for i, p := range parts {
		if i > 0 {
			buf = append(buf, ':')
		}
		buf = append(buf, p...)
	}
	if a == MD5 {
		sum := md5.Sum(buf) //nolint:gosec // what old phones know (RFC 8760)
		return hex.EncodeToString(sum[:])
	}
	sum := sha256.Sum256(buf)
	return hex.EncodeToString(sum[:])
}

// HA1 is H(username:realm:password), what a directory stores of a secret.
func HA1(a Algorithm, user, realm, password string) string { return a.hash(user, realm, password) }

// Response is the request-digest for qop=auth (RFC 7616 3.4.1).
func Response(a Algorithm, ha1, nonce, nc, cnonce, method, uri string) string {
	return a.hash(ha1, nonce, nc, cnonce, "auth", a.hash(method, uri))
}
