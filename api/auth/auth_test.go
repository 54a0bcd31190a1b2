package auth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config/secret"
)

// memory is a Store that lasts as long as the test.
type memory struct {
	mu   sync.Mutex
	m    map[string][]byte
	puts int   // calls of Put
	fail error // what Put answers instead of writing
}

func (s *memory) Get(key string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.m[key]
	return v, ok
}

func (s *memory) Put(_ context.Context, rows ...Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.puts++
	if s.fail != nil {
		return s.fail
	}
	for _, r := range rows {
		if r.Value == nil {
			delete(s.m, r.Key)
		} else {
			s.m[r.Key] = r.Value
		}
	}
	return nil
}

func (s *memory) Scan(prefix string, fn func(string, []byte) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, v := range s.m {
		if strings.HasPrefix(k, prefix) && !fn(k, v) {
			return
		}
	}
}

var hash = sync.OnceValue(func() string {
	h, err := secret.Hash("correct horse")
	if err != nil {
		panic(err)
	}
	return h
})

type rig struct {
	*Service
	store *memory
	now   time.Time
	dir   *cc.Directory
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{store: &memory{m: map[string][]byte{}}, now: time.UnixMilli(1_800_000_000_000)}
	r.agents(&cc.Agent{Id: "a1", Login: "alice", Role: "csr", Tenants: []string{"north"}, PasswordHash: hash()})
	s, err := New(Options{
		Key: []byte(strings.Repeat("k", 32)), Store: r.store, Directory: func() *cc.Directory { return r.dir },
		Now: func() time.Time { return r.now },
	})
	require.NoError(t, err)
	r.Service = s
	return r
}

func (r *rig) agents(a ...*cc.Agent) { r.dir = cc.NewDirectory(&cc.Center{Agents: a}) }

func (r *rig) signIn(t *testing.T) *Tokens {
	t.Helper()
	tokens, err := r.Login(t.Context(), "alice", "correct horse", "192.0.2.1:5000")
	require.NoError(t, err)
	return tokens
}

func TestSignIn(t *testing.T) {
	r := newRig(t)
	tokens := r.signIn(t)
	p, err := r.Authenticate(tokens.Access)
	require.NoError(t, err)
	require.Equal(t, "a1", p.Agent)
	require.Equal(t, "csr", p.Role)
	require.True(t, p.Granted("north"))
	require.False(t, p.Granted("south"))
	require.False(t, p.Granted(""))
	for key := range r.store.m {
		require.NotContains(t, key, tokens.Refresh, "the token itself is nowhere")
	}
	for _, v := range r.store.m {
		require.NotContains(t, string(v), tokens.Refresh)
	}
}

// Nobody learns which logins there are: the same answer, after the same work.
func TestUnknownLoginIsAsAWrongPassword(t *testing.T) {
	r := newRig(t)
	r.agents(&cc.Agent{Id: "a1", Login: "alice", PasswordHash: hash()}, &cc.Agent{Id: "a2", Login: "phone"})
	for _, login := range []string{"alice", "nobody", "phone", ""} {
		_, err := r.Login(t.Context(), login, "wrong horse", "192.0.2.1:5000")
		require.Equal(t, ErrCredentials, err, login)
	}
	_, err := r.Login(t.Context(), "alice", strings.Repeat("x", 10_000), "192.0.2.1:5000")
	require.Equal(t, ErrCredentials, err)
}

func TestAccessTokenExpires(t *testing.T) {
	r := newRig(t)
	tokens := r.signIn(t)
	r.now = r.now.Add(MaxTokenTTL - time.Second)
	_, err := r.Authenticate(tokens.Access)
	require.NoError(t, err)
	r.now = r.now.Add(2 * time.Second)
	_, err = r.Authenticate(tokens.Access)
	require.ErrorIs(t, err, ErrToken)
}

func TestForgedTokens(t *testing.T) {
	r := newRig(t)
	good := r.signIn(t).Access
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	sign := func(key, head, body string) string {
		m := hmac.New(sha256.New, []byte(key))
		m.Write([]byte(head + "." + body))
		return head + "." + body + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil))
	}
	change := func(name string, value any) string {
		raw, err := base64.RawURLEncoding.DecodeString(parts[1])
		require.NoError(t, err)
		fields := map[string]any{}
		require.NoError(t, json.Unmarshal(raw, &fields))
		fields[name] = value
		raw, err = json.Marshal(fields)
		require.NoError(t, err)
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	key := strings.Repeat("k", 32)
	require.Equal(t, good, sign(key, parts[0], parts[1]))
	for name, token := range map[string]string{
		"empty": "", "rubbish": "a.b.c", "no signature": parts[0] + "." + parts[1] + ".", "none": none + "." + parts[1] + ".",
		"another key": sign("other", parts[0], parts[1]), "another agent, old signature": parts[0] + "." + change("sub", "a2") + "." + parts[2],
		"another audience": sign(key, parts[0], change("aud", "x")), "another issuer": sign(key, parts[0], change("iss", "x")),
		"no expiry": sign(key, parts[0], change("exp", nil)), "another family": sign(key, parts[0], change("sid", "x")),
		"another mark": sign(key, parts[0], change("mark", "x")), "another agent": sign(key, parts[0], change("sub", "a2")),
	} {
		_, err := r.Authenticate(token)
		require.ErrorIs(t, err, ErrToken, name)
	}
}

