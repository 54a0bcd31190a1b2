package b2bua_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/sip/leg"
)

// epochMs is when every story begins.
const epochMs = 1_800_000_000_000

const (
	ourVia    = "192.0.2.1:5060"
	trackNo   = "+18005550100" // on_agent
	queueNo   = "+18005550101" // on_queue
	blockedBy = "+15559999"
	callID    = "7-call"
	callerLeg = "c"
)

func testDirectory() *cc.Directory {
	policy := &cc.OfferPolicy{
		RingTimeoutMs: 30_000, ConnectTimeoutMs: 10_000, OnMiss: cc.MissAction_MISS_UNAVAILABLE, ReofferAfterMs: 10_000,
		BusySkipMs: 10_000, Wrapup: &cc.WrapUp{Mode: cc.WrapUpMode_WRAPUP_NONE},
	}
	number := func(e164 string, connect cc.ConnectMode) *cc.Number {
		return &cc.Number{
			E164: e164, Role: cc.NumberRole_TRACKING, Tenant: "north", Campaign: "spring", Workflow: "main",
			Connect: connect, ConnectAfterMs: 6000,
		}
	}
	return cc.NewDirectory(&cc.Center{
		Company: "acme", Version: 3,
		Tenants:   []*cc.Tenant{{Id: "north", Record: true, LeadThresholdMs: 60_000, BlockedCallers: []string{blockedBy}}},
		Campaigns: []*cc.Campaign{{Id: "spring", Tenant: "north"}},
		Numbers:   []*cc.Number{number(trackNo, cc.ConnectMode_ON_AGENT), number(queueNo, cc.ConnectMode_ON_QUEUE)},
		Workflows: []*cc.Workflow{{Id: "main", Steps: []*cc.WorkflowStep{{Queue: "sales"}}}},
		Queues:    []*cc.Queue{{Id: "sales", Tenants: []string{"north"}, MaxWaitMs: 1_800_000, Offer: policy}},
	})
}

// tester is a test, a benchmark or a property under check.
type tester interface {
	require.TestingT
	Helper()
}

type timerID struct{ leg, name string }

// world is what surrounds the machine: the journal's records and index, the far ends, timers and the media plane.
type world struct {
	tb      tester
	m       *b2bua.Machine
	dir     *cc.Directory
	now     int64
	seed    uint64
	records [][]byte
	index   map[string]string
	sent    map[string]bool // every message that left
	timers  map[timerID]any // leg.Timer or cc.SetTimer
	peers   map[string]*peer
	offers  int
	tells   []cc.TellAgent // not acknowledged by the story
	media   mediaPlane
	routes  map[string]string // leg -> Call-ID bound
	taken   []b2bua.Timed     // inputs so far, for a tape
}

func newWorld(tb tester) *world {
	w := &world{
		tb: tb, dir: testDirectory(), now: epochMs, index: map[string]string{}, sent: map[string]bool{},
		timers: map[timerID]any{}, peers: map[string]*peer{}, routes: map[string]string{},
		media: mediaPlane{open: map[string]bool{}, remote: map[string]bool{}},
	}
	w.m = b2bua.New(node())
	return w
}

func node() b2bua.Node { return b2bua.Node{Via: ourVia, UserAgent: "wirechief", Realm: "wirechief"} }

func (w *world) moment() b2bua.Moment {
	w.seed++
	seed := binary.BigEndian.AppendUint64(make([]byte, 8, 16), w.seed)
	return b2bua.Moment{NowMs: w.now, Dir: w.dir, Seed: seed, Seen: w.seed}
}

// step gives one input to the machine, checks what it says, and tells what it did.
func (w *world) step(in b2bua.Input) string {
	timed := b2bua.Timed{Moment: w.moment(), Input: in}
	w.taken = append(w.taken, timed)
	d := w.m.Step(timed)
	var b strings.Builder
	if d.Record != nil {
		w.keep(d.Record)
	}
	w.checkNew(d)
	for _, x := range append(d.Early, d.Release...) { // messages to agents do not wait for the commit
		b.WriteString(w.line(x))
		w.perform(x)
	}
	if d.Record == nil && len(d.Release) == 0 && len(d.Early) == 0 {
		b.WriteString("  nothing\n")
	} else if d.Record == nil {
		b.WriteString("  (no record)\n")
	}
	w.checkDurable()
	w.checkIndex()
	return mergeTimers(b.String())
}

// keep writes a record and the index changes, as a committed append does.
func (w *world) keep(record []byte) {
	if record == nil {
		return
	}
	w.records = append(w.records, record)
	s := w.m.Seal(uint64(len(w.records)))
	for _, op := range s.Index {
		if op.Delete {
			delete(w.index, string(op.Key))
		} else {
			w.index[string(op.Key)] = string(op.Value)
		}
	}
}

