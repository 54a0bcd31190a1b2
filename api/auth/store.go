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

// Store is the durable, replicated place of refresh tokens: keys and small values. Put writes all its rows or none, and
// waits until they are durable.
type Store interface {
	Get(key string) ([]byte, bool)
	Put(ctx context.Context, rows ...Row) error
	Scan(prefix string, fn func(key string, value []byte) bool)
}

// Row is a key with its new value; nil deletes it.
type Row struct {
	Key   string
	Value []byte
}

// Keys of the Store.
const (
	TokenPrefix  = "rt/" // rt/<SHA-256 of the token, hex> -> refreshToken
	FamilyPrefix = "rf/" // rf/<family> -> Family
)

// refreshToken is kept without the token itself.
type refreshToken struct {
	Family  string `json:"family"`
	Used    bool   `json:"used,omitempty"`    // exchanged for the next one; seen again after the grace it is stolen
	UsedMs  int64  `json:"used_ms,omitempty"` // since when
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

func row(key string, v any) (Row, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return Row{}, fmt.Errorf("encoding %s: %w", key, err)
	}
	return Row{key, data}, nil
}

func (s *Service) putFamily(ctx context.Context, id string, f Family) error {
	r, err := row(FamilyPrefix+id, f)
	if err != nil {
		return err
	}
	return s.o.Store.Put(ctx, r)
}

// maxSweep bounds one Sweep.
const maxSweep = 1000

// Sweep deletes what has expired, at most maxSweep keys; call it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.o.Now().UnixMilli()
	var rows []Row
	for _, prefix := range []string{TokenPrefix, FamilyPrefix} {
		s.o.Store.Scan(prefix, func(key string, value []byte) bool {
			var x struct {
				UntilMs int64 `json:"until_ms"`
			}
			if json.Unmarshal(value, &x) != nil || x.UntilMs < now {
				rows = append(rows, Row{Key: key})
			}
			return len(rows) < maxSweep
		})
	}
	if len(rows) == 0 {
		return nil
	}
	if err := s.o.Store.Put(ctx, rows...); err != nil {
		return fmt.Errorf("deleting expired sign-ins: %w", err)
	}
	return nil
}
