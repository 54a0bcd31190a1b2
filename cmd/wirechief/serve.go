package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"runtime"

	"github.com/wirechief/wirechief/actors"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

// nodeID is this node's id in the journal's raft group; more nodes come with the cluster.
const nodeID = 1

// serve runs the engine as planned until ctx is done.
func serve(ctx context.Context, m *Main, p plan, log *slog.Logger) error {
	log = log.With("node", p.Node.Name)
	release, err := claimDataDir(p.Node.DataDir)
	if errors.Is(err, errInUse) {
		log.Error(err.Error(), "code", codeInUse, "data_dir", p.Node.DataDir)
		return errReported
	}
	if err != nil {
		return err
	}
	defer release()
	// Media workers hold their threads in blocking waits: they come on top of the cores.
	runtime.GOMAXPROCS(runtime.NumCPU() + p.Node.Media.Workers)
	settings, err := engineSettings(p, log)
	if err != nil {
		return err
	}
	n, err := actors.Start(settings)
	if err != nil {
		return fmt.Errorf("starting the engine: %w", err)
	}
	web, err := startWeb(n, p.Node, m.Environ, log)
	if err != nil {
		return errors.Join(err, n.Close())
	}
	greet(m.Stdout, p, n, web.Addr())
	log.Info("ready", "sip", fmt.Sprint(n.SIPAddrs()), "http", web.Addr())
	var failed error
	select {
	case <-ctx.Done():
		log.Info("stopping")
	case failed = <-web.Failed():
	}
	return errors.Join(failed, web.Close(), n.Close())
}

// engineSettings turns node settings into those of the engine's parts.
func engineSettings(p plan, log *slog.Logger) (actors.Settings, error) {
	n := p.Node
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return actors.Settings{}, fmt.Errorf("looking up the machine's addresses: %w", err)
	}
	public, err := advertised(n, addrs)
	if err != nil {
		return actors.Settings{}, err
	}
	bind, err := mediaAddr(n, public)
	if err != nil {
		return actors.Settings{}, err
	}
	build := func(was *cc.Center) (*cc.Center, error) { return nil, nil }
	if p.File.Center != nil {
		build = p.File.Center.Build
	}
	return actors.Settings{
		NodeID:    nodeID,
		Journal:   persistence.Options{Dir: filepath.Join(n.DataDir, "journal")},
		SIP:       sipConfig(n, p.File.Center, public),
		Media:     mediaConfig(n, bind, public),
		Center:    build,
		Compare:   config.Diff,
		MaxCalls:  n.Admission.MaxCalls,
		MaxRate:   float64(n.Admission.MaxCallsPerSecond),
		RetryS:    n.Admission.RetryAfterS,
		Advertise: public,
		UserAgent: n.SIP.UserAgent,
		Logger:    log,

		RebuildFigures: p.Rebuild,
	}, nil
}

func sipConfig(n config.Node, _ *config.Center, public netip.Addr) wsip.Config {
	return wsip.Config{
		UDP: n.SIP.UDP, TCP: n.SIP.TCP, UDPSockets: n.SIP.UDPSockets, UserAgent: n.SIP.UserAgent,
		MaxConns: n.SIP.MaxConnections, MaxConnsPerIP: n.SIP.MaxConnectionsPerIP, MaxPending: n.SIP.MaxPending,
		UnprovenRate: n.SIP.UnprovenRate, UnprovenBurst: n.SIP.UnprovenBurst, ForceRport: n.SIP.ForceRport,
		AdvertiseAddr: public.String(),
		RegisterExpiresS: wsip.RegisterExpires{
			Min: n.SIP.RegisterMinS, Max: n.SIP.RegisterMaxS, Default: n.SIP.RegisterDefaultS,
		},
	}
}

func mediaConfig(n config.Node, bind, public netip.Addr) media.Config {
	return media.Config{
		Addr: bind, Advertise: public, PortMin: uint16(n.Media.PortMin), PortMax: uint16(n.Media.PortMax),
		Workers: n.Media.Workers, RecordDir: n.RecordingsDir, SealAfterMs: n.Media.SealAfterMs,
		RTPTimeoutMs: n.Media.RTPTimeoutMs, PortDrainMs: n.Media.PortDrainMs, LearnWindowMs: n.Media.LearnWindowMs,
		FinishWorkers: n.Media.FinishWorkers, ReadyPairs: n.Media.ReadyPairs,
		Limits: media.Limits{Legs: n.Media.MaxLegs, IdlePairs: n.Media.IdlePairs},
	}
}
