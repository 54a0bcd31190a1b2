package secret

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Password length in octets. Below the minimum no hash helps; above the maximum hashing is an attack on us.
const (
	MinPassword = 8
	MaxPassword = 256
)

// Cost of new hashes: 19 MiB, two passes, one lane (RFC 9106 scaled down as OWASP advises), about 20 ms on one core.
const (
	costMemoryKiB = 19 * 1024
	costPasses    = 2
	costLanes     = 1
	saltBytes     = 16
	keyBytes      = 32
)

// Bounds of what is accepted as a stored hash, so that a stored string cannot ask for a gigabyte.
const (
	maxMemoryKiB = 256 * 1024
	maxPasses    = 16
	maxLanes     = 16
	maxField     = 64 // octets of salt or key
)

var b64 = base64.RawStdEncoding.Strict()

type phc struct {
	memory, passes uint32
	lanes          uint8
	salt, key      []byte
}

// Hash gives the argon2id PHC string of a password with a fresh salt. It costs about 20 ms and 19 MiB.
func Hash(password string) (string, error) {
	if len(password) < MinPassword || len(password) > MaxPassword {
		return "", fmt.Errorf("%w: %d octets, want %d to %d", ErrPassword, len(password), MinPassword, MaxPassword)
	}
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	key := argon2.IDKey([]byte(password), salt, costPasses, costMemoryKiB, costLanes, keyBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, costMemoryKiB, costPasses, costLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// Verify says whether the password is the hash's, comparing in constant time. A string that is no hash gives ErrFormat.
func Verify(hash, password string) (bool, error) {
	h, err := parse(hash)
	if err != nil {
		return false, err
	}
	if len(password) > MaxPassword {
		return false, nil
	}
	got := argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(got, h.key) == 1, nil
}

// Waste does the work of one Verify and answers nothing, so that an unknown login takes as long as a known one.
func Waste(password string) {
	if len(password) > MaxPassword {
		return
	}
	var salt [saltBytes]byte
	argon2.IDKey([]byte(password), salt[:], costPasses, costMemoryKiB, costLanes, keyBytes)
}

// Check says whether a string is a hash that Verify can use.
func Check(hash string) error {
	_, err := parse(hash)
	return err
}

func parse(hash string) (h phc, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return h, fmt.Errorf("%w: want $argon2id$v=19$m=..,t=..,p=..$salt$key", ErrFormat)
	}
	if parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, fmt.Errorf("%w: version %.16q", ErrFormat, parts[2])
	}
	cost := fmt.Sprintf("m=%d,t=%d,p=%d", 0, 0, 0)
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.lanes); err == nil {
		cost = fmt.Sprintf("m=%d,t=%d,p=%d", h.memory, h.passes, h.lanes)
	}
	if cost != parts[3] || h.lanes < 1 || h.lanes > maxLanes || h.passes < 1 || h.passes > maxPasses ||
		h.memory < 8*uint32(h.lanes) || h.memory > maxMemoryKiB {
		return h, fmt.Errorf("%w: cost %.32q", ErrFormat, parts[3])
	}
	if h.salt, err = b64.DecodeString(parts[4]); err != nil || len(h.salt) < 8 || len(h.salt) > maxField {
		return h, fmt.Errorf("%w: salt", ErrFormat)
	}
	if h.key, err = b64.DecodeString(parts[5]); err != nil || len(h.key) < 16 || len(h.key) > maxField {
		return h, fmt.Errorf("%w: key", ErrFormat)
	}
	return h, nil
}
