package b2bua_test

import (
	"bytes"
	"strings"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/prototext"

	"github.com/wirechief/wirechief/actors/b2bua"
	"github.com/wirechief/wirechief/actors/host"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/sip/leg"
)

// checkDurable: what the journal holds is what the machine believes. Since releases leave after their record, nothing
// is ever on the wire that a restart would not know.
func (w *world) checkDurable() {
	fresh := w.load()
	live, _ := w.m.Call.MarshalVT()
	durable, _ := fresh.Call.MarshalVT()
	if !bytes.Equal(live, durable) {
		require.Equal(w.tb, prototext.Format(w.m.Call), prototext.Format(fresh.Call), "call: live and durable")
	}
	require.Equal(w.tb, len(w.m.Legs()), len(fresh.Legs()), "legs: live and durable")
	for i, l := range w.m.Legs() {
		d := fresh.Legs()[i]
		require.Equal(w.tb, l.ID, d.ID)
		require.Equal(w.tb, l.Local, d.Local, "media address of leg %s", l.ID)
		if !bytes.Equal(l.SIP.Marshal(nil), d.SIP.Marshal(nil)) {
			a, b := l.SIP.Clone(), d.SIP.Clone()
			require.Equal(w.tb, a, b, "leg %s: live and durable", l.ID)
		}
	}
}

// checkNew: a message that was never sent before may leave only with a record; repetitions need none. What a dialog's
// state does not remember may be said without one: an ACK, a refusal of something not understood, the 200 to a CANCEL
// that comes too late, ACK and BYE for the answer of a phone that had refused before.
func (w *world) checkNew(d host.Decision) {
	if d.Record != nil {
		return
	}
	for _, x := range d.Release {
		s, ok := x.(b2bua.Send)
		if !ok || w.sent[string(s.Data)] || s.What == "ACK" || s.What == "100" ||
			bytes.Contains(s.Data, []byte(" CANCEL\r\n")) && s.What == "200" || s.What == "BYE" && w.over(s.Leg) {
			continue
		}
		require.Falsef(w.tb, !strings.HasPrefix(string(s.Data), "SIP/2.0 ") || s.What < "300",
			"%s left without a record:\n%s", s.What, s.Data)
	}
}

func (w *world) over(id string) bool {
	for _, l := range w.m.Legs() {
		if l.ID == id {
			return l.SIP.Phase >= leg.PhaseEnding
		}
	}
	return true
}

// checkIndex: the index says what a replay says.
func (w *world) checkIndex() {
	if len(w.records) == 0 {
		return
	}
	var waiting, summary []byte
	if v := call.Waiting(w.m.Call); v != nil {
		waiting, _ = v.MarshalVT()
	}
	summary, _ = call.Summary(w.m.Call).MarshalVT()
	w.has(b2bua.WaitingPrefix+callID, waiting)
	w.has(b2bua.SummaryPrefix+callID, summary)
	_, live := w.index[b2bua.LivePrefix+callID]
	require.Equal(w.tb, !w.m.Asleep(), live, "index: the call must be brought back after a restart")
	due := 0
	for key := range w.index {
		if strings.HasPrefix(key, b2bua.DuePrefix) {
			at, id, ok := b2bua.ParseDue([]byte(key))
			require.True(w.tb, ok)
			require.Equal(w.tb, callID, id)
			require.Equal(w.tb, w.m.Due().AtMs, at)
			due++
		}
	}
	want := 0
	if w.m.Asleep() && !call.Done(w.m.Call) {
		want = 1
	}
	require.Equal(w.tb, want, due, "index: desk timers of the sleeping call")
}

func (w *world) has(key string, want []byte) {
	have, ok := w.index[key]
	require.Equal(w.tb, want != nil, ok, "index key %s", key)
	require.Equal(w.tb, string(want), have, "index key %s", key)
}

// mediaPlane checks the order of the deeds asked of it.
type mediaPlane struct {
	open      map[string]bool // ports open
	remote    map[string]bool // far end known
	bridged   [2]string
	hold      string
	recording string
}

func (p *mediaPlane) died() { *p = mediaPlane{open: map[string]bool{}, remote: map[string]bool{}} }

func (p *mediaPlane) do(tb tester, x any) {
	must := func(ok bool, why, leg string) { require.Truef(tb, ok, "%T of leg %s: %s", x, leg, why) }
	switch x := x.(type) {
	case b2bua.OpenMedia:
		must(!p.open[x.Leg], "its port is open", x.Leg)
		must(x.Local.IsValid(), "no address", x.Leg)
		p.open[x.Leg] = true
	case b2bua.MediaRemote:
		must(p.open[x.Leg], "no port", x.Leg)
		must(x.Chosen.Remote.IsValid(), "no far end", x.Leg)
		p.remote[x.Leg] = true
	case b2bua.CloseMedia:
		must(p.open[x.Leg], "no port", x.Leg)
		delete(p.open, x.Leg)
		delete(p.remote, x.Leg)
	case cc.Bridge:
		for _, l := range []string{x.Caller, x.Agent} {
			must(p.open[l], "bridged without a port", l)
			// An offerless caller gives the far end's address with the ACK.
			must(p.remote[l] || l == callerLeg, "bridged before its far end is known", l)
		}
		p.bridged, p.hold = [2]string{x.Caller, x.Agent}, ""
	case cc.Unbridge:
		must(p.bridged == [2]string{x.Caller, x.Agent}, "not bridged", x.Caller)
		p.bridged = [2]string{}
	case cc.PlayHold:
		must(p.open[x.Leg], "no port", x.Leg)
		p.hold = x.Leg
	case cc.StartRecording:
		must(p.recording == "" || p.recording == x.Recording, "another recording runs", x.Caller)
		p.recording = x.Recording
	case cc.StopRecording:
		p.recording = ""
	}
}
