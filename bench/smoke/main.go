package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/wirechief/wirechief/bench/load"
	"github.com/wirechief/wirechief/bench/proc"
	"github.com/wirechief/wirechief/bench/report"
)

// generatorThreads lets the one who dials wait in the kernel while others read.
const generatorThreads = 3

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) > 1 && os.Args[1] == load.Child {
		exit(load.RunChild(ctx, os.Stdout, os.Args[2:]))
	}
	exit(run(ctx, os.Stdout, os.Args[1:]))
}

func exit(err error) {
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

type options struct {
	out, page, binary string
	long              bool
	profile           float64
	profileFor        time.Duration
	agents            int
	record            bool
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.out, "out", "out", "directory of bench.json, bench.txt (benchstat), bench.log and what is temporary")
	f.StringVar(&o.page, "page", "", "write the report to this page of docs too")
	f.StringVar(&o.binary, "engine", "bin/wirechief", `the program to measure; "library": the engine without HTTP`)
	f.BoolVar(&o.long, "long", false, "the long form")
	f.Float64Var(&o.profile, "profile", 0, "instead: write CPU and allocation profiles at this rate of calls a second")
	f.DurationVar(&o.profileFor, "profile-for", 8*time.Second, "how long to profile")
	f.IntVar(&o.agents, "agents", 1000, "agents while profiling")
	f.BoolVar(&o.record, "record", false, "record while profiling")
	err = f.Parse(args)
	return o, err
}

func run(ctx context.Context, out io.Writer, args []string) (err error) { //nolint:funlen // one story
	o, err := parse(args)
	if err != nil {
		return err
	}
	engine, generator, err := proc.Split()
	if err != nil {
		return err
	}
	if err := proc.PinSelf(engine, generator); err != nil {
		return err
	}
	runtime.GOMAXPROCS(generatorThreads)
	before := loadAverage()
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", o.out, err)
	}
	dir, err := os.MkdirTemp(o.out, "bench")
	if err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if dir, err = filepath.Abs(dir); err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	log, err := os.Create(filepath.Join(o.out, "bench.log"))
	if err != nil {
		return fmt.Errorf("making the log: %w", err)
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	h := &load.Host{Dir: dir, Core: engine, Self: self, Log: log}
	if o.profile > 0 {
		return profile(ctx, out, h, o)
	}
	r := &report.Run{When: time.Now(), Short: !o.long, Engine: "the engine as a library, without HTTP"}
	r.Machine = report.Machine{
		CPU: cpuModel(), Cores: runtime.NumCPU(), EngineCore: engine, GeneratorCore: generator, Kernel: kernel(),
		Go: runtime.Version(), LoadBefore: before,
	}
	if engine >= 0 {
		r.Machine.Cores = 2
	}
	if o.binary != "library" {
		version, err := exec.CommandContext(ctx, o.binary, "version").Output()
		if err != nil {
			return fmt.Errorf("%s: %w (make build)", o.binary, err)
		}
		h.Binary, r.Engine = o.binary, string(version[:len(version)-1])
	}
	s := shortForm
	if o.long {
		s = longForm
	}
	failed := s.measure(ctx, h, r)
	r.Took = time.Since(r.When)
	// A part that failed does not hide what the others found.
	if err := errors.Join(failed, r.Text(out), r.Files(o.out)); err != nil {
		return err
	}
	if o.page != "" {
		if err := r.Page(o.page); err != nil {
			return err
		}
	}
	var bad []error
	for _, text := range r.Absurd() {
		bad = append(bad, errors.New(text))
	}
	return errors.Join(bad...)
}
