package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/net/netutil"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/actors/facts"
	"github.com/wirechief/wirechief/api/auth"
	"github.com/wirechief/wirechief/api/desk"
	"github.com/wirechief/wirechief/api/directory"
	"github.com/wirechief/wirechief/api/feed"
	"github.com/wirechief/wirechief/api/hooks"
	"github.com/wirechief/wirechief/api/lookup"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/queues"
)

// Engine is what the API needs of a node; *actors.Node is one.
type Engine interface {
	desk.Engine
	// PutIndex writes one key of the replicated index, durably; nil deletes it.
	PutIndex(ctx context.Context, key string, value []byte) error
	// PutRows writes several at once: all or none.
	PutRows(ctx context.Context, rows ...machine.IndexOp) error
	// ApplyDraining puts a configuration in force, durably; callers of queues that go move to those that drain names.
	ApplyDraining(ctx context.Context, c *cc.Center, drain map[string]string) error
	// CloseQueue, OpenQueue and PushCall are a supervisor's (R97).
	CloseQueue(ctx context.Context, s *cc.QueueShut) error
	OpenQueue(ctx context.Context, queue, by string) error
	PushCall(ctx context.Context, call, agent, by string) error
	// ExplainOffers says why the offers of a call went to their agents, WhyNothing why an agent got no call in a time.
	ExplainOffers(ctx context.Context, call string) ([]actors.OfferExplained, error)
	WhyNothing(ctx context.Context, agent string, fromMs, untilMs int64) ([]queues.Span, bool, error)
	// Ready says that the node takes calls.
	Ready() bool
	// Facts are what figures are made of.
	Facts() *facts.Projection
}

// Source are the counters of one package, published as wirechief_<Prefix>_<name>.
type Source struct {
	Prefix string
	Each   func(func(name string, v float64))
}

// Config of a Server. Zero values mean the defaults named.
type Config struct {
	Engine               Engine
	TokenKey             []byte         // signs access tokens, at least 32 octets
	TokenTTL             time.Duration  // 10 min, at most
	RefreshTTL           time.Duration  // 12 h
	MaxFailuresPerMinute int            // 5
	TrustedProxies       []netip.Prefix // whose X-Forwarded-For is believed
	Origins              []string       // of web pages besides our own, as scheme://host[:port]
	MaxClients           int            // WebSocket clients, 10,000
	MaxConnections       int            // of all kinds, MaxClients and 2,000 more
	RecordingsDir        string         // recordings outside it are not served
	AuditKeep            time.Duration  // 365 days; how long accesses are kept
	ReadCenter           ReadCenter     // nil: no center file is taken
	Sources              []Source

	Suggest   lookup.Suggest            // takes the candidates for a call's customer (R10); nil: the call is told
	Secret    func(name string) string  // value of an environment variable, for webhooks and look-ups; nil: there are none
	HookPause func(n int) time.Duration // before the next try of a webhook, n failures in a row; nil: hooks.Backoff

	Logger *slog.Logger
	Now    func() time.Time
}

// Limits of a request.
const (
	maxBody       = 64 << 10
	maxCenter     = 8 << 20         // of a center file
	centerWithin  = 5 * time.Minute // each new password in it takes 20 ms
	maxHeader     = 32 << 10
	headerWithin  = 5 * time.Second
	bodyWithin    = 10 * time.Second
	answerWithin  = 30 * time.Second
	idleWithin    = 60 * time.Second
	audioWithin   = 10 * time.Minute
	commandWithin = 10 * time.Second
	sweepEvery    = 10 * time.Minute
)

// Server is the API of one node.
type Server struct {
	c       Config
	log     *slog.Logger
	auth    *auth.Service
	hub     *desk.Hub
	feed    *feed.Log
	gate    feed.Gate
	hooks   *hooks.Hooks
	dir     *directory.Directory
	lookup  *lookup.Lookup
	acts    desk.Actions
	mux     *http.ServeMux
	openapi []byte
	http    *http.Server
	stats   stats
	auditor *auditor

	applying sync.Mutex // one center file at a time

	stop    context.CancelFunc
	workers sync.WaitGroup
}

