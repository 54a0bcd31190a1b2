package sim

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/actors/pairing"
	"github.com/wirechief/wirechief/actors/seat"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
	"github.com/wirechief/wirechief/sip/leg"
)

// proc is one process of the engine: a node in one of its incarnations. It has what the actor shell has around the
// pure packages: who is here, timers, routes of Call-IDs.
type proc struct {
	w       *World
	n       int // serial
	node    uint64
	boot    uint64 // incarnation
	via     string
	legs    b2bua.Node
	clock   clock
	dir     *cc.Directory
	alive   bool
	lease   bool
	ready   bool
	epochs  map[machine.ShardID]uint64
	fenced  map[machine.ShardID]bool
	home    machine.ShardID
	calls   map[string]*actor
	agents  map[string]*actor
	matcher *matcher
	routes  map[string]route
	parked  map[string][]*parcel // by Call-ID: what overtook its INVITE
	pending map[string]bool      // Call-IDs of INVITEs not yet decided on
	over    map[string]bool      // Call-IDs of legs that are gone
	sight   *pairing.Sight       // what arriving calls find, as the matcher last saw it
	port    uint16
	actorID uint64
	unique  uint64
	told    map[string]bool // legs whose silence was told
	alarm   *event          // for sleeping calls
}

type route struct{ call, leg string }

const (
	callStreams  = "call/"
	agentStreams = "agent/"
	configStream = "config"
	configKey    = pairing.ConfigKey
	recPrefix    = "rec/"
)

var companyShard = machine.ShardID(xxhash.Sum64String(company) % machine.HashShards)

func shardOfCall(id string) machine.ShardID {
	head, _, _ := strings.Cut(id, "-")
	s, _ := strconv.ParseUint(head, 16, 32)
	return machine.ShardID(s)
}

// boot starts a process for a node. desk: it takes the agents and the matcher.
func (w *World) boot(node uint64, via string, desk bool) *proc {
	p := &proc{
		w: w, n: len(w.procs), node: node, via: via, alive: true, lease: true,
		legs:   b2bua.Node{Via: via, UserAgent: "wirechief", Realm: company},
		epochs: map[machine.ShardID]uint64{}, fenced: map[machine.ShardID]bool{}, calls: map[string]*actor{},
		agents: map[string]*actor{}, routes: map[string]route{}, parked: map[string][]*parcel{},
		pending: map[string]bool{}, over: map[string]bool{}, port: 20000, told: map[string]bool{},
	}
	p.boot = uint64(p.n) + 1
	p.actorID = p.boot << 32
	p.clock = clock{w: w, wallBy: w.weather.wallBy}
	p.clock.start(w.journal.m.State().TimeNs, w.anyAlive())
	for _, q := range w.procs { // one wire address at a time
		if q.via == via && q.alive {
			panic("sim: two processes at " + via)
		}
	}
	w.procs = append(w.procs, p)
	w.note(p.name(), "boot", via)
	cmds := []machine.ShardOp{machine.CreateHome, machine.MoveFormer}
	if desk {
		cmds = append(cmds, machine.ClaimHash)
	}
	for _, op := range cmds {
		for _, row := range w.journal.shards(machine.ShardCommand{Op: op, Node: node, Incarnation: p.boot}) {
			p.own(row)
		}
	}
	if desk {
		w.desk = p
	}
	p.loadCenter()
	p.bringBack(desk)
	p.ready = true
	return p
}

func (p *proc) own(row machine.ShardRow) {
	p.epochs[row.Shard] = row.Epoch
	delete(p.fenced, row.Shard)
	if row.BornNode == p.node && row.Born == p.boot {
		p.home = row.Shard
	}
}

func (p *proc) name() string {
	return "node" + strconv.Itoa(int(p.node)) + "." + strconv.Itoa(int(p.boot))
}

func (p *proc) nowMs() int64 { return p.clock.ns() / 1e6 }

func (p *proc) moment() b2bua.Moment {
	return b2bua.Moment{NowMs: p.nowMs(), Dir: p.dir, Seed: p.w.ids.seed16(), Seen: p.w.journal.m.State().Index}
}

func (p *proc) identity(stream string, shard machine.ShardID) host.Identity {
	if !p.w.mut.keepsNumber() || p.actorID&(1<<32-1) == 0 {
		p.actorID++
	}
	return host.Identity{Stream: stream, Shard: shard, Epoch: p.epochs[shard], Incarnation: p.actorID}
}

