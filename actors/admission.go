package actors

import (
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/sip/wire"
)

// admission says how many new calls are let in: a configured rate, and as many as this node can serve in time.
type admission struct {
	bucket   *rate.Limiter // nil = no limit
	governor *governor
}

func newAdmission(perSecond float64) *admission {
	a := &admission{governor: newGovernor()}
	if perSecond > 0 {
		a.bucket = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond/4)))
	}
	return a
}

func (a *admission) admit() bool {
	return (a.bucket == nil || a.bucket.Allow()) && a.governor.admit(time.Now())
}

// maxLingering bounds the calls that are over and still in memory, beside the calls up: they repeat final responses for
// half a minute, or wait for their recording. As many come of 600 cancelled calls a second.
const maxLingering = 20_000

// room says whether one more call may be up. Those that are over take none of it.
func (n *Node) room() bool {
	up := int(n.calls.up.Load())
	return up < n.settings.maxCalls && n.calls.count()-up < int(n.settings.maxLingering.Load())
}

// admit is asked before each new INVITE.
func (n *Node) admit() (bool, time.Duration) {
	<-n.gate
	if !n.ready.Load() || !n.room() || !n.admission.admit() {
		n.stats.admissionRefused.Add(1)
		return false, n.settings.retry
	}
	return true, 0
}

// retryAfter goes with every 503 to an INVITE: without it a carrier may take us for broken (RFC 3261 21.5.4).
func (n *Node) retryAfter() wire.Field {
	return wire.Field{Name: "Retry-After", Value: strconv.Itoa(int(n.settings.retry / time.Second))}
}

// sipCode is the final response to an INVITE that made no call: what signalling said, or what a refusal of the call's
// rules comes to.
func sipCode(r b2bua.Refused) int {
	if r.Code != 0 {
		return r.Code
	}
	switch codeOf(r.Err) {
	case cc.CodeNotFound:
		return 404
	case cc.CodeOverloaded, cc.CodeUnavailable:
		return 503
	}
	return 480
}
