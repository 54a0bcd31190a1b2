package queues

import cc "github.com/wirechief/wirechief/callcenter"

// eligibility is callcenter.Eligible with what R80 puts in brackets.
func eligibility(agent *cc.Agent, s *cc.AgentSummary, q *cc.Queue, tenant string, now int64) Reason {
	code := cc.Eligible(s, agent, q, tenant, now)
	return Reason{Code: code, Detail: cc.EligibleDetail(code, s, q)}
}

// code is an R80 code as an index, in R80's order.
type code uint8

const (
	eligible code = iota
	notMember
	noGrant
	offline
	unavailable
	noClient
	noEndpoint
	token
	busy
	cooldown
	excluded
	skill
	notPreferred
	laterTierCode
	outranked
	codes // how many
)

var codeNames = [codes]string{
	"", cc.NotMember, cc.NoGrant, cc.Offline, cc.Unavailable, cc.NoClient, cc.NoEndpoint, cc.TokenTaken, cc.Busy,
	cc.Cooldown, cc.Excluded, cc.Skill, cc.NotPreferred, cc.Tier, cc.Outranked,
}

// standing is callcenter.Standing as an index. reserving says that the matcher has just named the agent for a call: the
// token is as good as taken, which R80 asks before other calls and cooldown.
func standing(a *cc.Agent, s *cc.AgentSummary, q *cc.Queue, reserving bool, now int64) code {
	c := indexOf(cc.Standing(s, a, q, now))
	if reserving && (c == eligible || c > token) {
		return token
	}
	return c
}

func indexOf(name string) code {
	for c, n := range codeNames {
		if n == name {
			return code(c)
		}
	}
	return offline
}

// reason writes a code of standing out, with what R80 puts in brackets.
func (c code) reason(s *cc.AgentSummary, q *cc.Queue) Reason {
	r := Reason{Code: codeNames[c], Detail: cc.EligibleDetail(codeNames[c], s, q)}
	if c == token && s.GetToken() <= cc.TokenState_FREE {
		r.Detail = "reserved" // by us, the agent does not know yet
	}
	return r
}
