package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"
)

// refreshGrace is how long a used refresh token still gives its successor: a client whose answer was lost asks again
// within it.
const refreshGrace = 30 * time.Second

// Refresh exchanges a refresh token for the next ones. remote is the client's address, for the log.
//
// A used token seen again ends the whole sign-in: one of the two who showed it is a thief. Only within refreshGrace, and
// while nobody has used its successor, it gives that same successor once more. What this costs: a thief who shows a
// stolen token within the grace holds the same successor as its owner. The next of the two to refresh ends the sign-in
// for both, unless it too comes within the grace of the other; access tokens live up to TokenTTL, so the two
// would have to keep in step within seconds every time. Each repetition is counted.
func (s *Service) Refresh(ctx context.Context, refresh, remote string) (*Tokens, error) {
	s.rotate.Lock()
	defer s.rotate.Unlock()
	hash, now := hashOf(refresh), s.o.Now().UnixMilli()
	t, ok := s.token(hash)
	if !ok || now >= t.UntilMs {
		s.Refused("sign-in not renewed", "", source(remote), "unknown_or_expired_token")
		return nil, ErrToken
	}
	f, ok := s.family(t.Family)
	if !ok {
		return nil, ErrToken
	}
	next := s.successor(refresh)
	if t.Used && !s.lost(t, next, now) {
		s.Stats.Reused.Add(1)
		s.o.Logger.Warn("signed out", "agent", f.Agent, "client", source(remote), "reason", "refresh_token_used_twice")
		return nil, errors.Join(ErrToken, s.revoke(ctx, t.Family, f, "reused"))
	}
	if _, err := s.standing(f.Agent, t.Family, f.Mark); err != nil {
		s.Refused("sign-in not renewed", f.Agent, source(remote), "ended")
		return nil, err
	}
	a := s.o.Directory().Agent(f.Agent)
	if t.Used {
		s.Stats.Repeated.Add(1)
		return s.issue(a, t.Family, next, f.UntilMs)
	}
	t.Used, t.UsedMs = true, now
	f.UntilMs = s.o.Now().Add(s.o.RefreshTTL).UnixMilli()
	used, err := row(TokenPrefix+hash, t)
	if err != nil {
		return nil, err
	}
	if err := s.keep(ctx, t.Family, f, next, used); err != nil {
		return nil, err
	}
	s.Stats.Refreshes.Add(1)
	return s.issue(a, t.Family, next, f.UntilMs)
}

// lost says whether a used token may be one whose answer was lost.
func (s *Service) lost(t refreshToken, next string, nowMs int64) bool {
	after, ok := s.token(hashOf(next))
	return ok && !after.Used && nowMs < t.UsedMs+refreshGrace.Milliseconds()
}

// successor is the one token that a refresh token is exchanged for. It is made of it and of our key, so that it can be
// given twice though only its hash is kept.
func (s *Service) successor(refresh string) string {
	m := hmac.New(sha256.New, s.o.Key)
	m.Write([]byte("wirechief refresh token after\x00" + refresh))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}
