package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"time"

	"github.com/wirechief/wirechief/actors"
	"github.com/wirechief/wirechief/api"
	"github.com/wirechief/wirechief/config"
	"github.com/wirechief/wirechief/config/secret"
)

const (
	tokenKeyBytes = 32
	webTimeout    = 5 * time.Second // to let requests end when closing
)

// web is the HTTP side: API, WebSocket, health, metrics.
type web struct {
	server *api.Server
	addr   netip.AddrPort
	failed chan error
}

// startWeb listens and serves until Close.
func startWeb(n *actors.Node, c config.Node, environ []string, log *slog.Logger) (*web, error) {
	keyFile := c.Auth.TokenKeyFile
	if keyFile == "" {
		keyFile = filepath.Join(c.DataDir, "token.key")
	}
	key, err := secret.ReadOrMakeKey(keyFile, tokenKeyBytes)
	if err != nil {
		return nil, fmt.Errorf("reading the token key: %w", err)
	}
	conf := api.Config{
		Engine: n, TokenKey: key, TokenTTL: ms(c.Auth.TokenMs), RefreshTTL: ms(c.Auth.RefreshMs),
		MaxFailuresPerMinute: c.Auth.MaxFailuresPerMinute, Origins: c.HTTP.Origins, MaxClients: c.HTTP.MaxClients,
		RecordingsDir: c.RecordingsDir, ReadCenter: readCenter, Logger: log,
		TrustedProxies: c.HTTP.Proxies(), AuditKeep: time.Duration(c.HTTP.AuditDays) * 24 * time.Hour,
		Secret: func(name string) string { return lookup(environ, name) },
	}
	for _, s := range n.Sources() {
		conf.Sources = append(conf.Sources, api.Source{Prefix: s.Part, Each: s.Each})
	}
	server, err := api.New(conf)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", c.HTTP.Listen) //nolint:noctx // ends at once, or with what is opened
	if err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), webTimeout)
		defer cancel()
		_ = server.Close(ctx)
		return nil, fmt.Errorf("listening for HTTP: %w", err)
	}
	w := &web{server: server, addr: l.Addr().(*net.TCPAddr).AddrPort(), failed: make(chan error, 1)}
	go func() { w.failed <- server.Serve(l) }()
	return w, nil
}

// Addr is where it listens.
func (w *web) Addr() netip.AddrPort { return netip.AddrPortFrom(w.addr.Addr().Unmap(), w.addr.Port()) }

// Failed tells when serving ends before Close.
func (w *web) Failed() <-chan error { return w.failed }

// Close ends clients' sessions and waits for requests under way.
func (w *web) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), webTimeout)
	defer cancel()
	return w.server.Close(ctx)
}

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
