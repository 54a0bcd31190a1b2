package agent

import (
	cc "github.com/wirechief/wirechief/callcenter"
)

// activities are the classes of calls in the order of R13, each with what the agent is said to do on one.
var activities = [...]struct {
	class    cc.CallClass
	activity cc.Activity
}{
	{cc.CallClass_DIRECT_CALL, cc.Activity_ACTIVITY_ON_DIRECT},
	{cc.CallClass_INTERNAL_CALL, cc.Activity_ACTIVITY_ON_INTERNAL},
	{cc.CallClass_OUTBOUND_CALL, cc.Activity_ACTIVITY_ON_OUTBOUND},
}

// Activity is what the agent is shown to be doing, the first of R13's list that holds; an active call comes before a
// held one, a call that only rings is none.
func Activity(s *cc.AgentState) cc.Activity {
	token := s.Token.GetState()
	if token == cc.TokenState_RESERVED || token == cc.TokenState_CONNECTING {
		return cc.Activity_ACTIVITY_OFFERED
	}
	talking := token == cc.TokenState_TALKING
	if talking && !s.Token.Held {
		return cc.Activity_ACTIVITY_ON_QUEUE_CALL
	}
	if a := onOther(s, cc.DeskCallState_DESK_ACTIVE); a != cc.Activity_ACTIVITY_UNKNOWN {
		return a
	}
	if talking {
		return cc.Activity_ACTIVITY_ON_QUEUE_CALL
	}
	if a := onOther(s, cc.DeskCallState_DESK_HELD); a != cc.Activity_ACTIVITY_UNKNOWN {
		return a
	}
	if token == cc.TokenState_WRAPUP {
		return cc.Activity_ACTIVITY_WRAPUP
	}
	return cc.Activity_ACTIVITY_IDLE
}

func onOther(s *cc.AgentState, state cc.DeskCallState) cc.Activity {
	for _, a := range activities {
		for _, c := range s.Calls {
			if c.Class == a.class && c.State == state {
				return a.activity
			}
		}
	}
	return cc.Activity_ACTIVITY_UNKNOWN
}
