package api

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wirechief/wirechief/api/directory"
	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

type stats struct{ requests, notFound, panics, unauthorized, forbidden, listened, listRows atomic.Uint64 }

func (s *stats) each(f func(name string, v float64)) {
	f("http_requests_total", float64(s.requests.Load()))
	f("http_not_found_total", float64(s.notFound.Load()))
	f("http_panics_total", float64(s.panics.Load()))
	f("http_unauthorized_total", float64(s.unauthorized.Load()))
	f("http_forbidden_total", float64(s.forbidden.Load()))
	f("http_list_rows_total", float64(s.listRows.Load()))
	f("recordings_listened_total", float64(s.listened.Load()))
}

// guard stands before everything: headers, body limit, allowed origins, our shape for what no route takes.
func (s *Server) guard(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.stats.requests.Add(1)
		r.RemoteAddr = client(r, s.c.TrustedProxies)
		defer s.rescue(w, r)
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			h.Set("Cache-Control", "no-store")
			if s.crossOrigin(w, r) {
				return
			}
		}
		limit := bodyLimit(r.URL.Path)
		if limit > maxBody {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(centerWithin))
		}
		if strings.HasSuffix(r.URL.Path, draftSuffix) {
			limit = maxDraft
		}
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, limit)
		}
		if r.ContentLength > limit {
			writeError(w, wire.Errorf(wire.CodeTooLarge, "a body has at most %d bytes", limit))
			return
		}
		if handler, pattern := mux.Handler(r); pattern == "" {
			s.unrouted(handler, w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// bodyLimit is how large a body may be.
func bodyLimit(path string) int64 {
	switch path {
	case centerPath:
		return maxCenter
	case importPath:
		return directory.MaxFile
	}
	return maxBody
}

// unrouted answers what no route takes: another method would do (405), or nothing would (404).
func (s *Server) unrouted(mux http.Handler, w http.ResponseWriter, r *http.Request) {
	s.stats.notFound.Add(1)
	probe := &probe{header: make(http.Header)}
	mux.ServeHTTP(probe, r)
	switch {
	case probe.status == http.StatusMethodNotAllowed:
		w.Header().Set("Allow", probe.header.Get("Allow"))
		writeError(w, wire.Errorf(wire.CodeMethodNotAllowed, "%s is not for this path", r.Method))
	case probe.status >= 300 && probe.status < 400:
		mux.ServeHTTP(w, r) // to the path without dots and double slashes
	default:
		writeError(w, wire.Errorf(cc.CodeNotFound, "there is nothing here"))
	}
}

type probe struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) Write(b []byte) (int, error) { return p.body.Write(b) }
func (p *probe) WriteHeader(status int)      { p.status = status }

func (s *Server) rescue(w http.ResponseWriter, r *http.Request) {
	x := recover()
	if x == nil {
		return
	}
	if x == http.ErrAbortHandler { //nolint:errorlint // net/http's own marker
		panic(x) //nolint:forbidigo // a mistake of the program itself
	}
	s.stats.panics.Add(1)
	s.log.LogAttrs(r.Context(), slog.LevelError, "a request failed", slog.String("path", r.URL.Path),
		slog.Any("reason", x), slog.String("stack", string(debug.Stack())))
	writeError(w, wire.Errorf(wire.CodeInternal, "something went wrong here"))
}

// crossOrigin lets pages of the allowed origins use the API with a bearer token; true: it was only the question whether
// they may.
func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	u, err := url.Parse(origin)
	if origin == "" || err != nil {
		return false
	}
	w.Header().Add("Vary", "Origin")
	if !slices.ContainsFunc(s.c.Origins, func(o string) bool { return strings.EqualFold(o, u.Scheme+"://"+u.Host) }) {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Range, Last-Event-ID")
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
