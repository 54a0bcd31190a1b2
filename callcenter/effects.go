package callcenter

// Outcome of one decision: what happened, and what it obliges the shell to do once the events are durable.
type Outcome struct {
	Events  []*Event
	Effects []Effect
	// Refusal is told to who asked although the events stand, once they are durable: nil, or what was not done of it.
	Refusal *Error
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
	// Await keeps whoever gave the command waiting under ID, until a Settle or a Forward of that id. One that waited in a
	// process that is gone hears nothing.
	Await struct{ ID uint64 }
	// Settle answers who waits under ID: done, or why not.
	Settle struct {
		ID  uint64
		Err *Error
	}
	// Forward hands a command to a call, whose answer is for who waits under ID, or with ID 0 for who gave the present
	// command.
	Forward struct {
		ID   uint64
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
func (Await) isEffect()          {}
func (Settle) isEffect()         {}
func (Forward) isEffect()        {}
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