// id is the tail of a fresh id.
func (p *proc) id() string {
	p.unique++
	return fmt.Sprintf("%x.%d", p.boot, p.unique) + hex.EncodeToString(p.w.ids.seed16()[:4])
}

func (p *proc) openPort() netip.AddrPort {
	p.port += 2
	host, _, _ := strings.Cut(p.via, ":")
	return netip.AddrPortFrom(netip.MustParseAddr(host), p.port)
}

// loadCenter reads the configuration in force; the first process writes it.
func (p *proc) loadCenter() {
	if v := p.w.journal.get(configKey); v != nil {
		c := &cc.Center{}
		if err := c.UnmarshalVT(v); err != nil {
			panic("sim: center cannot be read: " + err.Error())
		}
		p.dir = p.w.dirs[c.Version]
		return
	}
	p.applyCenter(p.w.plan.center())
	p.dir = p.w.directory(p.w.plan.center(), 1)
}

// directory is the one of a version; all processes share it.
func (w *World) directory(c *cc.Center, version uint64) *cc.Directory {
	if d := w.dirs[version]; d != nil {
		return d
	}
	c = c.CloneVT()
	c.Version = version
	w.dirs[version] = cc.NewDirectory(c)
	return w.dirs[version]
}

// applyCenter writes a new version and puts it in force at all processes, at each a little later.
func (p *proc) applyCenter(c *cc.Center) {
	w := p.w
	version := w.journal.version(configStream)
	c = c.CloneVT()
	c.Version = version + 1
	data, _ := c.MarshalVT()
	w.journal.append(p, &machine.Append{
		Shard: companyShard, Epoch: p.epochs[companyShard], Stream: configStream, Expect: version, Records: [][]byte{data},
		Index: []machine.IndexOp{{Key: []byte(configKey), Value: data}},
	}, func(r machine.Result) {
		if r.Status != machine.OK {
			return
		}
		w.center = c
		dir := w.directory(c, version+1)
		for _, q := range w.procs {
			if q.alive {
				w.after(w.net.between(0, 5*ms), func() {
					if q.dir == nil || q.dir.Center.Version < dir.Center.Version {
						q.dir = dir
						q.dismiss()
					}
				})
			}
		}
	})
}

// bringBack wakes what lives on the shards of this process, in the order the actor shell does: routes first.
func (p *proc) bringBack(desk bool) {
	var calls, agents []*actor
	keys, _ := p.w.journal.scan(b2bua.LivePrefix)
	for _, k := range keys {
		id := strings.TrimPrefix(k, b2bua.LivePrefix)
		if _, mine := p.epochs[shardOfCall(id)]; !mine {
			continue
		}
		a := p.loadCall(id)
		if a == nil {
			continue
		}
		p.calls[id] = a
		for _, l := range a.call.Legs() {
			p.routes[l.SIP.CallID] = route{id, l.ID}
		}
		calls = append(calls, a)
	}
	if desk {
		for _, id := range p.roster() {
			agents = append(agents, p.loadAgent(id))
		}
	}
	for _, a := range calls {
		a.call.MovedTo(p.legs)
		p.w.after(us, func() { a.input(b2bua.Restarted{}) })
		for _, rec := range a.call.Call.OpenRecordings {
			if p.w.journal.get(recPrefix+rec) != nil {
				p.w.after(2*us, func() { p.recordingDone(a.id, rec) })
			}
		}
	}
	for _, a := range agents {
		p.rouse(a, false)
	}
	if desk {
		p.matcher = newMatcher(p)
	}
	p.ring()
}

// roster is who needs an actor: the configured, and those removed who are not signed out yet or whose token a call has to give
// back.
func (p *proc) roster() (ids []string) {
	for _, a := range p.dir.Center.Agents {
		ids = append(ids, a.Id)
	}
	keys, values := p.w.journal.scan(seat.IndexPrefix)
	for i, k := range keys {
		id, s := strings.TrimPrefix(k, seat.IndexPrefix), &cc.AgentSummary{}
		if p.dir.Agent(id) == nil && s.UnmarshalVT(values[i]) == nil &&
			(s.Token > cc.TokenState_FREE || s.Presence > cc.Presence_OFFLINE) {
			ids = append(ids, id)
		}
	}
	return ids
}