// New makes a server that follows the engine; Serve takes connections, Close ends it before the engine is closed.
func New(c Config) (*Server, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Suggest == nil {
		c.Suggest = suggestTo(c.Engine)
	}
	if c.Secret == nil {
		c.Secret = func(string) string { return "" }
	}
	if c.MaxClients <= 0 {
		c.MaxClients = 10_000
	}
	if c.MaxConnections <= 0 {
		c.MaxConnections = c.MaxClients + 2_000
	}
	s := &Server{
		c: c, log: c.Logger, acts: desk.Actions{Engine: c.Engine}, auditor: newAuditor(c.Engine, c.AuditKeep),
		feed: feed.NewLog(c.Engine, c.Logger), dir: directory.New(c.Engine),
		gate: feed.Gate{Max: maxEventReaders, Each: maxReadersEach},
	}
	var err error
	s.auth, err = auth.New(auth.Options{
		Key: c.TokenKey, Store: store{c.Engine}, Directory: c.Engine.Directory, TokenTTL: c.TokenTTL,
		RefreshTTL: c.RefreshTTL, MaxFailuresPerMinute: c.MaxFailuresPerMinute, Now: c.Now, Logger: c.Logger,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the API: %w", err)
	}
	s.routes()
	s.hub = desk.New(desk.Options{
		Engine: c.Engine, Auth: s.auth, Origins: c.Origins, MaxClients: c.MaxClients, Logger: c.Logger, Now: c.Now,
	})
	s.mux.Handle("GET /v1/ws", s.hub)
	s.hooks = hooks.New(hooks.Options{
		Log: s.feed, Store: places{store{c.Engine}}, Directory: c.Engine.Directory, NowMs: c.Engine.Journal().NowMs,
		Secret: c.Secret, Pause: c.HookPause, Logger: c.Logger,
	})
	s.lookup = lookup.New(lookup.Options{
		Log: s.feed, Directory: c.Engine.Directory, Customers: s.dir, Secret: c.Secret, NowMs: c.Engine.Journal().NowMs,
		Suggest: c.Suggest, Logger: c.Logger,
	})
	s.http = &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerWithin, ReadTimeout: bodyWithin, WriteTimeout: answerWithin,
		IdleTimeout: idleWithin, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug),
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.workers.Go(func() { s.sweep(ctx) })
	s.workers.Go(func() {
		s.dir.Run(ctx, func(err error) { s.log.Error("an import of the directory is not carried out yet", "err", err) })
	})
	return s, nil
}

// routes registers everything but the WebSocket.
func (s *Server) routes() {
	s.mux = http.NewServeMux()
	api := humago.New(s.mux, humaConfig())
	api.UseMiddleware(s.authenticate(api))
	s.authOps(api)
	s.callOps(api)
	s.bubbleOps(api)
	s.agentOps(api)
	s.centerOps(api)
	s.superviseOps(api)
	s.explainOps(api)
	s.applyOps(api)
	s.recordingOps(api)
	s.figureOps(api)
	s.scorecardOps(api)
	s.callbackOps(api)
	s.eventOps(api)
	s.webhookOps(api)
	s.directoryOps(api)
	s.openapi = openAPI(api)
	s.plainRoutes()
}

func humaConfig() huma.Config {
	useErrors()
	c := huma.DefaultConfig("Wirechief", "1")
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema fields in answers
	c.RejectUnknownQueryParameters = true
	c.Info.Description = "HTTP API of a Wirechief node. The live view is the WebSocket /v1/ws, see asyncapi.yaml."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT"},
	}
	return c
}

// Handler is the whole API as one handler.
func (s *Server) Handler() http.Handler { return s.guard(s.mux) }

// Serve takes connections until Close; its error is nil then.
func (s *Server) Serve(l net.Listener) error {
	err := s.http.Serve(netutil.LimitListener(l, s.c.MaxConnections))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close takes no more connections, ends the clients' sessions, waits for requests under way until ctx is done.
func (s *Server) Close(ctx context.Context) error {
	s.hub.Close()
	s.hooks.Close()
	s.lookup.Close()
	s.feed.Close()
	s.stop()
	s.workers.Wait()
	err := s.http.Shutdown(ctx)
	return errors.Join(err, s.http.Close())
}

// Each gives every counter by name.
func (s *Server) Each(f func(name string, v float64)) {
	s.stats.each(f)
	s.auditor.each(f)
	s.auth.Stats.Each(f)
	s.hub.Stats.Each(f)
	s.feed.Stats.Each(f)
	s.hooks.Each(f)
	s.dir.Stats.Each(f)
	s.lookup.Stats.Each(f)
}

// sweep deletes expired sign-ins and old audit rows, at the start and now and then.
func (s *Server) sweep(ctx context.Context) {
	clock := time.NewTicker(sweepEvery)
	defer clock.Stop()
	for {
		s.sweepAudit(ctx)
		select {
		case <-clock.C:
			if err := s.auth.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("deleting expired sign-ins", "err", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

func (s *Server) sweepAudit(ctx context.Context) {
	early, err := s.auditor.sweep(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.Warn("deleting old audit rows", "err", err)
	}
	if early > 0 {
		s.log.Warn("audit rows deleted before their time: there were too many", "rows", early, "bound", maxAudit)
	}
}