func TestRefreshRotates(t *testing.T) {
	r := newRig(t)
	first := r.signIn(t)
	second, err := r.Refresh(t.Context(), first.Refresh, "")
	require.NoError(t, err)
	require.NotEqual(t, first.Refresh, second.Refresh)
	_, err = r.Authenticate(first.Access)
	require.NoError(t, err, "the access token lives to its end")
	third, err := r.Refresh(t.Context(), second.Refresh, "")
	require.NoError(t, err)

	// The second one again, later: a thief. The whole sign-in ends, other sign-ins of the agent go on.
	other := r.signIn(t)
	r.now = r.now.Add(refreshGrace)
	_, err = r.Refresh(t.Context(), second.Refresh, "")
	require.ErrorIs(t, err, ErrToken)
	_, err = r.Refresh(t.Context(), third.Refresh, "")
	require.ErrorIs(t, err, ErrToken)
	_, err = r.Authenticate(third.Access)
	require.ErrorIs(t, err, ErrToken)
	_, err = r.Authenticate(other.Access)
	require.NoError(t, err)
	require.Equal(t, uint64(1), r.Stats.Reused.Load())
}

// Whoever shows a token at the same time gets the same successor: it is exchanged once.
func TestRefreshOnlyOnceAtATime(t *testing.T) {
	r := newRig(t)
	tokens := r.signIn(t)
	var wg sync.WaitGroup
	got := make([]string, 8)
	for i := range got {
		wg.Go(func() {
			next, err := r.Refresh(context.Background(), tokens.Refresh, "")
			if err == nil {
				got[i] = next.Refresh
			}
		})
	}
	wg.Wait()
	for _, next := range got {
		require.NotEmpty(t, next)
		require.Equal(t, got[0], next)
	}
	require.Equal(t, uint64(1), r.Stats.Refreshes.Load())
	require.Equal(t, uint64(7), r.Stats.Repeated.Load())
}

