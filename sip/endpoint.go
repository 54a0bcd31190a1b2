package sip

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/auth"
	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/registrar"
	"github.com/wirechief/wirechief/sip/transport"
	"github.com/wirechief/wirechief/sip/wire"
)

// Endpoint is the SIP side of one node.
type Endpoint struct {
	cfg   Config
	Stats Stats

	caps      wire.Caps
	allow     wire.Field
	tagKey    uint64
	net       *transport.Transport
	lanes     []*lane
	routes    *routes
	limiter   *limiter
	auth      *auth.Server
	guard     *auth.Guard
	registrar *registrar.Registrar
	answers   *answerCache
	pings     pings
	finals    atomic.Int64 // finals being repeated

	laneGroup sync.WaitGroup
	stop      chan struct{} // closed by Close: ends the sweeper
	sweeper   sync.WaitGroup
	reading   sync.RWMutex // held for reading while a message is put on a lane; Close takes it to end that
	draining  bool         // no more messages onto lanes; guarded by reading
	state     atomic.Int32 // 0 new, 1 running, 2 closed
}

// methods are known at all: what else comes is 501.
var methods = []string{
	"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "INFO", "UPDATE", "REFER", "NOTIFY", "PRACK", "MESSAGE",
	"SUBSCRIBE", "PUBLISH",
}

// served is what Allow says (RFC 3261 20.5), 501's as well: what is known and not in it gets 405.
const served = "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE"

// New checks the configuration and makes an endpoint that does not listen yet.
func New(cfg Config) (*Endpoint, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	e := &Endpoint{
		cfg: cfg,
		caps: wire.Caps{
			Methods: methods, Allow: served, Extensions: cfg.Extensions, BodyTypes: []string{"application/sdp"},
		},
		allow:   wire.Field{Name: "Allow", Value: served},
		routes:  newRoutes(cfg.MaxRoutes),
		limiter: newLimiter(cfg.UnprovenRate, cfg.UnprovenBurst),
		guard:   auth.NewGuard(auth.GuardConfig{}),
		answers: newAnswerCache(maxAnswers),
		stop:    make(chan struct{}),
	}
	var key [8]byte
	if _, err := rand.Read(key[:]); err != nil {
		return nil, fmt.Errorf("sip: key of stateless tags: %w", err)
	}
	e.tagKey = binary.BigEndian.Uint64(key[:])
	var err error
	if e.auth, err = auth.New(auth.Config{Realm: cfg.Realm, AllowMD5: cfg.AllowMD5, MD5Only: cfg.MD5Only}); err != nil {
		return nil, err
	}
	e.net = transport.New(transport.Config{
		UDP: cfg.UDP, TCP: cfg.TCP, UDPSockets: cfg.UDPSockets, Limits: cfg.Limits, MaxConns: cfg.MaxConns,
		MaxPerIP: cfg.MaxConnsPerIP, IdleUnproven: cfg.IdleUnproven, IdleProven: cfg.IdleProven,
		HalfMessage: cfg.HalfMessage, WriteQueue: cfg.WriteQueue, Logger: cfg.Logger,
		Receive: e.receive, FlowClosed: e.flowClosed, DialFailed: e.dialFailed,
	})
	for range cfg.Lanes {
		e.lanes = append(e.lanes, &lane{in: make(chan inbound, cfg.LaneDepth), wake: make(chan struct{}, 1)})
	}
	return e, nil
}

// Start loads the registrations, listens and begins to read.
func (e *Endpoint) Start() error {
	if !e.state.CompareAndSwap(0, 1) {
		return ErrClosed
	}
	var err error
	e.registrar, err = registrar.New(registrar.Config{
		MinExpiresS: e.cfg.RegisterExpiresS.Min, MaxExpiresS: e.cfg.RegisterExpiresS.Max,
		DefaultExpiresS: e.cfg.RegisterExpiresS.Default, Store: e.cfg.Store, Now: e.cfg.Now,
		OnChange: e.cfg.OnRegistration,
	})
	if err != nil {
		e.state.Store(2)
		return err
	}
	for _, l := range e.lanes {
		e.laneGroup.Go(func() { e.runLane(l) })
	}
	e.sweeper.Go(e.sweep)
	if err := e.net.Listen(); err != nil {
		e.endLanes()
		e.state.Store(2)
		return err
	}
	return nil
}

