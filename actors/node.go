package actors

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/google/uuid"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/facts"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/persistence"
	"github.com/wirechief/wirechief/persistence/machine"
	wsip "github.com/wirechief/wirechief/sip"
	"github.com/wirechief/wirechief/sip/leg"
)

// Settings of a Node.
type Settings struct {
	NodeID  uint64
	Journal persistence.Options
	SIP     wsip.Config  // Handler, Directory, Store, Admit and the callbacks are the node's own
	Media   media.Config // OnEvent and NowMs are the node's own
	// Center builds the configuration file's center, nil when it has none. was is the one in force, nil in an empty
	// journal: then what it gives is imported.
	Center func(was *cc.Center) (*cc.Center, error)
	// Compare lists what the file would change in the configuration in force; logged, not applied.
	Compare  func(inForce, file *cc.Center) []string
	MaxCalls int     // calls at a time; further INVITEs get 503. Default 20,000
	MaxRate  float64 // new calls a second, 0 = no limit
	RetryS   int     // Retry-After of a refusal by admission. Default 2
	// Advertise is the address put into our Via and Contact headers; invalid: that of the first SIP socket.
	Advertise netip.Addr
	UserAgent string
	// RebuildFigures makes the facts of the figures anew from the journal, in the background.
	RebuildFigures bool
	Logger         *slog.Logger
}

// Node is one running engine: journal, SIP, media and the actors between them.
type Node struct {
	settings struct {
		legs      b2bua.Node
		advertise netip.Addr
		retry     time.Duration

		maxCalls     int          // up at a time
		maxLingering atomic.Int64 // over and still in memory; tests lower it under way
	}
	log      *slog.Logger
	company  string
	dir      atomic.Pointer[cc.Directory]
	trunks   atomic.Pointer[[]trunkSource]
	journal  *persistence.Journal
	endpoint *wsip.Endpoint
	media    *mediaPort

	system     *actor.ActorSystem
	dispatcher *dispatcher
	supervisor actor.SupervisorStrategy
	calls      *calls
	agents     *agents
	matcher    atomic.Pointer[handle]
	admission  *admission

	home     machine.ShardID
	epochs   map[machine.ShardID]uint64 // of the shards this process owns; written before any actor starts
	actorIDs atomic.Uint64              // incarnations of actors: boot number in the upper half
	seen     atomic.Uint64
	fenced   sync.Map // machine.ShardID -> true: another process owns it now, nothing of it is brought back here
	stats    stats
	ready    atomic.Bool
	gate     chan struct{} // closed when SIP messages may come in
	gateOnce sync.Once
	lookups

	compare   func()         // logs where the file differs from the configuration in force; nil without one
	comparing sync.WaitGroup // runs it, after the start

	pumpStop context.CancelFunc
	pumpDone chan struct{}

	facts      *facts.Projection
	callbacks  callbacks
	followStop context.CancelFunc // ends who follows the journal besides the matcher
	followers  sync.WaitGroup
}

const shardTimeout = 10 * time.Second

