package engine

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"

	"github.com/wirechief/wirechief/actors"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/config"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	wsip "github.com/wirechief/wirechief/sip"
)

// Ready is what the engine prints when it takes calls.
const Ready = "ready "

// Procs is an environment variable for trials: GOMAXPROCS of the engine as a library instead of cores and media
// workers.
const Procs = "BENCH_PROCS"

// start runs the engine in this process as `wirechief serve` does, without HTTP.
func start(path string) (*actors.Node, error) {
	f, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	n, _, err := f.Settings(nil, nil)
	if err != nil {
		return nil, err
	}
	procs, err := strconv.Atoi(os.Getenv(Procs))
	if err != nil {
		procs = runtime.NumCPU() + n.Media.Workers
	}
	runtime.GOMAXPROCS(procs)
	addr, err := netip.ParseAddr(n.Advertise)
	if err != nil {
		return nil, fmt.Errorf("address of the engine: %w", err)
	}
	return actors.Start(actors.Settings{
		NodeID:  1,
		Journal: persistence.Options{Dir: filepath.Join(n.DataDir, "journal")},
		SIP: wsip.Config{
			UDP: n.SIP.UDP, TCP: n.SIP.TCP, UDPSockets: n.SIP.UDPSockets, UserAgent: n.SIP.UserAgent,
			MaxPending: n.SIP.MaxPending, AdvertiseAddr: addr.String(),
		},
		Media: media.Config{
			Addr: addr, Advertise: addr, PortMin: uint16(n.Media.PortMin), PortMax: uint16(n.Media.PortMax),
			Workers: n.Media.Workers, RecordDir: n.RecordingsDir, SealAfterMs: n.Media.SealAfterMs,
			PortDrainMs: n.Media.PortDrainMs, FinishWorkers: n.Media.FinishWorkers,
			Limits: media.Limits{Legs: n.Media.MaxLegs},
		},
		Center: f.Center.Build, MaxCalls: n.Admission.MaxCalls, Advertise: addr, UserAgent: n.SIP.UserAgent,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
}

// Serve runs the engine in this process until ctx is done and says Ready on out. cpu and mem are files for profiles,
// empty for none.
func Serve(ctx context.Context, out io.Writer, path, cpu, mem string) (err error) {
	if mem != "" {
		runtime.MemProfileRate = 64 << 10
	}
	n, err := start(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := n.Close(); err == nil {
			err = e
		}
	}()
	if cpu != "" {
		f, err := os.Create(cpu)
		if err != nil {
			return fmt.Errorf("making the CPU profile: %w", err)
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return fmt.Errorf("starting the CPU profile: %w", err)
		}
		defer pprof.StopCPUProfile()
	}
	_, _ = fmt.Fprintf(out, "%s%s\n", Ready, n.SIPAddrs()[0].Addr)
	<-ctx.Done()
	if mem == "" {
		return nil
	}
	f, err := os.Create(mem)
	if err != nil {
		return fmt.Errorf("making the allocation profile: %w", err)
	}
	defer func() { _ = f.Close() }()
	return pprof.Lookup("allocs").WriteTo(f, 0)
}

// askAtOnce bounds the commands under way while agents are made Available.
const askAtOnce = 64

// Seed starts the engine once, makes all its agents Available and ends it: the next start finds them so in the journal.
func Seed(ctx context.Context, path string) (err error) {
	n, err := start(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := n.Close(); err == nil {
			err = e
		}
	}()
	agents := n.Directory().Center.Agents
	errs := make([]error, len(agents))
	room := make(chan struct{}, askAtOnce)
	var all sync.WaitGroup
	for i, a := range agents {
		room <- struct{}{}
		all.Go(func() {
			errs[i] = n.AskAgent(ctx, a.Id, &cc.SetPresence{Presence: cc.Presence_AVAILABLE})
			<-room
		})
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("making %s available: %w", agents[i].Id, err)
		}
	}
	return nil
}