// An exchange is one append. One that was not taken leaves the token as it was; one whose answer was lost is repeated
// within the grace and gives the same successor, until that has been used.
func TestRefreshWhoseAnswerIsLost(t *testing.T) {
	r := newRig(t)
	first := r.signIn(t)
	before := r.store.puts
	r.store.fail = context.DeadlineExceeded
	_, err := r.Refresh(t.Context(), first.Refresh, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	r.store.fail = nil
	_, err = r.Refresh(t.Context(), first.Refresh, "") // taken, but nobody hears of it
	require.NoError(t, err)
	require.Equal(t, before+2, r.store.puts)
	r.now = r.now.Add(refreshGrace - time.Second)
	second, err := r.Refresh(t.Context(), first.Refresh, "")
	require.NoError(t, err)
	_, err = r.Authenticate(second.Access)
	require.NoError(t, err)
	third, err := r.Refresh(t.Context(), second.Refresh, "")
	require.NoError(t, err)

	_, err = r.Refresh(t.Context(), first.Refresh, "") // within the grace, but its successor has been used
	require.ErrorIs(t, err, ErrToken)
	_, err = r.Authenticate(third.Access)
	require.ErrorIs(t, err, ErrToken, "the sign-in has ended")
	require.Equal(t, uint64(1), r.Stats.Reused.Load())
}

func TestRefreshExpires(t *testing.T) {
	r := newRig(t)
	tokens := r.signIn(t)
	r.now = r.now.Add(12*time.Hour + time.Second)
	_, err := r.Refresh(t.Context(), tokens.Refresh, "")
	require.ErrorIs(t, err, ErrToken)
	require.Len(t, r.store.m, 2)
	require.NoError(t, r.Sweep(t.Context()))
	require.Empty(t, r.store.m)
}

func TestLogoutEndsAllTokens(t *testing.T) {
	r := newRig(t)
	tokens := r.signIn(t)
	require.NoError(t, r.Logout(t.Context(), tokens.Who, ""))
	_, err := r.Authenticate(tokens.Access)
	require.ErrorIs(t, err, ErrToken)
	_, err = r.Refresh(t.Context(), tokens.Refresh, "")
	require.ErrorIs(t, err, ErrToken)
}

// A changed password or role, or a removed agent, ends the sign-in; a changed grant is in force at once.
func TestChangesOfThePerson(t *testing.T) {
	for name, a := range map[string]*cc.Agent{
		"role":     {Id: "a1", Login: "alice", Role: "admin", Tenants: []string{"north"}, PasswordHash: hash()},
		"password": {Id: "a1", Login: "alice", Role: "csr", Tenants: []string{"north"}, PasswordHash: "another"},
		"removed":  {Id: "a9", Login: "zoe"},
	} {
		r := newRig(t)
		tokens := r.signIn(t)
		r.agents(a)
		_, err := r.Authenticate(tokens.Access)
		require.ErrorIs(t, err, ErrToken, name)
		_, err = r.Refresh(t.Context(), tokens.Refresh, "")
		require.ErrorIs(t, err, ErrToken, name)
		_, err = r.Renew(tokens.Who)
		require.ErrorIs(t, err, ErrToken, name)
	}
	r := newRig(t)
	tokens := r.signIn(t)
	r.agents(&cc.Agent{Id: "a1", Login: "alice", Role: "csr", Tenants: []string{"south"}, PasswordHash: hash()})
	p, err := r.Authenticate(tokens.Access)
	require.NoError(t, err)
	require.Equal(t, []string{"south"}, p.Tenants)
}

func TestFailuresAreLimited(t *testing.T) {
	r := newRig(t)
	try := func(login, pw, from string) error {
		_, err := r.Login(t.Context(), login, pw, from)
		return err
	}
	var many *TooManyError
	for range 5 {
		require.Equal(t, ErrCredentials, try("alice", "wrong horse", "192.0.2.1:5000"))
	}
	require.ErrorAs(t, try("alice", "correct horse", "192.0.2.1:5001"), &many, "even with the right password")
	require.ErrorAs(t, try("alice", "correct horse", "198.51.100.7:9"), &many, "from anywhere")
	require.Equal(t, ErrCredentials, try("bob", "wrong horse", "192.0.2.1:5000"), "another login may try")
	first := many.Wait
	r.now = r.now.Add(first)
	require.Equal(t, ErrCredentials, try("alice", "wrong horse", "192.0.2.1:5000"))
	require.ErrorAs(t, try("alice", "correct horse", "192.0.2.1:5000"), &many)
	require.Equal(t, 2*first, many.Wait, "twice as long each time")
	r.now = r.now.Add(many.Wait)
	require.NoError(t, try("alice", "correct horse", "192.0.2.1:5000"))
	require.Equal(t, ErrCredentials, try("alice", "wrong horse", "192.0.2.1:5000"), "success starts anew")
}

func TestLimiterIsBoundedAndSourcesAreNetworks(t *testing.T) {
	l := newLimiter(5)
	now := time.UnixMilli(1_800_000_000_000)
	for range 19 {
		require.Zero(t, l.take(opaque(), "s", now))
	}
	require.Zero(t, l.take("x", "s", now))
	require.Equal(t, firstWait, l.take("y", "s", now), "a source is limited too")
	for range 3 * maxEntries {
		l.take(opaque(), opaque(), now)
	}
	require.LessOrEqual(t, len(l.new)+len(l.old), 2*maxEntries+2)
	require.Equal(t, "192.0.2.1", source("192.0.2.1:77"))
	require.Equal(t, source("[2001:db8::1]:5"), source("[2001:db8::ffff]:6"))
	require.NotEqual(t, source("[2001:db8::1]:5"), source("[2001:db8:0:1::1]:5"))
}

func TestRoles(t *testing.T) {
	require.Equal(t, []string{"admin", "auditor", "csr", "integrator", "supervisor"}, RoleNames())
	can := func(role string, p Permission) bool { return (&Principal{Role: role}).Can(p) }
	require.False(t, can("", Desk))
	require.False(t, can("owner", CallsRead))
	for _, role := range RoleNames() {
		require.True(t, can(role, CallsRead), role)
	}
	require.False(t, can("auditor", CallsControl))
	require.False(t, can("auditor", Desk))
	require.False(t, can("csr", RecordingsListen))
	require.False(t, can("csr", Supervise))
	require.False(t, can("integrator", CallsControl))
	require.False(t, can("supervisor", ActFor))
}

func TestShortKeyIsRefused(t *testing.T) {
	_, err := New(Options{Key: []byte("short")})
	require.Error(t, err)
}