// Start opens the journal, brings back what lives, and begins to take calls.
func Start(s Settings) (*Node, error) {
	n := &Node{
		log: s.Logger, calls: newCalls(), agents: newAgents(), epochs: make(map[machine.ShardID]uint64),
		gate: make(chan struct{}), lookups: lookups{explain: make(chan struct{}, 1)},
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	n.settings.maxCalls = s.MaxCalls
	if n.settings.maxCalls <= 0 {
		n.settings.maxCalls = 20_000
	}
	n.settings.maxLingering.Store(maxLingering)
	n.settings.retry, n.settings.advertise = time.Duration(max(s.RetryS, 1))*time.Second, s.Advertise
	n.admission = newAdmission(s.MaxRate)
	for _, step := range []func(*Settings) error{
		n.openJournal, n.loadCenter, n.beginCallbacks, n.openMedia, n.openSIP, n.startActors,
	} {
		if err := step(&s); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	n.ready.Store(true)
	n.openGate()
	n.startFollowers(&s)
	if n.compare != nil {
		n.comparing.Go(n.compare)
	}
	return n, nil
}

// openGate lets SIP messages in. Until then those that came wait in their lanes: a caller who tries while the node
// starts is served a moment later, not refused.
func (n *Node) openGate() { n.gateOnce.Do(func() { close(n.gate) }) }

func (n *Node) openJournal(s *Settings) error {
	o := s.Journal
	o.NodeID, o.Logger = s.NodeID, n.log
	j, err := persistence.Open(o)
	if err != nil {
		return fmt.Errorf("opening the journal: %w", err)
	}
	n.journal = j
	n.actorIDs.Store(j.Boot() << 32)
	for _, op := range []machine.ShardOp{machine.ClaimHash, machine.CreateHome, machine.MoveFormer} {
		if err := n.shards(machine.ShardCommand{Op: op, Node: s.NodeID, Incarnation: j.Boot()}); err != nil {
			return fmt.Errorf("taking over the shards: %w", err)
		}
	}
	return nil
}

func (n *Node) shards(c machine.ShardCommand) error {
	done := make(chan machine.Result, 1)
	n.journal.Shards(c, func(r machine.Result, rows []machine.ShardRow) {
		for _, row := range rows {
			n.epochs[row.Shard] = row.Epoch
			if row.Born == c.Incarnation && c.Op == machine.CreateHome {
				n.home = row.Shard
			}
		}
		done <- r
	})
	select {
	case r := <-done:
		if r.Status != machine.OK {
			return fmt.Errorf("refused: %v", r.Reason)
		}
		return nil
	case <-time.After(shardTimeout):
		return errors.New("no answer")
	}
}

func (n *Node) openMedia(s *Settings) error {
	c := s.Media
	p := &mediaPort{
		n: n, legs: make(map[string]string), recordings: make(map[string]string), wantHold: make(map[string]bool),
		unfinished: make(map[string]media.Unfinished), again: finishAgain,
	}
	c.OnEvent, c.NowMs, c.Logger = p.event, n.journal.NowMs, n.log
	e, err := media.New(c)
	if err != nil {
		return fmt.Errorf("starting the media plane: %w", err)
	}
	p.engine, n.media = e, p
	p.making.Go(p.makeHold)
	if c.RecordDir == "" {
		return nil
	}
	found, err := e.Recover()
	if err != nil {
		return fmt.Errorf("looking for unfinished recordings: %w", err)
	}
	for _, u := range found {
		p.unfinished[u.ID] = u
	}
	return nil
}

func (n *Node) openSIP(s *Settings) error {
	c := s.SIP
	c.Handler, c.Directory, c.Store, c.Logger = n, n, registrations{n}, n.log
	c.OnRegistration, c.Admit = n.registered, n.admit
	c.LateTrying = true // a caller who hears a 100 waits for minutes: not before the call is durable
	center := n.Directory().Center
	c.Realm, c.AllowMD5, c.MD5Only = center.SipRealm, center.SipAllowMd5, center.SipMd5Only
	if c.Realm == "" {
		c.Realm = center.Company
	}
	e, err := wsip.New(c)
	if err != nil {
		return fmt.Errorf("making the SIP endpoint: %w", err)
	}
	n.endpoint = e
	n.settings.legs = b2bua.Node{UserAgent: s.UserAgent, Realm: c.Realm}
	return nil
}

// startActors brings calls and agents back, opens the SIP sockets, and only then lets calls act.
func (n *Node) startActors(*Settings) error {
	n.dispatcher = newDispatcher()
	n.supervisor = actor.NewOneForOneStrategy(0, time.Second, func(reason any) actor.Directive {
		n.stats.panics.Add(1)
		n.log.Error("an actor failed", "reason", reason)
		return actor.StopDirective
	})
	n.system = actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return n.log }))
	v := n.reader()
	defer v.Close()
	back, err := n.loadCalls(v)
	if err != nil {
		return err
	}
	if err := n.endpoint.Start(); err != nil {
		return fmt.Errorf("opening the SIP sockets: %w", err)
	}
	n.settings.legs.Via, n.settings.legs.ViaTCP = n.sentBy(leg.NetworkUDP), n.sentBy(leg.NetworkTCP)
	// Calls hear of the restart first, and find the agents they have to tell.
	roster := n.roster(v)
	staff := make([]*handle, len(roster))
	for i, id := range roster {
		if staff[i], err = n.loadAgent(id, v); err != nil && !isAside(err) {
			return err
		}
	}
	for _, a := range back {
		a.m.MovedTo(n.settings.legs)
		made := n.media.made(a.m.Call.OpenRecordings, v)
		a.self.force(b2bua.Restarted{})
		for _, r := range made {
			a.self.force(b2bua.Ask{Cmd: cc.NewCommand(r)})
		}
	}
	for _, h := range staff {
		if h != nil {
			n.rouseAgent(h, false)
		}
	}
	n.startMatcher()
	n.ring()
	return nil
}

