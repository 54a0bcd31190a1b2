package api_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/api"
	"github.com/wirechief/wirechief/bench/ua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

// site is a world that can be stopped and started again over the same journal.
type site struct {
	*world
	change func(*api.Config)
	center func(contact func(string) string) *cc.Center
	phones *ua.Phones
	served chan error
	up     bool
}

func newSite(t *testing.T, center func(func(string) string) *cc.Center, change func(*api.Config)) *site {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(cancel)
	w := &world{t: t, ctx: ctx, dir: t.TempDir(), rung: make(chan ua.Rung, 64)}
	s := &site{world: w, change: change, center: center}
	var err error
	s.phones, err = ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{OnRing: func(r ua.Rung) { w.rung <- r }})
	require.NoError(t, err)
	t.Cleanup(func() { s.phones.Close() })
	t.Cleanup(s.stop)
	s.start()
	return s
}

func (s *site) start() {
	t, w := s.t, s.world
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	var err error
	w.node, err = actors.Start(actors.Settings{
		NodeID: 1, Journal: persistence.Options{Dir: w.dir + "/journal"},
		SIP: wsip.Config{UDP: []string{"127.0.0.1:0"}, TCP: []string{"127.0.0.1:0"}},
		Media: media.Config{
			Addr: netip.MustParseAddr("127.0.0.1"), PortMin: 34000, PortMax: 34999, RecordDir: w.dir + "/rec",
		},
		Center: func(*cc.Center) (*cc.Center, error) { return s.center(s.phones.Contact), nil }, Logger: log,
	})
	require.NoError(t, err)
	c := api.Config{
		Engine: w.node, TokenKey: []byte("0123456789abcdef0123456789abcdef"), RecordingsDir: w.dir + "/rec", Logger: log,
		MaxFailuresPerMinute: 5,
	}
	if s.change != nil {
		s.change(&c)
	}
	w.api, err = api.New(c)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.served = make(chan error, 1)
	go func(a *api.Server, served chan error) { served <- a.Serve(l) }(w.api, s.served)
	w.base = "http://" + l.Addr().String()
	w.callers, err = ua.NewCallers("127.0.0.1:0", w.node.SIPAddrs()[0].Addr, "t1")
	require.NoError(t, err)
	s.up = true
}

// stop ends API and engine as serve does; a second one does nothing.
func (s *site) stop() {
	if !s.up {
		return
	}
	s.up = false
	http.DefaultClient.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s.callers.Close()
	require.NoError(s.t, s.api.Close(ctx))
	require.NoError(s.t, <-s.served)
	require.NoError(s.t, s.node.Close())
}

// call makes one whole call to a number, answered by whom it rings, and gives its id once it has ended.
func (s *site) call(number, caller string) {
	s.t.Helper()
	c := s.callers.Dial(number, caller)
	s.await(c.Answered())
	c.HangUp()
	s.await(c.Ended())
}
