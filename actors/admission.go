package actors

import (
	"time"

	"golang.org/x/time/rate"

	"github.com/wirechief/wirechief/actors/b2bua"
	cc "github.com/wirechief/wirechief/callcenter"
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

// admit is asked before each new INVITE.
func (n *Node) admit() (bool, time.Duration) {
	<-n.gate
	if !n.ready.Load() || n.calls.count() >= n.settings.maxCalls || !n.admission.admit() {
		n.stats.admissionRefused.Add(1)
		return false, n.settings.retry
	}
	return true, 0
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
