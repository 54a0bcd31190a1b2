package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/secret"
)

// Names in every access token, and how long it lives at most.
const (
	issuer      = "wirechief"
	audience    = "wirechief-api"
	MaxTokenTTL = 10 * time.Minute
	MinKey      = 32
	// maxHashing bounds password checks at a time: each takes 19 MiB and 20 ms of a core.
	maxHashing = 4
	maxLogin   = 256
)

// Options of a Service. Zero values mean the defaults named.
type Options struct {
	Key                  []byte // signs access tokens, at least MinKey octets
	Store                Store
	Directory            func() *cc.Directory
	TokenTTL             time.Duration // 10 min, never more
	RefreshTTL           time.Duration // 12 h
	MaxFailuresPerMinute int           // 5
	Now                  func() time.Time
	Logger               *slog.Logger
}

// Service signs people in and knows them again. Safe for concurrent use.
type Service struct {
	o       Options
	limits  *limiter
	hashing chan struct{}
	rotate  sync.Mutex // one exchange of refresh tokens at a time
	parser  *jwt.Parser
	Stats   Stats

	refusals refusals
}

// Stats count sign-ins; published as wirechief_api_auth_*.
type Stats struct {
	Logins, Failures, Limited, Refreshes, Repeated, Reused, BadTokens atomic.Uint64
}

// Each gives every counter by name.
func (s *Stats) Each(f func(name string, v float64)) {
	f("auth_logins_total", float64(s.Logins.Load()))
	f("auth_failures_total", float64(s.Failures.Load()))
	f("auth_limited_total", float64(s.Limited.Load()))
	f("auth_refreshes_total", float64(s.Refreshes.Load()))
	f("auth_refresh_repeated_total", float64(s.Repeated.Load()))
	f("auth_refresh_reused_total", float64(s.Reused.Load()))
	f("auth_bad_tokens_total", float64(s.BadTokens.Load()))
}

// New makes a Service.
func New(o Options) (*Service, error) {
	if len(o.Key) < MinKey {
		return nil, fmt.Errorf("auth: the token key has %d octets, at least %d are needed", len(o.Key), MinKey)
	}
	if o.TokenTTL <= 0 || o.TokenTTL > MaxTokenTTL {
		o.TokenTTL = MaxTokenTTL
	}
	if o.RefreshTTL <= 0 {
		o.RefreshTTL = 12 * time.Hour
	}
	if o.MaxFailuresPerMinute <= 0 {
		o.MaxFailuresPerMinute = 5
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{o: o, limits: newLimiter(o.MaxFailuresPerMinute), hashing: make(chan struct{}, maxHashing)}
	s.refusals.rate = rate.NewLimiter(refusalLines, refusalBurst)
	s.parser = jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithAudience(audience), jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(o.Now), jwt.WithStrictDecoding(),
	)
	return s, nil
}

// Tokens are what a sign-in gives.
type Tokens struct {
	Access, Refresh string
	AccessUntilMs   int64
	RefreshUntilMs  int64
	Who             *Principal
}

// Login checks a password. remote is the client's address, for the limits.
func (s *Service) Login(ctx context.Context, login, password, remote string) (*Tokens, error) {
	if len(login) > maxLogin || len(password) > secret.MaxPassword {
		return nil, ErrCredentials
	}
	from := source(remote)
	if wait := s.limits.take(login, from, s.o.Now()); wait > 0 {
		s.Stats.Limited.Add(1)
		s.Refused("sign-in refused", s.o.Directory().AgentByLogin(login).GetId(), from, "too_many_attempts")
		return nil, &TooManyError{wait}
	}
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return nil, ErrBusy
	}
	a := s.o.Directory().AgentByLogin(login)
	if !s.verify(a, password) {
		s.Stats.Failures.Add(1)
		reason := "wrong_password"
		if a.GetPasswordHash() == "" {
			reason = "no_such_login"
		}
		s.Refused("sign-in failed", a.GetId(), from, reason)
		return nil, ErrCredentials
	}
	s.limits.forgive(login, from)
	s.Stats.Logins.Add(1)
	family := opaque()[:22]
	f := Family{Agent: a.Id, Mark: mark(a), UntilMs: s.o.Now().Add(s.o.RefreshTTL).UnixMilli()}
	refresh := opaque()
	if err := s.keep(ctx, family, f, refresh); err != nil {
		return nil, err
	}
	s.o.Logger.Info("signed in", "agent", a.Id, "role", a.Role, "client", from)
	return s.issue(a, family, refresh, f.UntilMs)
}

