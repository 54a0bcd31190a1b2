package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

type contextKey int

const (
	whoKey contextKey = iota
	remoteKey
)

// who is the person of a request that needed a permission.
func who(ctx context.Context) *auth.Principal {
	p, _ := ctx.Value(whoKey).(*auth.Principal)
	return p
}

func remote(ctx context.Context) string {
	r, _ := ctx.Value(remoteKey).(string)
	return r
}

// anybody is the permission of operations that need only a valid token.
const anybody auth.Permission = "any"

const permissionKey = "permission"

// register adds an operation. need "" takes no token.
func register[I, O any](
	api huma.API, need auth.Permission, method, path, id, summary string, h func(context.Context, *I) (*O, error),
) {
	huma.Register(api, operation(need, method, path, id, summary), handler(h))
}

// operation describes one operation, with the limits and errors that all have.
func operation(need auth.Permission, method, path, id, summary string) huma.Operation {
	op := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, MaxBodyBytes: bodyLimit(path),
		BodyReadTimeout: bodyWithin, Errors: []int{http.StatusBadRequest, http.StatusServiceUnavailable},
		Tags: []string{strings.Split(strings.TrimPrefix(path, "/v1/"), "/")[0]},
	}
	if need != "" {
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized)
		op.Metadata = map[string]any{permissionKey: need}
	}
	if need != "" && need != anybody {
		op.Errors = append(op.Errors, http.StatusForbidden)
		op.Description = "Needs the permission `" + string(need) + "`."
	}
	if path == centerPath {
		op.Errors = append(op.Errors, http.StatusConflict)
	}
	if strings.HasSuffix(path, draftSuffix) {
		op.MaxBodyBytes = maxDraft
	}
	if strings.Contains(path, "{") {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	return op
}

// handler makes every error one of ours.
func handler[I, O any](h func(context.Context, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, wire.FromError(err)
		}
		return out, nil
	}
}

// authenticate knows the person by the bearer token and checks the operation's permission.
func (s *Server) authenticate(huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		ctx = huma.WithValue(ctx, remoteKey, ctx.RemoteAddr())
		need, _ := ctx.Operation().Metadata[permissionKey].(auth.Permission)
		if need == "" {
			next(ctx)
			return
		}
		scheme, token, _ := strings.Cut(ctx.Header("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			s.stats.unauthorized.Add(1)
			refuse(ctx, wire.Errorf(wire.CodeUnauthorized, "a bearer token is needed"))
			return
		}
		p, err := s.auth.Authenticate(token)
		if err != nil {
			s.stats.unauthorized.Add(1)
			refuse(ctx, wire.Errorf(wire.CodeUnauthorized, "the token is not valid"))
			return
		}
		if need != anybody && !p.Can(need) {
			s.stats.forbidden.Add(1)
			refuse(ctx, wire.Errorf(wire.CodeForbidden, "a %s may not do this", p.Role).With("permission", string(need)))
			return
		}
		next(huma.WithValue(ctx, whoKey, p))
	}
}

// viewer is a person as the one filter sees them.
func viewer(p *auth.Principal) *desk.Viewer {
	return &desk.Viewer{Agent: p.Agent, Tenants: p.Tenants, Supervises: p.Can(auth.Supervise)}
}

// readable gives a call that the person may see; any other is not found.
func (s *Server) readable(p *auth.Principal, id string) (*cc.CallSummary, error) {
	return s.summary(p, id, desk.MayRead)
}

// summary gives a call that may lets the person have; any other is not found.
func (s *Server) summary(
	p *auth.Principal, id string, may func(*desk.Viewer, *cc.CallSummary) bool,
) (*cc.CallSummary, error) {
	v := s.c.Engine.Journal().View()
	defer v.Close()
	c := desk.Summary(v, id)
	if c == nil || !may(viewer(p), c) {
		return nil, wire.Errorf(cc.CodeNotFound, "there is no call %.80q", id)
	}
	return c, nil
}