// perform does what a shell does with a release, as far as later steps depend on it.
func (w *world) perform(x any) {
	switch x := x.(type) {
	case b2bua.BindLeg:
		w.routes[x.Leg] = x.CallID
	case b2bua.DropLeg:
		delete(w.routes, x.Leg)
		for k := range w.timers {
			if k.leg == x.Leg {
				delete(w.timers, k)
			}
		}
	case b2bua.Send:
		w.sent[string(x.Data)] = true
		require.NotEmpty(w.tb, w.routes[x.Leg], "%s sent for leg %s, to which no answer finds its way", x.What, x.Leg)
		w.peer(x.Leg).hears(w.tb, x.Send)
	case b2bua.LegTimer:
		if x.Cancel {
			delete(w.timers, timerID{x.Leg, x.Name.String()})
		} else {
			w.timers[timerID{x.Leg, x.Name.String()}] = x.Timer
		}
	case cc.SetTimer:
		w.timers[timerID{"", x.Name}] = x
	case cc.TellAgent:
		w.tells = append(w.tells, x)
	default:
		w.media.do(w.tb, x)
	}
}

// arrive is an INVITE to a number of ours.
func (w *world) arrive(number, caller, sdp, headers string) string {
	p := newCaller()
	w.peers[callerLeg] = p
	req := p.invite(w.tb, number, caller, body(sdp, p.rtp), headers)
	local := netip.MustParseAddrPort("192.0.2.1:31000")
	w.media.open[callerLeg] = true
	return w.step(b2bua.Arrival{
		Cmd: &cc.Arrive{Call: callID, Leg: callerLeg, Dialled: number, Caller: caller},
		Req: req, Src: p.dest, Local: local,
	})
}

// grant is an agent's token for this call, with the agent's phone as the shell finds it.
func (w *world) grant(agent string, on cc.AnswerOn, auto, reachable bool) string {
	w.offers++
	id := fmt.Sprintf("p%d", w.offers)
	in := b2bua.Ask{Cmd: cc.NewCommand(&cc.OfferGranted{
		Offer: fmt.Sprintf("of-%d", w.offers), Agent: agent, Queue: "sales", Policy: w.dir.Queue("sales").Offer,
		AnswerOn: on, AutoAnswer: auto || on == cc.AnswerOn_ON_CLIENT, Leg: id, Reachable: reachable,
	})}
	if reachable && on == cc.AnswerOn_ON_PHONE {
		w.phone(&in, id)
	}
	return w.askWith(in, id)
}

func (w *world) phone(in *b2bua.Ask, leg string) {
	p := newPhone(len(w.peers))
	w.peers[leg] = p
	in.Phone = &b2bua.Phone{URI: p.uri, Dest: p.dest}
	in.Local = netip.MustParseAddrPort(fmt.Sprintf("192.0.2.1:%d", 31000+2*len(w.peers)))
}

// askWith steps a command for which a port may have been opened ahead; the shell closes it if it was not needed.
func (w *world) askWith(in b2bua.Ask, leg string) string {
	if in.Phone != nil {
		w.media.open[leg] = true
	}
	out := w.step(in)
	if in.Phone != nil && !w.m.Uses(leg) {
		delete(w.media.open, leg)
	}
	return out
}

func (w *world) ask(m any) string {
	return w.step(b2bua.Ask{Cmd: cc.NewCommand(m), Reply: "asker"})
}

func (w *world) receive(leg string, from *peer, text string) string {
	return w.step(b2bua.Received{Leg: leg, Msg: parse(w.tb, text), Src: from.dest})
}

// fire lets time pass until a timer is due and fires it.
func (w *world) fire(id timerID) string {
	armed, ok := w.timers[id]
	if !ok {
		return "  not armed\n"
	}
	delete(w.timers, id)
	switch t := armed.(type) {
	case cc.SetTimer:
		w.now = max(w.now, t.AtMs)
		return w.step(b2bua.Ask{Cmd: cc.NewCommand(&cc.CallTimer{Name: t.Name, Seq: t.Seq})})
	case leg.Timer:
		w.now = max(w.now, t.AtMs)
		return w.step(b2bua.LegFired{Leg: id.leg, Name: t.Name, Seq: t.Seq})
	}
	return ""
}

// acknowledge is what agents do with what they are told.
func (w *world) acknowledge() string {
	tells := w.tells
	w.tells = nil
	var b strings.Builder
	for _, t := range tells {
		switch m := t.Cmd.Message().(type) {
		case *cc.OfferEnded:
			b.WriteString(w.ask(&cc.TellAcked{Agent: t.Agent, Offer: m.Offer}))
		case *cc.LeftCall:
			b.WriteString(w.ask(&cc.TellAcked{Agent: t.Agent, Offer: m.Offer, Left: true}))
		}
	}
	return b.String()
}

// load builds a machine from the journal, as a new process does.
func (w *world) load() *b2bua.Machine {
	m := b2bua.New(node())
	for i, r := range w.records {
		require.NoError(w.tb, m.Load(r), "record %d", i)
	}
	return m
}

func (w *world) indexed(m *b2bua.Machine) {
	value := func(key string) []byte {
		if v, ok := w.index[key]; ok {
			return []byte(v)
		}
		return nil
	}
	_, live := w.index[b2bua.LivePrefix+callID]
	m.Indexed(value(b2bua.WaitingPrefix+callID), value(b2bua.SummaryPrefix+callID), live)
}

// restart loses all but the journal.
func (w *world) restart() string {
	w.m = w.load()
	w.indexed(w.m)
	w.timers, w.tells, w.routes = map[timerID]any{}, nil, map[string]string{}
	w.media.died()
	return w.step(b2bua.Restarted{})
}
