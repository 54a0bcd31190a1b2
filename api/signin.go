package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

type loginIn struct {
	Body struct {
		Login    string `json:"login" minLength:"1" maxLength:"256"`
		Password string `json:"password" minLength:"1" maxLength:"256"`
	}
}

// tokensOut is what a sign-in or a refresh gives.
type tokensOut struct {
	Body TokenSet
}

// TokenSet are the two tokens of a sign-in. The access token goes into the Authorization header and the first frame of
// the WebSocket; the refresh token is good for one POST /v1/refresh.
type TokenSet struct {
	AccessToken  string    `json:"access_token"`
	TokenType    string    `json:"token_type" doc:"Bearer"`
	AccessUntil  wire.Time `json:"access_until" format:"date-time"`
	RefreshToken string    `json:"refresh_token"`
	RefreshUntil wire.Time `json:"refresh_until" format:"date-time"`
	Agent        string    `json:"agent"`
	Role         string    `json:"role"`
	Tenants      []string  `json:"tenants"`
}

type refreshIn struct {
	Body struct {
		RefreshToken string `json:"refresh_token" minLength:"1" maxLength:"256"`
	}
}

// Me is who asks.
type Me struct {
	Agent   string   `json:"agent"`
	Name    string   `json:"name"`
	Role    string   `json:"role"`
	Tenants []string `json:"tenants"`
	Rights  []string `json:"rights" doc:"Permissions of the role, sorted; each within the tenants"`
}

type (
	nothingIn struct{}
	doneOut   struct{}
	meOut     struct{ Body Me }
)

func (s *Server) authOps(api huma.API) {
	register(api, "", http.MethodPost, "/v1/login", "login", "Sign in with login and password", s.login)
	register(api, "", http.MethodPost, "/v1/refresh", "refresh", "Exchange a refresh token for new tokens", s.refresh)
	register(api, anybody, http.MethodPost, "/v1/logout", "logout", "End this sign-in with all its tokens", s.logout)
	register(api, anybody, http.MethodGet, "/v1/me", "me", "Who am I", s.me)
}

func (s *Server) login(ctx context.Context, in *loginIn) (*tokensOut, error) {
	t, err := s.auth.Login(ctx, in.Body.Login, in.Body.Password, remote(ctx))
	return tokens(t, err)
}

func (s *Server) refresh(ctx context.Context, in *refreshIn) (*tokensOut, error) {
	t, err := s.auth.Refresh(ctx, in.Body.RefreshToken, remote(ctx))
	return tokens(t, err)
}

func tokens(t *auth.Tokens, err error) (*tokensOut, error) {
	var many *auth.TooManyError
	switch {
	case err == nil:
	case errors.As(err, &many):
		return nil, wire.Errorf(wire.CodeTooManyAttempts, "too many failed sign-ins, try later").
			With("retry_after_ms", strconv.FormatInt(many.Wait.Milliseconds(), 10))
	case errors.Is(err, auth.ErrCredentials):
		return nil, wire.Errorf(wire.CodeUnauthorized, "login or password is wrong")
	case errors.Is(err, auth.ErrToken):
		return nil, wire.Errorf(wire.CodeUnauthorized, "the refresh token is not valid, sign in again")
	case errors.Is(err, auth.ErrBusy):
		return nil, wire.Errorf(cc.CodeOverloaded, "too many sign-ins at once")
	default:
		return nil, err
	}
	return &tokensOut{TokenSet{
		AccessToken: t.Access, TokenType: "Bearer", AccessUntil: wire.At(t.AccessUntilMs),
		RefreshToken: t.Refresh, RefreshUntil: wire.At(t.RefreshUntilMs),
		Agent: t.Who.Agent, Role: t.Who.Role, Tenants: append([]string{}, t.Who.Tenants...),
	}}, nil
}

func (s *Server) logout(ctx context.Context, _ *nothingIn) (*doneOut, error) {
	return nil, s.auth.Logout(ctx, who(ctx), remote(ctx))
}

func (s *Server) me(ctx context.Context, _ *nothingIn) (*meOut, error) {
	p := who(ctx)
	return &meOut{Me{p.Agent, p.Name, p.Role, append([]string{}, p.Tenants...), p.Rights()}}, nil
}
