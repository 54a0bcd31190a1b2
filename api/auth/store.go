package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Store is the durable, replicated place of refresh tokens: keys and small values. Put waits until it is durable; nil
// deletes.
type Store interface {
	Get(key string) ([]byte, bool)
	Put(ctx context.Context, key string, value []byte) error
	Scan(prefix string, fn func(key string, value []byte) bool)
}

// Keys of the Store.
const (
	TokenPrefix  = "rt/" // rt/<SHA-256 of the token, hex> -> refreshToken
	FamilyPrefix = "rf/" // rf/<family> -> Family
)

// refreshToken is kept without the token itself.
type refreshToken struct {
	Family  string `json:"family"`
	Used    bool   `json:"used,omitempty"` // exchanged for the next one; seen again it is stolen
	UntilMs int64  `json:"until_ms"`
}

// Family is one sign-in: all tokens that came of it.
type Family struct {
	Agent   string `json:"agent"`
	Mark    string `json:"mark"`              // of password and role: another one ends the sign-in
	Revoked string `json:"revoked,omitempty"` // why, "" while it stands
	UntilMs int64  `json:"until_ms"`
}

// ParseFamily reads a value under FamilyPrefix.
func ParseFamily(value []byte) (f Family, err error) {
	if err := json.Unmarshal(value, &f); err != nil {
		return f, fmt.Errorf("reading a sign-in: %w", err)
	}
	return f, nil
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// opaque draws 256 bits.
func opaque() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (s *Service) token(hash string) (t refreshToken, ok bool) {
	v, ok := s.o.Store.Get(TokenPrefix + hash)
	return t, ok && json.Unmarshal(v, &t) == nil
}

func (s *Service) family(id string) (f Family, ok bool) {
	v, ok := s.o.Store.Get(FamilyPrefix + id)
	if !ok {
		return f, false
	}
	f, err := ParseFamily(v)
	return f, err == nil
}

func (s *Service) put(ctx context.Context, key string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", key, err)
	}
	return s.o.Store.Put(ctx, key, data)
}

// maxSweep bounds one Sweep.
const maxSweep = 1000

// Sweep deletes what has expired, at most maxSweep keys; call it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.o.Now().UnixMilli()
	var keys []string
	for _, prefix := range []string{TokenPrefix, FamilyPrefix} {
		s.o.Store.Scan(prefix, func(key string, value []byte) bool {
			var x struct {
				UntilMs int64 `json:"until_ms"`
			}
			if json.Unmarshal(value, &x) != nil || x.UntilMs < now {
				keys = append(keys, key)
			}
			return len(keys) < maxSweep
		})
	}
	for _, k := range keys {
		if err := s.o.Store.Put(ctx, k, nil); err != nil {
			return fmt.Errorf("deleting expired %s: %w", k[:3], err)
		}
	}
	return nil
}
