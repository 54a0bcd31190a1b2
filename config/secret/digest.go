package secret

import (
	"crypto/md5" //nolint:gosec // phones that know nothing newer; stored only where the configuration allows it
	"crypto/sha256"
	"encoding/hex"
)

// DigestSHA256 is H(user:realm:password) by SHA-256 in lower-case hex (RFC 7616 3.4.2): what is stored of a SIP secret.
func DigestSHA256(user, realm, password string) string {
	sum := sha256.Sum256([]byte(user + ":" + realm + ":" + password))
	return hex.EncodeToString(sum[:])
}

// DigestMD5 is the same by MD5 (RFC 2617), for phones that cannot do better.
func DigestMD5(user, realm, password string) string {
	sum := md5.Sum([]byte(user + ":" + realm + ":" + password)) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}