// die ends the process between two steps.
func (p *proc) die(why string) {
	if !p.alive {
		return
	}
	w := p.w
	w.note(p.name(), "dies", why)
	p.alive, p.lease, p.ready = false, false, false
	for _, id := range sortedKeys(p.calls) {
		p.calls[id].forget()
	}
	for _, id := range sortedKeys(p.agents) {
		p.agents[id].forget()
	}
	if p.matcher != nil {
		p.matcher.stop()
	}
	w.cancel(p.alarm)
	w.journal.crashed(p)
	if w.desk == p {
		w.desk = nil
	}
}

// alarms: sleeping calls whose desk timer is due are given it.
func (p *proc) ring() {
	p.w.cancel(p.alarm)
	p.alarm = nil
	now := p.nowMs()
	keys, values := p.w.journal.scan(b2bua.DuePrefix)
	for i, k := range keys {
		at, id, ok := b2bua.ParseDue([]byte(k))
		if _, mine := p.epochs[shardOfCall(id)]; !ok || !mine {
			continue
		}
		if at > now {
			p.wakeAt(at)
			return
		}
		p.wakeFor(id, k, values[i])
	}
}

func (p *proc) wakeAt(atMs int64) {
	p.w.cancel(p.alarm)
	p.alarm = p.w.after(max(atMs-p.nowMs(), 1)*ms, func() {
		if p.alive {
			p.ring()
		}
	})
}

func (p *proc) wakeFor(id, key string, value []byte) {
	var seq uint64
	for _, b := range value {
		seq = seq<<8 | uint64(b)
	}
	gone := func(error) {
		p.appendIndex(machine.IndexOp{Key: []byte(key), Delete: true}, nil)
	}
	cmd := cc.NewCommand(&cc.CallTimer{Name: call.TimerDesk, Seq: seq})
	if !p.toCall(id, b2bua.Ask{Cmd: cmd, Reply: reply(gone)}) {
		gone(nil)
	}
}

// appendIndex writes one key under the company's shard.
func (p *proc) appendIndex(op machine.IndexOp, done func()) {
	p.w.journal.append(p, &machine.Append{
		Shard: companyShard, Epoch: p.w.companyEpoch(), Index: []machine.IndexOp{op},
	}, func(r machine.Result) {
		switch {
		case done == nil:
		case r.Status == machine.OK:
			done()
		default:
			p.w.after(sec, func() {
				if p.alive {
					p.appendIndex(op, done)
				}
			})
		}
	})
}

func (w *World) companyEpoch() uint64 {
	rows, _ := machine.Shards(w.journal.mem)
	for _, r := range rows {
		if r.Shard == companyShard {
			return r.Epoch
		}
	}
	return 0
}

// disk is what survives a process beside the journal: which recordings have audio.
type disk map[string]bool

// record starts or ends recordings as the media plane does.
func (p *proc) record(call string, x any) {
	switch x := x.(type) {
	case cc.StartRecording:
		p.w.check.recording(call, x)
		p.w.disk[x.Recording] = true
	case cc.StopRecording:
		p.w.after(20*ms, func() {
			if !p.alive {
				return
			}
			rec := x.Recording
			if !p.w.disk[rec] {
				p.recordingDone(call, rec)
				return
			}
			p.appendIndex(machine.IndexOp{Key: []byte(recPrefix + rec), Value: []byte(call)}, func() { p.recordingDone(call, rec) })
		})
	}
}

func (p *proc) recordingDone(call, rec string) {
	bytes := int64(0)
	if p.w.disk[rec] {
		bytes = 1000
	}
	p.toCall(call, b2bua.Ask{Cmd: cc.NewCommand(&cc.RecordingDone{Recording: rec, Bytes: bytes, Path: rec})})
}

// silence tells of legs whose far end is gone, as the media plane finds by missing packets.
func (p *proc) silence() {
	for _, id := range sortedKeys(p.calls) {
		a := p.calls[id]
		for _, l := range a.call.Legs() {
			if l.SIP.Phase == leg.PhaseConfirmed && !p.told[l.ID] && !p.w.wire.inDialog(l.SIP.CallID) {
				p.told[l.ID] = true
				a.input(b2bua.Silent{Leg: l.ID})
				if !p.alive {
					return
				}
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
