package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
)

func newUpgrader(origins []string) websocket.Upgrader {
	return websocket.Upgrader{
		ReadBufferSize: 1024, WriteBufferSize: 4096, WriteBufferPool: &sync.Pool{}, HandshakeTimeout: authWithin,
		CheckOrigin: func(r *http.Request) bool { return OriginAllowed(r, origins) },
	}
}

// OriginAllowed says whether a request is from our own pages or an allowed origin. Programs send no Origin; a browser
// always does.
func OriginAllowed(r *http.Request, origins []string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return strings.EqualFold(u.Host, r.Host) || slices.ContainsFunc(origins, func(o string) bool {
		return strings.EqualFold(o, u.Scheme+"://"+u.Host)
	})
}

// ServeHTTP takes a WebSocket in. It returns at once: the session has its own goroutine, so that net/http's buffers are
// given back.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.Stats.Clients.Add(1) > int64(h.o.MaxClients) || h.closing.Load() {
		h.Stats.Clients.Add(-1)
		h.Stats.Refused.Add(1)
		w.Header().Set("Retry-After", "5")
		http.Error(w, "too many clients", http.StatusServiceUnavailable)
		return
	}
	conn, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil { // answered
		h.Stats.Clients.Add(-1)
		h.Stats.Refused.Add(1)
		return
	}
	s := newSession(h, conn, r.RemoteAddr)
	if !h.admit(s) {
		h.Stats.Clients.Add(-1)
		_ = conn.Close()
		return
	}
	h.Stats.Opened.Add(1)
	go s.run()
}
