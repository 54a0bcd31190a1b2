package lookup

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/wirechief/wirechief/api/directory"
	"github.com/wirechief/wirechief/api/feed"
	"github.com/wirechief/wirechief/api/hooks"
	cc "github.com/wirechief/wirechief/callcenter"
)

// Ref is a candidate: a customer, and the location when it is known.
type Ref struct {
	Customer string `json:"customer"`
	Name     string `json:"name,omitempty"`
	Location string `json:"location,omitempty"`
}

// Sources of candidates.
const (
	FromDirectory = "directory"
	FromWebhook   = "webhook"
)

// Suggest hands the candidates of a call's caller on; it is called for at least one candidate. The error is for the log.
type Suggest func(ctx context.Context, call, source string, refs []Ref) error

// Options of a Lookup.
type Options struct {
	Log       *feed.Log
	Directory func() *cc.Directory
	Customers *directory.Directory
	Secret    func(name string) string // the value of an environment variable
	NowMs     func() int64             // cluster time
	Suggest   Suggest
	Logger    *slog.Logger
}

// Defaults of a configuration that says nothing, and bounds.
const (
	defaultDeadline   = 300 * time.Millisecond
	defaultConcurrent = 32
	maxCandidates     = 10
	maxField          = 256 // octets of what an answer says
	suggestWithin     = 5 * time.Second
	againAfter        = time.Second // when the feed cannot be read
)

// Lookup looks up the callers of arriving calls.
type Lookup struct {
	o      Options
	client *http.Client
	cache  cache
	Stats  Stats

	cancel  context.CancelFunc
	workers sync.WaitGroup
	asking  int // guarded by mu
	mu      sync.Mutex
}

// New starts it.
func New(o Options) *Lookup {
	l := &Lookup{o: o, client: hooks.NewClient(), cache: newCache()}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	l.workers.Go(func() { l.run(ctx) })
	return l
}

// Close ends every look-up and waits for it.
func (l *Lookup) Close() {
	l.cancel()
	l.workers.Wait()
	l.client.CloseIdleConnections()
}

// run hears of arrivals from now on: who called before this start is known to the desk already, or gone.
func (l *Lookup) run(ctx context.Context) {
	for ctx.Err() == nil {
		if l.o.Directory().Center.GetLookup() == nil { // nobody wants it: the feed is not read for that
			select {
			case <-time.After(againAfter):
			case <-ctx.Done():
			}
			continue
		}
		r := l.o.Log.FromNow()
		err := l.follow(ctx, r)
		r.Close()
		if ctx.Err() != nil || errors.Is(err, feed.ErrClosed) {
			return
		}
		l.o.Logger.Warn("callers are not looked up for a moment", "err", err)
		select {
		case <-time.After(againAfter):
		case <-ctx.Done():
		}
	}
}

func (l *Lookup) follow(ctx context.Context, r *feed.Reader) error {
	for {
		items, err := r.Next(ctx)
		if err != nil {
			return err
		}
		for _, it := range items {
			if a, ok := it.Event.(*feed.CallArrived); ok && a.Caller != "" && a.Tenant != "" && !a.Blocked {
				l.arrived(ctx, a, it.AtMs)
			}
		}
	}
}

// arrived begins a look-up, or leaves it out where too many are under way: a caller waits for nobody.
func (l *Lookup) arrived(ctx context.Context, a *feed.CallArrived, atMs int64) {
	c := l.o.Directory().Center.GetLookup()
	limit := int(c.GetMaxConcurrent())
	if limit <= 0 {
		limit = defaultConcurrent
	}
	l.mu.Lock()
	full := l.asking >= limit
	if !full {
		l.asking++
	}
	l.mu.Unlock()
	if full {
		l.Stats.Skipped.Add(1)
		return
	}
	l.workers.Go(func() {
		defer func() {
			l.mu.Lock()
			l.asking--
			l.mu.Unlock()
		}()
		l.find(ctx, c, a, atMs)
	})
}