// sweep ages routes, registrations and cached answers once a second.
func (e *Endpoint) sweep() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-e.stop:
			return
		case <-tick.C:
			now := e.cfg.Now()
			e.Stats.Undecided.Add(uint64(e.routes.sweep(now)))
			e.answers.sweep(now)
			e.registrar.Sweep()
		}
	}
}

// Addrs lists the addresses listened on, in the order of the configuration, UDP first.
func (e *Endpoint) Addrs() []transport.Bound { return e.net.Addrs() }

// Close stops taking messages, lets the lanes finish what they hold, closes every socket and waits for all
// goroutines, or until ctx ends.
func (e *Endpoint) Close(ctx context.Context) error {
	if e.state.Swap(2) != 1 {
		return nil
	}
	ended := make(chan error, 1)
	go func() {
		e.endLanes() // answers of the lanes still go out
		e.pings.close()
		ended <- e.net.Close()
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (e *Endpoint) endLanes() {
	e.reading.Lock()
	e.draining = true
	e.reading.Unlock()
	close(e.stop)
	for _, l := range e.lanes {
		close(l.in)
	}
	e.laneGroup.Wait()
	e.sweeper.Wait()
}

// Bind routes all messages of a Call-ID to Handler.Message with sink. Binding again replaces the sink.
func (e *Endpoint) Bind(callID string, sink any) {
	e.routes.bind(callID, sink)
	select {
	case e.laneOf(callID).wake <- struct{}{}:
	default:
	}
}

// Unbind ends the route. For 32 s late messages of the Call-ID get silence or 481 instead of being new. last is what the
// leg answered last: a BYE with 200, which whoever did not get that 200 repeats (timer J, RFC 3261 17.2.2).
func (e *Endpoint) Unbind(callID string, last leg.LastRequest) {
	if last.Method != string(sip.BYE) {
		last = leg.LastRequest{}
	}
	e.routes.end(callID, route{bye: last}, e.cfg.Now())
}

// Send sends one message. It is the only way out: without the lease nothing is sent and ErrNoLease returned. For
// TCP an error may also come after Send returned; the timers of the transaction answer for that.
func (e *Endpoint) Send(to leg.Dest, data []byte) error {
	if e.cfg.LeaseHeld != nil && !e.cfg.LeaseHeld() {
		e.Stats.NoLease.Add(1)
		return ErrNoLease
	}
	if len(data) == 0 {
		return ErrEmpty
	}
	if err := e.net.Send(to, data); err != nil {
		e.Stats.SendFailed.Add(1)
		if errors.Is(err, transport.ErrFlowGone) {
			e.registrar.FlowClosed(to.Flow) // it may have registered while it closed
		}
		return err
	}
	e.Stats.Sent.Add(1)
	return nil
}

// Lookup gives the current bindings of a user, newest first; unreachable ones are left out.
func (e *Endpoint) Lookup(aor string) []registrar.Binding { return e.registrar.Lookup(aor) }

// dialFailed: nobody can be called at this address, and who waits for an answer from there need not
// (RFC 3261 8.1.3.1).
func (e *Endpoint) dialFailed(addr netip.AddrPort, unsent [][]byte) {
	e.registrar.AddressFailed(addr)
	for _, data := range unsent {
		e.Stats.SendFailed.Add(1)
		p := wire.Parse(data, e.cfg.Limits)
		if p.Fault != nil {
			continue
		}
		if r := e.routes.get(string(*p.Msg.CallID())); r.state == routeBound {
			e.cfg.Handler.Unsent(r.sink, p.Msg)
		}
	}
}

func (e *Endpoint) flowClosed(flow string) {
	e.registrar.FlowClosed(flow)
	if e.cfg.OnFlowClosed != nil {
		e.cfg.OnFlowClosed(flow)
	}
}
