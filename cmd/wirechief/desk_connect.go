package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/wirechief/wirechief/api/apiclient"
)

// How the desk comes back after a lost connection.
const (
	firstPause = 250 * time.Millisecond
	longPause  = 5 * time.Second
	tryFor     = 10 * time.Second // one try
)

// deskLink keeps a desk connected: it signs in, signs in again before its token ends, and resumes after the connection
// was lost, from the last event it has seen.
type deskLink struct {
	cmd    *deskCmd
	tokens apiclient.Tokens
}

// open signs in for the first time; what fails here is for the user.
func (l *deskLink) open(ctx context.Context) (*apiclient.Client, error) {
	var err error
	if l.tokens, err = apiclient.Login(ctx, l.cmd.URL, l.cmd.Login, l.cmd.Password); err != nil {
		return nil, fmt.Errorf("signing in: %w", err)
	}
	client, err := apiclient.Open(ctx, l.cmd.URL, l.tokens.Access)
	if err != nil {
		return nil, fmt.Errorf("opening the desk: %w", err)
	}
	return client, nil
}

// renew exchanges the tokens; a sign-in that has ended begins anew with the password.
func (l *deskLink) renew(ctx context.Context) error {
	t, err := apiclient.Refresh(ctx, l.cmd.URL, l.tokens.Refresh)
	if refused := (*apiclient.Refusal)(nil); errors.As(err, &refused) && refused.Status == http.StatusUnauthorized {
		t, err = apiclient.Login(ctx, l.cmd.URL, l.cmd.Login, l.cmd.Password)
	}
	if err != nil {
		return err
	}
	l.tokens = t
	return nil
}

// again connects until it works, ctx ends, or GiveUp is over. say tells of each try that failed.
func (l *deskLink) again(ctx context.Context, from uint64, say func(string, ...any)) (*apiclient.Client, error) {
	until := time.Now().Add(l.cmd.GiveUp)
	for n := 0; ; n++ {
		wait := pause(n, rand.Float64()) //nolint:gosec // no secret
		if time.Now().Add(wait).After(until) {
			return nil, fmt.Errorf("gave up after %v", l.cmd.GiveUp)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		client, err := l.once(ctx, from)
		if err == nil {
			return client, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if refused := (*apiclient.Refusal)(nil); errors.As(err, &refused) && refused.Status == http.StatusUnauthorized {
			return nil, err // the password is another one now
		}
		say("- not yet: %v", err)
	}
}

func (l *deskLink) once(ctx context.Context, from uint64) (*apiclient.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, tryFor)
	defer cancel()
	if err := l.renew(ctx); err != nil {
		return nil, err
	}
	return apiclient.Reopen(ctx, l.cmd.URL, l.tokens.Access, from)
}

// pause is the wait before the n-th try, n from 0: doubled each time up to longPause, of which a random half is left
// out, so that the desks of an office do not come back in step. r is in [0,1).
func pause(n int, r float64) time.Duration {
	full := min(firstPause<<min(n, 10), longPause)
	return full/2 + time.Duration(r*float64(full/2))
}

// fresh is how long until the access token should be exchanged.
func (l *deskLink) fresh() time.Duration { return max(time.Until(l.tokens.Until)*2/3, time.Second) }