// find asks the directory, else the CRM, and hands on what they know.
func (l *Lookup) find(ctx context.Context, c *cc.CustomerLookup, a *feed.CallArrived, atMs int64) {
	deadline := time.Duration(c.GetDeadlineMs()) * time.Millisecond
	if deadline <= 0 {
		deadline = defaultDeadline
	}
	left := deadline - time.Duration(l.o.NowMs()-atMs)*time.Millisecond
	within, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	source, refs, err := l.candidates(within, c, a)
	switch {
	case ctx.Err() != nil:
		return
	case within.Err() != nil:
		l.Stats.Late.Add(1)
		return
	case err != nil:
		l.Stats.Failed.Add(1)
		l.o.Logger.Info("a caller could not be looked up", "call", a.Call, "tenant", a.Tenant, "err", err)
		return
	}
	switch len(refs) {
	case 0:
		l.Stats.None.Add(1)
		return
	case 1:
		l.Stats.Found.Add(1)
	default:
		l.Stats.Ambiguous.Add(1)
	}
	told, stop := context.WithTimeout(ctx, suggestWithin)
	defer stop()
	if err := l.o.Suggest(told, a.Call, source, refs); err != nil && ctx.Err() == nil {
		l.Stats.Untold.Add(1)
		l.o.Logger.Info("a suggestion was not taken", "call", a.Call, "err", err)
	}
}

func (l *Lookup) candidates(ctx context.Context, c *cc.CustomerLookup, a *feed.CallArrived) (string, []Ref, error) {
	if !c.GetNoDirectory() {
		found, err := l.o.Customers.ByNumber(a.Tenant, a.Caller)
		if err != nil {
			return FromDirectory, nil, err
		}
		if refs := fromDirectory(found); len(refs) > 0 {
			return FromDirectory, refs, nil
		}
	}
	if c.GetUrl() == "" {
		return FromDirectory, nil, ctx.Err()
	}
	ttl := time.Duration(c.CacheMs) * time.Millisecond
	key := question{c.Url, a.Tenant, a.Caller}
	if refs, ok := l.cache.get(key, time.Now()); ok && ttl > 0 {
		l.Stats.Cached.Add(1)
		return FromWebhook, refs, nil
	}
	refs, err := l.ask(ctx, c, a)
	if err == nil && ttl > 0 {
		l.cache.put(key, refs, time.Now().Add(ttl))
	}
	return FromWebhook, refs, err
}

// fromDirectory: the location is known where there is only one.
func fromDirectory(found []*directory.Customer) []Ref {
	var refs []Ref
	for _, c := range found {
		r := Ref{Customer: c.ID, Name: c.Name}
		if len(c.Locations) == 1 {
			r.Location = c.Locations[0].ID
		}
		refs = append(refs, r)
	}
	return refs
}

// Question is what the CRM is asked.
type Question struct {
	Call       string `json:"call"`
	Channel    string `json:"channel"`
	Tenant     string `json:"tenant"`
	Number     string `json:"number,omitempty"`
	Campaign   string `json:"campaign,omitempty"`
	Caller     string `json:"caller"`
	CallerName string `json:"caller_name,omitempty"`
}

func (l *Lookup) ask(ctx context.Context, c *cc.CustomerLookup, a *feed.CallArrived) ([]Ref, error) {
	secrets, err := hooks.Secrets(l.o.Secret(c.SecretEnv))
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(&Question{
		Call: a.Call, Channel: a.Channel, Tenant: a.Tenant, Number: a.Number, Campaign: a.Campaign, Caller: a.Caller,
		CallerName: a.CallerName,
	})
	if err != nil {
		return nil, err
	}
	answer, err := hooks.Post(ctx, l.client, c.Url, secrets, nil, body)
	if err != nil {
		return nil, err
	}
	return parseAnswer(answer)
}

// errAnswer is returned for an answer that is not {"candidates":[{"customer","name","location"}]}.
var errAnswer = errors.New("the answer is not one of candidates")

// parseAnswer reads the CRM's answer; an empty one knows nobody.
func parseAnswer(answer []byte) ([]Ref, error) {
	if len(answer) == 0 {
		return nil, nil
	}
	var out struct {
		Candidates []Ref `json:"candidates"`
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, errAnswer
	}
	var refs []Ref
	seen := make(map[string]bool)
	for _, r := range out.Candidates {
		if r.Customer == "" || len(r.Customer) > maxField || len(r.Name) > maxField || len(r.Location) > maxField {
			return nil, errAnswer
		}
		if !seen[r.Customer] && len(refs) < maxCandidates {
			refs = append(refs, r)
		}
		seen[r.Customer] = true
	}
	return refs, nil
}