// sentBy is where others reach us over a network, by its first socket; the first socket of all if it has none.
func (n *Node) sentBy(network string) string {
	all := n.endpoint.Addrs()
	at := all[0].Addr
	for _, b := range all {
		if b.Network == network {
			at = b.Addr
			break
		}
	}
	if n.settings.advertise.IsValid() {
		at = netip.AddrPortFrom(n.settings.advertise, at.Port())
	}
	return at.String()
}

// loadCalls wakes every call that was alive and binds its dialogs before the first message can come in.
func (n *Node) loadCalls(v reader) ([]*callActor, error) {
	n.calls.mu.Lock()
	defer n.calls.mu.Unlock()
	var back []*callActor
	talking, ended := make(map[string]bool), make(map[string]string)
	for k := range v.Scan([]byte(b2bua.LivePrefix)) {
		id := string(k[len(b2bua.LivePrefix):])
		h := &handle{root: n.system.Root}
		a := n.newCallActor(id, h)
		if err := a.load(v); isAside(err) {
			continue
		} else if err != nil {
			return nil, err
		}
		n.spawn(h, a)
		n.calls.active[id] = h
		for _, l := range a.m.Legs() {
			n.endpoint.Bind(l.SIP.CallID, route{call: id, leg: l.ID, to: h})
			if l.HasMedia() {
				n.media.reopen(id, l.ID, l.Local)
			}
		}
		back = append(back, a)
		for _, rec := range a.m.Call.OpenRecordings { // one for each agent who answered
			if rec == a.m.Call.Recording && a.m.Call.Phase == cc.CallPhase_BRIDGED {
				talking[rec] = true
			} else {
				ended[rec] = id
			}
		}
	}
	n.media.settle(talking, ended)
	return back, nil
}

func (n *Node) startMatcher() {
	ctx, stop := context.WithCancel(context.Background())
	n.pumpStop, n.pumpDone = stop, make(chan struct{})
	go func() {
		defer close(n.pumpDone)
		n.runMatcher(ctx)
	}()
}

// startFollowers starts those who only read: calls are back by now.
func (n *Node) startFollowers(s *Settings) {
	ctx, stop := context.WithCancel(context.Background())
	n.followStop = stop
	n.facts = facts.New(n.journal, n.log, s.RebuildFigures)
	n.followers.Go(func() { n.facts.Run(ctx) })
	n.followers.Go(func() { n.runCallbackFeed(ctx) })
}

// closeTimeout bounds each part of Close.
const closeTimeout = 10 * time.Second

// Close stops taking calls and stops everything; calls stay in the journal and come back with the next Start.
func (n *Node) Close() error {
	n.ready.Store(false)
	n.openGate()
	var errs []error
	n.calls.close()
	if n.endpoint != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		errs = append(errs, n.endpoint.Close(ctx))
		cancel()
	}
	if n.followStop != nil {
		n.followStop()
		n.followers.Wait()
	}
	if n.pumpStop != nil {
		n.pumpStop()
		<-n.pumpDone
	}
	if n.system != nil {
		n.stopActors()
	}
	if n.media != nil {
		n.media.making.Wait()
		errs = append(errs, n.media.engine.Close())
	}
	if n.journal != nil {
		errs = append(errs, n.journal.Close())
	}
	n.comparing.Wait()
	return errors.Join(errs...)
}

// stopActors ends every actor and waits for it, then ends the dispatcher.
func (n *Node) stopActors() {
	var all []actor.Future
	stop := func(h *handle) { all = append(all, n.system.Root.StopFuture(h.pid)) }
	for _, h := range n.calls.all() {
		stop(h)
	}
	for _, h := range n.agents.all() {
		stop(h)
	}
	if h := n.matcher.Load(); h != nil {
		stop(h)
	}
	for _, f := range all {
		if err := f.Wait(); err != nil {
			n.log.Warn("an actor did not stop", "err", err)
		}
	}
	n.system.Shutdown()
	n.dispatcher.close()
}

// moment is what machines are handed with each input.
func (n *Node) moment() b2bua.Moment {
	seed := make([]byte, 16)
	a, b := rand.Uint64(), rand.Uint64() //nolint:gosec // no secret
	for i := range 8 {
		seed[i], seed[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	return b2bua.Moment{NowMs: n.journal.NowMs(), Dir: n.Directory(), Seed: seed, Seen: n.seen.Load()}
}

// unique is the tail of a fresh id: ordered by time (UUIDv7), so that ids of one place sort by age.
func (n *Node) unique() string {
	u, err := uuid.NewV7()
	if err != nil {
		panic("actors: no randomness: " + err.Error()) //nolint:forbidigo // a mistake of the program itself
	}
	return hex.EncodeToString(u[:])
}
