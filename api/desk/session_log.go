package desk

import (
	"errors"
	"net"

	"github.com/gorilla/websocket"
)

// logEnd says why a client that had signed in is gone.
func (s *session) logEnd(err error) {
	p := s.who.Load()
	if p == nil {
		return
	}
	s.mu.Lock()
	reason := s.ended
	s.mu.Unlock()
	var closed *websocket.CloseError
	var slow net.Error
	switch {
	case reason != "":
	case errors.As(err, &closed):
		reason = "closed by the client"
	case errors.As(err, &slow) && slow.Timeout():
		reason = "no sign of life"
	case errors.Is(err, websocket.ErrReadLimit):
		reason = "frame too large"
	default:
		reason = "connection lost"
	}
	s.h.log.Info("desk disconnected", "agent", p.Agent, "client", s.client(), "session", s.id, "reason", reason)
}

// client is the address the connection comes from, agent whose it is, "" before the sign-in.
func (s *session) client() string { return s.from }

func (s *session) agent() string {
	if p := s.who.Load(); p != nil {
		return p.Agent
	}
	return ""
}
