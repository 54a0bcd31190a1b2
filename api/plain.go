package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wirechief/wirechief/api/wire"
	cc "github.com/wirechief/wirechief/callcenter"
)

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Wirechief</title></head>
<body><h1>Wirechief</h1><p>This node runs. There is no console here yet.</p><ul>
<li>API: <code>/v1</code>, described in <a href="/openapi.json">openapi.json</a></li>
<li>Live view: WebSocket <code>/v1/ws</code>, described in <a href="/asyncapi.yaml">asyncapi.yaml</a></li>
<li>Health: <a href="/healthz">healthz</a>, <a href="/readyz">readyz</a>; <a href="/metrics">metrics</a></li>
</ul></body></html>
`

// plainRoutes are what needs no sign-in.
func (s *Server) plainRoutes() {
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		_, _ = fmt.Fprint(w, page)
	})
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		text(w, "text/plain", []byte("ok\n"))
	})
	s.mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !s.c.Engine.Ready() {
			writeError(w, wire.Errorf(cc.CodeUnavailable, "the node takes no calls now"))
			return
		}
		text(w, "text/plain", []byte("ready\n"))
	})
	s.mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		text(w, "application/json", s.openapi)
	})
	async := AsyncAPI()
	s.mux.HandleFunc("GET /asyncapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		text(w, "application/yaml", async)
	})
	s.mux.Handle("GET /metrics", promhttp.HandlerFor(s.registry(), promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4,
	}))
}

func text(w http.ResponseWriter, kind string, b []byte) {
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(b)
}

// OpenAPI is the published description of the HTTP API.
func OpenAPI() []byte {
	s := &Server{}
	s.routes()
	return s.openapi
}

func openAPI(api huma.API) []byte {
	b, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
	if err != nil {
		panic("api: its own description cannot be encoded: " + err.Error()) //nolint:forbidigo // a mistake of the program itself
	}
	return append(b, '\n')
}
