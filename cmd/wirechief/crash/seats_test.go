package crash

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wirechief/wirechief/api/apiclient"
)

// answersWithin bounds a command over the WebSocket; the engine may be killed meanwhile.
const answersWithin = 20 * time.Second

// seats are the WebSocket clients of the agents that have one.
type seats struct {
	base string

	mu     sync.Mutex
	tokens map[string]string            // guarded by mu
	at     map[string]*apiclient.Client // guarded by mu
	gaps   []string                     // guarded by mu
}

func newSeats(base string) *seats {
	return &seats{base: base, tokens: make(map[string]string), at: make(map[string]*apiclient.Client)}
}

// sit connects an agent's client; a former one is gone with its engine.
func (s *seats) sit(agent string) error {
	s.leave(agent)
	ctx, cancel := context.WithTimeout(context.Background(), answersWithin)
	defer cancel()
	for range 2 {
		s.mu.Lock()
		token := s.tokens[agent]
		s.mu.Unlock()
		if token == "" {
			t, err := apiclient.Login(ctx, s.base, agent, password)
			if err != nil {
				return lostUnlessRefused(err)
			}
			token = t.Access
		}
		c, err := apiclient.Open(ctx, s.base, token)
		s.mu.Lock()
		s.tokens[agent] = token
		if err == nil {
			s.at[agent] = c
		} else if strings.HasPrefix(err.Error(), "auth:") {
			delete(s.tokens, agent) // expired: sign in again
			s.mu.Unlock()
			continue
		}
		s.mu.Unlock()
		if err != nil {
			return errLost
		}
		return nil
	}
	return errors.New("refused: cannot sit down")
}

func lostUnlessRefused(err error) error {
	if refused := new(apiclient.Refusal); errors.As(err, &refused) {
		return fmt.Errorf("refused: %w", err)
	}
	return errLost
}

// leave closes an agent's client, and looks whether its events were without a gap.
func (s *seats) leave(agent string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.at[agent]
	if c == nil {
		return
	}
	delete(s.at, agent)
	if err := c.Err(); err != nil && strings.HasPrefix(err.Error(), "gap:") {
		s.gaps = append(s.gaps, agent+" "+err.Error())
	}
	c.Close()
}

// takeOver clicks on a bubble as the agent's client shows it.
func (s *seats) takeOver(api *client, x command) error {
	s.mu.Lock()
	c := s.at[x.agent]
	s.mu.Unlock()
	if c == nil {
		return errors.New("refused: no client")
	}
	var seen struct {
		Epoch uint64 `json:"owner_epoch"`
	}
	if err := api.call(http.MethodGet, "/v1/calls/"+x.call, nil, &seen); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), answersWithin)
	defer cancel()
	f, err := c.Do(ctx, "bubble.takeover", map[string]any{"call": x.call, "epoch": seen.Epoch})
	switch {
	case err != nil:
		return errLost
	case f.Type != "ok":
		return fmt.Errorf("refused: %s %s", f.Code, f.Message)
	}
	return nil
}

// close closes all clients and lists the gaps that were seen.
func (s *seats) close() []string {
	s.mu.Lock()
	agents := make([]string, 0, len(s.at))
	for a := range s.at {
		agents = append(agents, a)
	}
	s.mu.Unlock()
	for _, a := range agents {
		s.leave(a)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gaps
}
