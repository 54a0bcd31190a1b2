package callcenter

// Outcome of one decision: what happened, and what it obliges the shell to do once the events are durable.
type Outcome struct {
	Events  []*Event
	Effects []Effect
}

// Env is what a machine is handed with each command besides the command: it reads no clock and draws no ids.
type Env struct {
	NowMs int64
	Dir   *Directory // configuration in force, never nil
	IDs   *IDs       // ids of this step, derived from a seed that the record keeps
}

// Effect is a deed owed after commit, in the order given. Resume may repeat one, never invent one.
type Effect interface{ isEffect() }

type (
	// SetTimer asks for a timer command {Name, Seq} to this machine at AtMs (cluster time). A timer of the same
	// name replaces the former; a stale Seq is ignored by the machine when it fires.
	SetTimer struct {
		Name string
		Seq  uint64
		AtMs int64
	}
	// TellAgent and TellCall hand a command to another actor; delivery may fail or repeat.
	TellAgent struct {
		Agent string
		Cmd   *Command
	}
	TellCall struct {
		Call string
		Cmd  *Command
	}
	// RingCaller sends 180 on the caller's leg; ConnectCaller answers it (200 with SDP); RejectCaller ends it unanswered.
	RingCaller    struct{ Leg string }
	ConnectCaller struct{ Leg string }
	RejectCaller  struct {
		Leg    string
		Code   int
		Reason string
	}
	// DialAgent starts the leg to the agent's phone for an offer; AutoAnswer asks the phone to pick up by itself (R82).
	DialAgent struct {
		Leg, Agent, Offer string
		AutoAnswer        bool
	}
	// EndLeg ends a leg whatever its phase: CANCEL, BYE or a final refusal. Elsewhere: another phone took the call, so
	// that this one need not list it as missed.
	EndLeg struct {
		Leg       string
		Cause     EndCause
		Elsewhere bool
	}
	// ResumeLeg re-INVITEs an answered leg after a restart; no answer comes back as LegEnded{lost}.
	ResumeLeg struct{ Leg string }
	// PlayHold plays hold music to the leg until it is bridged or ended.
	PlayHold struct{ Leg string }
	// Bridge joins the media of two legs; Unbridge parts them.
	Bridge   struct{ Caller, Agent string }
	Unbridge struct{ Caller, Agent string }
	// StartRecording records both legs from now on, caller left, agent right; segments of one id make one recording.
	StartRecording struct{ Recording, Caller, Agent string }
	StopRecording  struct{ Recording string }
)

func (SetTimer) isEffect()       {}
func (TellAgent) isEffect()      {}
func (TellCall) isEffect()       {}
func (RingCaller) isEffect()     {}
func (ConnectCaller) isEffect()  {}
func (RejectCaller) isEffect()   {}
func (DialAgent) isEffect()      {}
func (EndLeg) isEffect()         {}
func (ResumeLeg) isEffect()      {}
func (PlayHold) isEffect()       {}
func (Bridge) isEffect()         {}
func (Unbridge) isEffect()       {}
func (StartRecording) isEffect() {}
func (StopRecording) isEffect()  {}