// keep writes a sign-in with its next refresh token, and what else belongs to that step, in one append: an answer that
// is lost leaves either all of it or nothing.
func (s *Service) keep(ctx context.Context, family string, f Family, refresh string, also ...Row) error {
	rf, err := row(FamilyPrefix+family, f)
	if err != nil {
		return err
	}
	rt, err := row(TokenPrefix+hashOf(refresh), refreshToken{Family: family, UntilMs: f.UntilMs})
	if err != nil {
		return err
	}
	return s.o.Store.Put(ctx, append(also, rf, rt)...)
}

// verify takes as long for nobody as for somebody.
func (s *Service) verify(a *cc.Agent, password string) bool {
	if a.GetPasswordHash() == "" {
		secret.Waste(password)
		return false
	}
	ok, err := secret.Verify(a.PasswordHash, password)
	return err == nil && ok
}

// mark changes with the password and the role, and tells neither.
func mark(a *cc.Agent) string {
	sum := sha256.Sum256([]byte(a.Role + "\x00" + a.PasswordHash))
	return hex.EncodeToString(sum[:12])
}

type claims struct {
	Role    string   `json:"role"`
	Tenants []string `json:"tenants"`
	Family  string   `json:"sid"`
	Mark    string   `json:"mark"`
	jwt.RegisteredClaims
}

// issue makes an access token to go with a refresh token that is kept.
func (s *Service) issue(a *cc.Agent, family, refresh string, until int64) (*Tokens, error) {
	now := s.o.Now()
	exp := now.Add(s.o.TokenTTL).Truncate(time.Second)
	who := principal(a, family, exp.UnixMilli())
	access, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		Role: who.Role, Tenants: who.Tenants, Family: family, Mark: mark(a),
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: a.Id,
			IssuedAt: jwt.NewNumericDate(now.Truncate(time.Second)), ExpiresAt: jwt.NewNumericDate(exp), ID: opaque()[:16],
		},
	}).SignedString(s.o.Key)
	if err != nil {
		return nil, fmt.Errorf("signing a token: %w", err)
	}
	return &Tokens{Access: access, Refresh: refresh, AccessUntilMs: who.UntilMs, RefreshUntilMs: until, Who: who}, nil
}

// Authenticate gives the principal of an access token, with role and tenants as they are now. A changed password or
// role and a signed-out family end it at once. The error is ErrToken.
func (s *Service) Authenticate(access string) (*Principal, error) {
	var c claims
	_, err := s.parser.ParseWithClaims(access, &c, func(*jwt.Token) (any, error) { return s.o.Key, nil })
	if err != nil {
		s.Stats.BadTokens.Add(1)
		return nil, ErrToken
	}
	p, err := s.standing(c.Subject, c.Family, c.Mark)
	if err != nil {
		s.Stats.BadTokens.Add(1)
		return nil, err
	}
	p.UntilMs = c.ExpiresAt.UnixMilli()
	return p, nil
}

// standing says whether a sign-in still stands.
func (s *Service) standing(agent, family, want string) (*Principal, error) {
	f, ok := s.family(family)
	a := s.o.Directory().Agent(agent)
	switch {
	case !ok || f.Revoked != "" || f.Agent != agent || a == nil || s.o.Now().UnixMilli() >= f.UntilMs:
		return nil, ErrToken
	case subtle.ConstantTimeCompare([]byte(mark(a)), []byte(want)) != 1,
		subtle.ConstantTimeCompare([]byte(mark(a)), []byte(f.Mark)) != 1:
		return nil, ErrToken
	}
	return principal(a, family, 0), nil
}

// Renew gives a principal with role and tenants as they are now; ErrToken when its sign-in has ended.
func (s *Service) Renew(p *Principal) (*Principal, error) {
	f, ok := s.family(p.Family)
	if !ok {
		return nil, ErrToken
	}
	now, err := s.standing(p.Agent, p.Family, f.Mark)
	if err != nil {
		return nil, err
	}
	now.UntilMs = p.UntilMs
	return now, nil
}

// Logout ends the sign-in that a principal belongs to: all its tokens, at once. remote is the client's address, for the
// log.
func (s *Service) Logout(ctx context.Context, p *Principal, remote string) error {
	s.rotate.Lock()
	defer s.rotate.Unlock()
	f, ok := s.family(p.Family)
	if !ok || f.Revoked != "" {
		return nil
	}
	if err := s.revoke(ctx, p.Family, f, "signed_out"); err != nil {
		return err
	}
	s.o.Logger.Info("signed out", "agent", p.Agent, "client", source(remote), "reason", "by_themselves")
	return nil
}

func (s *Service) revoke(ctx context.Context, id string, f Family, why string) error {
	if f.Revoked != "" {
		return nil
	}
	f.Revoked = why
	return s.putFamily(ctx, id, f)
}
