package actors

import (
	"errors"
	"maps"
	"net/netip"
	"path/filepath"
	"sync"
	"time"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/media"
	"github.com/wirechief/wirechief/media/audio"
	"github.com/wirechief/wirechief/sip/sdp"
)

// mediaPort is the media plane as calls see it: their deeds in, its events out.
type mediaPort struct {
	n      *Node
	engine *media.Engine
	making sync.WaitGroup // the hold music, in the background
	again  time.Duration  // finishAgain

	mu         sync.Mutex
	hold       *media.Source               // nil until it is made; guarded by mu
	wantHold   map[string]bool             // legs that get it then; guarded by mu
	legs       map[string]string           // leg -> call; guarded by mu
	recordings map[string]string           // recording -> call; guarded by mu
	unfinished map[string]media.Unfinished // found on disk at the start; guarded by mu
}

func (p *mediaPort) open(call, leg string) (netip.AddrPort, error) {
	local, err := p.engine.Open(call, leg)
	if err != nil {
		p.n.stats.noPorts.Add(1)
		return local, err
	}
	p.note(leg, call)
	return local, nil
}

func (p *mediaPort) note(leg, call string) {
	p.mu.Lock()
	p.legs[leg] = call
	p.mu.Unlock()
}

// legsOf are the legs of a call whose ports are open. Who asks waits for a look at all of them: it is rare.
func (p *mediaPort) legsOf(call string) (legs []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for leg, of := range p.legs {
		if of == call {
			legs = append(legs, leg)
		}
	}
	return legs
}

func (p *mediaPort) closeLeg(leg string) {
	p.mu.Lock()
	call, known := p.legs[leg]
	delete(p.legs, leg)
	delete(p.wantHold, leg)
	p.mu.Unlock()
	if known {
		p.failed("closing", call, leg, p.engine.CloseLeg(leg))
	}
}

// reopen opens a leg's port after a restart. That of a loaded call is open already: before the first new call can be
// given the same port.
func (p *mediaPort) reopen(call, leg string, local netip.AddrPort) {
	p.mu.Lock()
	_, open := p.legs[leg]
	p.mu.Unlock()
	if open {
		return
	}
	p.note(leg, call)
	p.failed("opening again", call, leg, p.engine.OpenAt(call, leg, local.Port()))
}

// makeHold renders the hold music and plays it to those who wait for it. It takes a moment, and no call's turn may wait
// for it: soon all workers would.
func (p *mediaPort) makeHold() {
	src := media.Source{Clip: audio.HoldMusic(), Loop: true}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold = &src
	for leg := range p.wantHold {
		p.failed("hold music", p.legs[leg], leg, p.engine.Play(leg, src))
	}
	p.wantHold = nil
}

func (p *mediaPort) playHold(call, leg string) {
	p.mu.Lock()
	src := p.hold
	if src == nil {
		p.wantHold[leg] = true
	}
	p.mu.Unlock()
	if src != nil {
		p.failed("hold music", call, leg, p.engine.Play(leg, *src))
	}
}

// do carries out one deed of a call.
func (p *mediaPort) do(call string, x any) {
	switch x := x.(type) {
	case b2bua.MediaRemote:
		p.failed("remote", call, x.Leg, p.engine.SetRemote(x.Leg, remoteOf(x.Chosen)))
	case b2bua.OpenMedia:
		p.reopen(call, x.Leg, x.Local)
	case b2bua.CloseMedia:
		p.closeLeg(x.Leg)
	case cc.PlayHold:
		p.playHold(call, x.Leg)
	case cc.Bridge:
		p.mu.Lock()
		delete(p.wantHold, x.Caller)
		p.mu.Unlock()
		p.failed("bridge", call, x.Caller, p.engine.Bridge(x.Caller, x.Agent))
	case cc.Unbridge:
		p.failed("unbridge", call, x.Caller, p.engine.Unbridge(x.Caller, x.Agent))
	case cc.StartRecording:
		p.record(call, x)
	case cc.StopRecording:
		p.stop(call, x.Recording)
	}
}

