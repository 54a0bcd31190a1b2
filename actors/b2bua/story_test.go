package b2bua_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
)

// TestStories runs testdata/stories/*.txt. Each block is one call from its INVITE on; a line is what happens to it,
// below it stands what the machine asks for: "->" a message and its leg, "(again)" if byte for byte one that was sent
// before, "timer" with the ms it has left, and so on. Legs: c the caller, p1, p2 ... the agents' phones; "phone" is the
// latest; pNb its second leg, after an accept by the client while it rings.
//
//	invite [number] [sdp=pcmu] [from=+1...] [queue]   the call
//	ringall                                           the queue rings several phones at a time
//	grant <agent> [client] [auto] [unreachable]       the agent's token; auto: the phone answers by itself when asked
//	accept|reject|hangup|hold|resume <agent>          by the agent's client
//	caller|phone|pN <code> [METHOD] [sdp=]            their response to our last request
//	caller|phone|pN ack|bye|cancel|invite [sdp=]      their request
//	caller|phone|pN info digit=5                      a digit by INFO
//	caller|phone|pN again                             what they sent last, once more
//	fire [leg.]name                                   a timer, at its time
//	sendfail|silent <leg>, acked, wait 5s, restart
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			w := newWorld(t)
			var b strings.Builder
			for line := range strings.Lines(d.Input) {
				line = strings.TrimSpace(line)
				b.WriteString(line + "\n")
				out := w.tell(line)
				if strings.HasPrefix(line, "restart") {
					out += w.brief()
				}
				b.WriteString(out)
			}
			b.WriteString(w.brief())
			if w.m.Asleep() && len(w.records) > 0 {
				require.Empty(t, w.media.open, "ports left open")
				require.Empty(t, w.routes, "routes left")
			}
			return b.String()
		})
	})
}

// tell performs one line of a story.
func (w *world) tell(line string) string {
	f := strings.Fields(line)
	opt := map[string]string{}
	var pos []string
	for _, a := range f[1:] {
		if k, v, ok := strings.Cut(a, "="); ok {
			opt[k] = v
		} else {
			pos = append(pos, a)
		}
	}
	arg := func(i int) string {
		if i < len(pos) {
			return pos[i]
		}
		return ""
	}
	switch f[0] {
	case "invite":
		return w.tellInvite(arg(0), opt)
	case "grant":
		on := cc.AnswerOn_ON_PHONE
		if arg(1) == "client" {
			on = cc.AnswerOn_ON_CLIENT
		}
		return w.grant(arg(0), on, arg(1) == "auto", arg(1) != "unreachable")
	case "accept", "reject", "hangup", "hold", "resume":
		return w.client(f[0], arg(0))
	case "fire":
		l, name, ok := strings.Cut(arg(0), ".")
		if !ok {
			l, name = "", l
		}
		return w.fire(timerID{w.legOf(l), name})
	case "sendfail":
		return w.step(b2bua.SendFailed{Leg: w.legOf(arg(0))})
	case "silent":
		return w.step(b2bua.Silent{Leg: w.legOf(arg(0))})
	case "acked":
		return w.acknowledge()
	case "recorded":
		return w.ask(&cc.RecordingDone{Recording: w.m.Call.Recording, DurationMs: 1000, Path: "r.wav"})
	case "ringall":
		w.dir.Queue("sales").Strategy = cc.RingAll
		return ""
	case "noagent":
		return w.ask(&cc.NoAgentNow{})
	case "wait":
		d, err := time.ParseDuration(arg(0))
		require.NoError(w.tb, err)
		w.now += d.Milliseconds()
		return ""
	case "restart":
		return w.restart()
	}
	return w.farEnd(f[0], arg(0), arg(1), opt)
}

func (w *world) tellInvite(how string, opt map[string]string) string {
	number, sdp, from, headers := trackNo, "pcmu+pcma", "+15551234", ""
	switch how {
	case "":
	case "queue":
		number = queueNo
	default:
		number = how
	}
	if v, ok := opt["sdp"]; ok {
		sdp = v
	}
	if v, ok := opt["from"]; ok {
		from = v
	}
	if v, ok := opt["expires"]; ok {
		headers = "Session-Expires: " + v + "\r\nSupported: timer\r\n"
	}
	if v, ok := opt["require"]; ok {
		headers = "Require: " + v + "\r\n"
	}
	return w.arrive(number, from, sdp, headers)
}

func (w *world) legOf(name string) string {
	switch name {
	case "caller":
		return callerLeg
	case "phone":
		return fmt.Sprintf("p%d", w.offers)
	}
	return name
}

func (w *world) peer(leg string) *peer {
	p := w.peers[leg]
	require.NotNil(w.tb, p, "there is no leg %s", leg)
	return p
}

// farEnd is a message of a leg's far end.
func (w *world) farEnd(who, what, method string, opt map[string]string) string {
	id := w.legOf(who)
	p := w.peer(id)
	sdp := body(opt["sdp"], p.rtp)
	if code, err := strconv.Atoi(what); err == nil {
		if method == "" {
			method = "INVITE"
		}
		if code == 200 && method == "INVITE" && opt["sdp"] == "" {
			sdp = body("pcmu", p.rtp)
		}
		headers := ""
		if v, ok := opt["retry"]; ok {
			headers = "Retry-After: " + v + "\r\n"
		}
		if v, ok := opt["allow"]; ok {
			headers += "Allow: " + v + "\r\n"
		}
		return w.receive(id, p, p.respond(w.tb, code, method, sdp, headers))
	}
	if what == "info" {
		return w.receive(id, p, p.info(opt["digit"]))
	}
	if what == "again" {
		return w.receive(id, p, p.last)
	}
	return w.receive(id, p, p.request(strings.ToUpper(what), sdp, ""))
}

// client is a command of the agent's client.
func (w *world) client(what, agent string) string {
	offer := fmt.Sprintf("of-%d", w.offers)
	switch what {
	case "reject":
		return w.ask(&cc.Reject{Offer: offer, Agent: agent})
	case "hangup":
		return w.ask(&cc.HangUp{Agent: agent})
	case "hold", "resume":
		return w.ask(&cc.Hold{Agent: agent, On: what == "hold"})
	}
	accept, leg := &cc.Accept{Offer: offer, Agent: agent, Session: "s1"}, w.legOf("phone")
	if o := w.m.Call.Offer; o != nil && o.Dialled { // it rings: a second leg
		leg += "b"
		accept.Leg = leg
	}
	in := b2bua.Ask{Cmd: cc.NewCommand(accept), Reply: "asker"}
	w.phone(&in, leg)
	return w.askWith(in, leg)
}
