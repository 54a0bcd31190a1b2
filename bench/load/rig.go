package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/wirechief/wirechief/bench/engine"
	"github.com/wirechief/wirechief/bench/proc"
	"github.com/wirechief/wirechief/bench/ua"
)

// Host says how engines are started.
type Host struct {
	Dir    string    // for centers and journals; on a real disk
	Core   int       // of the engine; -1: any
	Binary string    // wirechief; empty: the engine built into this program, without HTTP
	Self   string    // this program, for its children; see Child
	Log    io.Writer // standard error of the children, nil: nowhere
	runs   int
}

// startTimeout bounds each start of a child, and what it does at once.
const startTimeout = 60 * time.Second

// Options of one engine.
type Options struct {
	Agents  int
	Record  bool
	Profile bool // only without Binary
}

// Rig is an engine under load: its process, callers and phones.
type Rig struct {
	Site    engine.Site
	host    *Host
	child   *proc.Child
	phones  *ua.Phones
	callers *ua.Callers
	book    *book

	hold     atomic.Pointer[[2]time.Duration] // talk time of the next calls; nil: until the caller hangs up
	onRing   atomic.Pointer[func(ua.Rung)]
	onHangUp atomic.Pointer[func(user string, at time.Time)]
	sdp      atomic.Pointer[[2]string] // bodies of callers and phones; nil: black holes
}

// NewRig starts an engine with its agents Available.
func (h *Host) NewRig(ctx context.Context, o Options) (_ *Rig, err error) {
	h.runs++
	r := &Rig{host: h, book: newBook()}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.phones, err = ua.NewPhones("127.0.0.1:0", ua.PhoneOptions{
		Act: r.act, OnRing: r.rung, OnHangUp: r.hungUp, SDP: func(string) string { return r.body(1) },
	}); err != nil {
		return nil, err
	}
	r.Site = engine.Site{
		Dir: filepath.Join(h.Dir, "center"+strconv.Itoa(h.runs)), Addr: engine.Loopback(os.Getpid()), Agents: o.Agents,
		Phones: r.phones.Addr(), Record: o.Record, Profile: o.Profile,
	}
	if err = r.Site.Write(); err != nil {
		return nil, err
	}
	if err = h.ask(ctx, nil, "seed", r.Site.ConfigPath()); err != nil {
		return nil, fmt.Errorf("making the agents available: %w", err)
	}
	if err = r.start(ctx); err != nil {
		return nil, err
	}
	run := strconv.Itoa(os.Getpid()) + "r" + strconv.Itoa(h.runs)
	if r.callers, err = ua.NewCallers("127.0.0.1:0", r.Site.SIP(), run); err != nil {
		return nil, err
	}
	r.callers.OnEnd, r.callers.SDP = r.book.end, func(string) string { return r.body(0) }
	return r, nil
}

func (r *Rig) start(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	h := r.host
	if h.Binary == "" {
		cpu, mem := "", ""
		if r.Site.Profile {
			cpu, mem = r.Site.Profiles()
		}
		if r.child, err = proc.Start(h.Core, h.Log, h.Self, Child, "serve", r.Site.ConfigPath(), cpu, mem); err != nil {
			return err
		}
		_, err = r.child.Await(ctx, engine.Ready)
		return err
	}
	if r.child, err = proc.Start(h.Core, h.Log, h.Binary, "serve", "--config", r.Site.ConfigPath()); err != nil {
		return err
	}
	return r.awaitReady(ctx)
}

// awaitReady asks /readyz until it says yes.
func (r *Rig) awaitReady(ctx context.Context) error {
	url := fmt.Sprintf("http://%s/readyz", r.Site.HTTP())
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return fmt.Errorf("asking for readiness: %w", err)
		}
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-r.child.Ended():
			return errors.Join(errors.New("the engine ended while starting"), r.child.Stop())
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", url, ctx.Err())
		}
	}
}

// Stop ends the engine in good order, so that its journal can be read; Close cleans up.
func (r *Rig) Stop() error {
	if r.child == nil {
		return nil
	}
	err := r.child.Stop()
	r.child = nil
	return err
}

// Close ends everything of the rig and removes its files.
func (r *Rig) Close() error {
	err := r.Stop()
	if r.callers != nil {
		r.callers.Close()
	}
	if r.phones != nil {
		r.phones.Close()
	}
	if r.Site.Dir != "" {
		err = errors.Join(err, os.RemoveAll(r.Site.Dir))
	}
	return err
}

// Usage is what the engine's process has used.
func (r *Rig) Usage() (proc.Usage, error) { return r.child.Usage() }

// Inspect reads the journal of the stopped engine.
func (r *Rig) Inspect(ctx context.Context) (f engine.Findings, err error) {
	err = r.host.ask(ctx, &f, "inspect", r.Site.ConfigPath())
	return f, err
}

// ask runs one of this program's children to its end and reads its answer.
func (h *Host) ask(ctx context.Context, out any, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	c, err := proc.Start(h.Core, h.Log, append([]string{h.Self, Child}, args...)...)
	if err != nil {
		return err
	}
	line, err := c.Await(ctx, answer)
	if err != nil {
		c.Kill()
		return err
	}
	if err := c.Wait(); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(line), out); err != nil {
		return fmt.Errorf("answer of %s: %w", args[0], err)
	}
	return nil
}

func (r *Rig) act(string) ua.Behaviour {
	h := r.hold.Load()
	if h == nil {
		return ua.Behaviour{}
	}
	return ua.Behaviour{Talk: h[0] + rand.N(h[1]-h[0]+1)}
}

func (r *Rig) body(side int) string {
	if b := r.sdp.Load(); b != nil {
		return b[side]
	}
	return ua.Offer(netip.MustParseAddrPort("127.0.0.1:9"))
}

func (r *Rig) rung(x ua.Rung) {
	r.book.rung(x)
	if f := r.onRing.Load(); f != nil {
		(*f)(x)
	}
}

func (r *Rig) hungUp(user string, at time.Time) {
	if f := r.onHangUp.Load(); f != nil {
		(*f)(user, at)
	}
}

// dial places a call that was due at a wall clock time.
func (r *Rig) dial(due int64) *ua.Call {
	n := r.book.add(due)
	at := time.Now().UnixNano()
	c := r.callers.Dial(engine.Number, callerOf(n))
	r.book.sent(n, c, at)
	return c
}

// settle hangs up what is left and waits for it.
func (r *Rig) settle(wait time.Duration) error {
	for _, c := range r.book.left() {
		c.HangUp()
	}
	if !r.book.drain(wait) {
		return fmt.Errorf("%w: %d of %d", errNotDrained, len(r.book.left()), r.book.count())
	}
	return nil
}