// stop ends a recording. One that does not run is finished from what is on disk: a call asks for that after a restart.
func (p *mediaPort) stop(call, recording string) {
	err := p.engine.StopRecord(recording)
	if errors.Is(err, media.ErrNoRecording) {
		p.mu.Lock()
		p.recordings[recording] = call
		delete(p.unfinished, recording)
		p.mu.Unlock()
		p.finish(recording)
		return
	}
	p.failed("end of recording", call, recording, err)
}

// finish makes the file of a recording that does not run. If nothing of it is on disk there will be none, and its call
// is told so: else it would wait for it for ever.
func (p *mediaPort) finish(recording string) {
	err := p.engine.Finish(recording)
	switch {
	case errors.Is(err, media.ErrRecordingExists): // it is just being stopped: RecordingFinished follows
	case errors.Is(err, media.ErrNoRecording), errors.Is(err, media.ErrNoRecordDir):
		p.mu.Lock()
		call := p.recordings[recording]
		delete(p.recordings, recording)
		p.mu.Unlock()
		if call != "" {
			p.n.log.Warn("there is no file of a recording", "call", call, "recording", recording)
			p.tell(call, &cc.RecordingDone{Recording: recording})
		}
	case errors.Is(err, media.ErrBusy):
		p.finishLater(recording)
	default:
		p.failed("finishing", p.callOf(recording), recording, err)
	}
}

// finishAgain is the pause before a recording that could not be finished is tried again: the disk may have room then.
const finishAgain = time.Minute

func (p *mediaPort) finishLater(recording string) {
	time.AfterFunc(p.again, func() { p.finish(recording) })
}

func (p *mediaPort) record(call string, x cc.StartRecording) {
	p.mu.Lock()
	p.recordings[x.Recording] = call
	segment := 0
	if u, ok := p.unfinished[x.Recording]; ok {
		segment = u.Segments[len(u.Segments)-1] + 1
		delete(p.unfinished, x.Recording)
	}
	p.mu.Unlock()
	err := p.engine.Record(media.RecordingStart{
		ID: x.Recording, CallerLeg: x.Caller, AgentLeg: x.Agent, Segment: segment,
		Labels: map[string]string{"call": call},
	})
	if err != nil && !errors.Is(err, media.ErrRecordingExists) { // it runs on when only the call's actor was replaced
		p.n.stats.recordingsRefused.Add(1)
		p.n.log.Error("recording refused", "call", call, "recording", x.Recording, "err", err)
		p.finish(x.Recording) // what it had before a restart, if anything
	}
}

// callOf is the call of a recording that is not finished, "" when it is not known.
func (p *mediaPort) callOf(recording string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.recordings[recording]
}

// failed counts and logs what the media plane would not do with a leg or recording of a call.
func (p *mediaPort) failed(what, call, id string, err error) {
	if err == nil || errors.Is(err, media.ErrClosed) {
		return
	}
	p.n.stats.mediaFailed.Add(1)
	p.n.log.Warn("media", "what", what, "call", call, "leg", id, "err", err)
}

func remoteOf(c sdp.Chosen) media.Remote {
	r := media.Remote{Addr: c.Remote, PayloadType: media.PCMU, PtimeMs: c.PtimeMs}
	if c.Codec == sdp.PCMA {
		r.PayloadType = media.PCMA
	}
	if c.DTMF != sdp.NoPT {
		r.TelephoneEventPT = c.DTMF
	}
	switch {
	case c.Send && c.Receive:
		r.Direction = media.SendRecv
	case c.Send:
		r.Direction = media.SendOnly
	case c.Receive:
		r.Direction = media.RecvOnly
	default:
		r.Direction = media.Inactive
	}
	return r
}

// event takes what the media plane reports; it runs on the engine's own goroutine.
func (p *mediaPort) event(e media.Event) {
	switch e := e.(type) {
	case media.RTPTimeout:
		p.mu.Lock()
		call, ok := p.legs[e.Leg]
		p.mu.Unlock()
		if ok {
			_ = p.n.tellCall(call, b2bua.Silent{Leg: e.Leg})
		}
	case media.RecordingFinished:
		p.finished(e)
	case media.RecordingFailed:
		p.n.stats.recordingsFailed.Add(1)
		p.n.log.Error("recording not finished", "call", p.callOf(e.ID), "recording", e.ID, "err", e.Err)
		p.finishLater(e.ID)
	}
}

// finished makes a recording known: first the index, then its call.
func (p *mediaPort) finished(e media.RecordingFinished) {
	p.mu.Lock()
	call := p.recordings[e.ID]
	delete(p.recordings, e.ID)
	p.mu.Unlock()
	info := &cc.RecordingInfo{
		Recording: e.ID, Call: call, Path: filepath.Base(e.Path), // in the recordings directory, wherever that is moved
		DurationMs: e.DurationMs, Bytes: e.Bytes, Sha256: e.SHA256,
		Gaps: int32(len(e.Gaps)), StartedMs: e.StartMs,
	}
	if c := p.n.summaryOf(call); c != nil {
		info.Tenant, info.Agent = c.Tenant, c.Owner
	}
	p.keep(info)
}

// recordAgain is the pause before a recording is written to the index once more.
const recordAgain = time.Second

// keep makes a recording known and then tells its call, once it is durable.
func (p *mediaPort) keep(info *cc.RecordingInfo) {
	p.n.putIndex(recordPrefix+info.Recording, info, func(err error) {
		switch {
		case !p.n.ready.Load(): // a closing node has no calls; the next start tells them
		case err != nil:
			time.AfterFunc(recordAgain, func() { p.keep(info) })
		case info.Call != "":
			p.tell(info.Call, recordingDone(info))
		}
	}, b2bua.TimeKey(recordTimes, info.StartedMs, info.Recording))
}

// tell lets a call know that nothing more comes of a recording; it stays awake for that, so it is told again while it has
// no room. What it has taken and then loses with its stream, its successor asks for.
func (p *mediaPort) tell(call string, done *cc.RecordingDone) {
	err := p.n.tellCall(call, b2bua.Ask{Cmd: cc.NewCommand(done)})
	switch {
	case err == nil, !p.n.ready.Load(): // the next start tells it
	case codeOf(err) == cc.CodeOverloaded:
		time.AfterFunc(recordAgain, func() { p.tell(call, done) })
	default:
		p.n.log.Error("recording of a call that cannot be told", "call", call, "recording", done.Recording, "err", err)
	}
}

// summaryOf reads a call from the index, nil when it is not there.
func (n *Node) summaryOf(call string) *cc.CallSummary {
	v := n.reader()
	defer v.Close()
	c := &cc.CallSummary{}
	if b := v.value(b2bua.SummaryPrefix + call); b == nil || c.UnmarshalVT(b) != nil {
		return nil
	}
	return c
}

func recordingDone(i *cc.RecordingInfo) *cc.RecordingDone {
	return &cc.RecordingDone{
		Recording: i.Recording, DurationMs: i.DurationMs, Bytes: i.Bytes, Sha256: i.Sha256, Path: i.Path, Gaps: i.Gaps,
	}
}

// made are those of a call's open recordings that were finished before the restart without the call being told.
func (p *mediaPort) made(open []string, v reader) (out []*cc.RecordingDone) {
	for _, id := range open {
		info := &cc.RecordingInfo{}
		if b := v.value(recordPrefix + id); b != nil && info.UnmarshalVT(b) == nil {
			out = append(out, recordingDone(info))
		}
	}
	return out
}

// settle decides what becomes of recordings found on disk: those of talking calls go on when the call is resumed, the
// others are finished.
func (p *mediaPort) settle(talking map[string]bool, ended map[string]string) {
	p.mu.Lock()
	var finish []string
	for id := range p.unfinished {
		if !talking[id] {
			finish = append(finish, id)
			delete(p.unfinished, id)
		}
	}
	maps.Copy(p.recordings, ended)
	p.mu.Unlock()
	for _, id := range finish {
		p.failed("finishing", p.callOf(id), id, p.engine.Finish(id))
	}
}
