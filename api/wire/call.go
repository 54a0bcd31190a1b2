package wire

import cc "github.com/wirechief/wirechief/callcenter"

// Voice is the only channel yet (R103).
const Voice = "voice"

// Call is a call with its bubble as desks and lists show it.
type Call struct {
	ID            string   `json:"id" doc:"Opaque id of the call and its bubble"`
	Channel       string   `json:"channel" doc:"voice; none for a manual bubble"`
	Tenant        string   `json:"tenant"`
	TenantName    string   `json:"tenant_name,omitempty"`
	Campaign      string   `json:"campaign,omitempty"`
	CampaignName  string   `json:"campaign_name,omitempty"`
	Number        string   `json:"number,omitempty" doc:"Number dialled, E.164"`
	Caller        string   `json:"caller,omitempty" doc:"E.164 or as received; absent when withheld"`
	CallerName    string   `json:"caller_name,omitempty"`
	DivertedFrom  string   `json:"diverted_from,omitempty"`
	Queue         string   `json:"queue,omitempty"`
	QueueName     string   `json:"queue_name,omitempty"`
	Phase         string   `json:"phase" doc:"arrived, waiting, offered, bridged or ended"`
	Media         string   `json:"media,omitempty" doc:"ringing, live or ended"`
	Desk          string   `json:"desk,omitempty" doc:"shown, cleared or closed"`
	DeskStage     string   `json:"desk_stage,omitempty" doc:"owes_reason or supervisor (R87)"`
	Agent         string   `json:"agent,omitempty" doc:"Agent on the call, or who was last"`
	AgentName     string   `json:"agent_name,omitempty"`
	Owner         string   `json:"owner,omitempty" doc:"Agent who owns the bubble"`
	OwnerName     string   `json:"owner_name,omitempty"`
	OwnerEpoch    uint64   `json:"owner_epoch" doc:"Grows with each change of owner; take-over names it"`
	Held          bool     `json:"held"`
	HoldStage     string   `json:"hold_stage,omitempty" doc:"reminder or alarm: on hold for long (R99)"`
	Resumes       string   `json:"resumes,omitempty" doc:"Earlier call of this caller whose place in line this one took or shares (R94)"`
	ResumedBy     string   `json:"resumed_by,omitempty" doc:"Later call of this caller that has the place: this one is not abandoned"`
	LateClaim     bool     `json:"late_claim,omitempty"`
	ArrivedAt     Time     `json:"arrived_at,omitempty" format:"date-time"`
	EnqueuedAt    Time     `json:"enqueued_at,omitempty" format:"date-time"`
	ConnectedAt   Time     `json:"connected_at,omitempty" format:"date-time" doc:"The caller was connected, to the queue or an agent"`
	AnsweredAt    Time     `json:"answered_at,omitempty" format:"date-time" doc:"An agent took the call"`
	EndedAt       Time     `json:"ended_at,omitempty" format:"date-time"`
	EndCause      string   `json:"end_cause,omitempty"`
	TalkMs        int64    `json:"talk_ms,omitempty"`
	HoldMs        int64    `json:"hold_ms,omitempty"`
	Class         string   `json:"class,omitempty"`
	Provisional   bool     `json:"provisional,omitempty" doc:"The class may still change: the bubble is open"`
	Excused       bool     `json:"excused,omitempty"`
	AutoClosed    bool     `json:"auto_closed,omitempty"`
	Reason        string   `json:"reason,omitempty" doc:"Call reason given at the close"`
	Link          string   `json:"link,omitempty" doc:"customer, location, job or booked"`
	Customer      string   `json:"customer,omitempty"`
	Location      string   `json:"location,omitempty"`
	Job           string   `json:"job,omitempty"`
	AlsoBooked    []string `json:"also_booked,omitempty"`
	Recording     string   `json:"recording,omitempty"`
	RecordingDone bool     `json:"recording_done,omitempty" doc:"The file can be fetched"`
	Test          bool     `json:"test,omitempty"`
	CallDesk
}

// NewCall shows a summary with the names of the configuration in force.
func NewCall(s *cc.CallSummary, dir *cc.Directory) *Call {
	return &Call{
		ID: s.Call, Channel: channel(s.Channel),
		Tenant: s.Tenant, TenantName: dir.Tenant(s.Tenant).GetName(),
		Campaign: s.Campaign, CampaignName: dir.Campaign(s.Campaign).GetName(),
		Number: s.Number, Caller: s.Caller, CallerName: s.CallerName, DivertedFrom: s.DivertedFrom,
		Queue: s.Queue, QueueName: dir.Queue(s.Queue).GetName(),
		Phase: Phase(s.Phase), Media: word(int32(s.Media), s.Media.String(), "MEDIA_"),
		Desk: word(int32(s.Desk), s.Desk.String(), "DESK_"), DeskStage: s.DeskStage,
		Agent: s.Agent, AgentName: dir.Agent(s.Agent).GetName(),
		Owner: s.Owner, OwnerName: dir.Agent(s.Owner).GetName(), OwnerEpoch: s.OwnerEpoch,
		Held: s.Held, LateClaim: s.LateClaim, HoldStage: s.HoldStage, Resumes: s.Resumes, ResumedBy: s.ResumedBy,
		ArrivedAt: At(s.ArrivedMs), EnqueuedAt: At(s.EnqueuedMs), ConnectedAt: At(s.ConnectedMs),
		AnsweredAt: At(s.AnsweredMs), EndedAt: At(s.EndedMs),
		EndCause: word(int32(s.EndCause), s.EndCause.String(), "END_"), TalkMs: s.TalkMs, HoldMs: s.HoldMs,
		Class: Class(s.Class), Provisional: s.Provisional, Excused: s.Excused, AutoClosed: s.AutoClosed,
		Reason: s.Reason, Link: word(int32(s.Link), s.Link.String(), "LINK_"),
		Customer: s.Customer, Location: s.Location, Job: s.Job, AlsoBooked: s.AlsoBooked,
		Recording: s.Recording, RecordingDone: s.RecordingDone, Test: s.Test,
		CallDesk: newCallDesk(s),
	}
}

// Offer is one call offered to one agent: all that is to be seen before the answer (R7).
type Offer struct {
	Offer        string        `json:"offer" doc:"Id of the offer; accept and reject name it"`
	Call         string        `json:"call"`
	Agent        string        `json:"agent"`
	Channel      string        `json:"channel" doc:"voice"`
	Caller       string        `json:"caller,omitempty"`
	CallerName   string        `json:"caller_name,omitempty"`
	CustomerName string        `json:"customer_name,omitempty" doc:"Whom the number belongs to, if one alone (R10)"`
	Candidates   []CustomerRef `json:"candidates,omitempty" doc:"Whom it may belong to, if several (R10)"`
	Number       string        `json:"number,omitempty"`
	Tenant       string        `json:"tenant"`
	TenantName   string        `json:"tenant_name,omitempty"`
	Campaign     string        `json:"campaign,omitempty"`
	CampaignName string        `json:"campaign_name,omitempty"`
	Queue        string        `json:"queue"`
	QueueName    string        `json:"queue_name,omitempty"`
	Greeting     string        `json:"greeting,omitempty"`
	WaitMs       int64         `json:"wait_ms" doc:"How long the caller had waited when the offer was made"`
	CallerCalls  int32         `json:"caller_calls_24h" doc:"Other calls of this caller to this tenant in the 24 h before this one, counted to 20"`
	AnswerOn     string        `json:"answer_on,omitempty" doc:"phone: it rings; client: accept rings the phone"`
	AutoAnswer   bool          `json:"auto_answer,omitempty"`
	Connecting   bool          `json:"connecting,omitempty" doc:"Accepted, the phone is being connected"`
	MadeAt       Time          `json:"made_at,omitempty" format:"date-time"`
	Deadline     Time          `json:"deadline,omitempty" format:"date-time"`
}

// NewOffer shows the offer o of a call.
func NewOffer(s *cc.CallSummary, o *cc.Offer, dir *cc.Directory) *Offer {
	tenant, queue := dir.Tenant(s.Tenant), dir.Queue(o.Queue)
	greeting := queue.GetGreeting()
	if greeting == "" {
		greeting = tenant.GetGreeting()
	}
	since := s.EnqueuedMs
	if since == 0 {
		since = s.ArrivedMs
	}
	return &Offer{
		Offer: o.Id, Call: s.Call, Agent: o.Agent, Channel: Voice, Caller: s.Caller, CallerName: s.CallerName,
		CustomerName: s.CustomerName, Candidates: candidates(s), Number: s.Number, Tenant: s.Tenant, TenantName: tenant.GetName(),
		Campaign: s.Campaign, CampaignName: dir.Campaign(s.Campaign).GetName(),
		Queue: o.Queue, QueueName: queue.GetName(), Greeting: greeting, WaitMs: max(0, o.MadeMs-since),
		CallerCalls: s.CallerCalls,
		AnswerOn:    answerOn(o.AnswerOn), AutoAnswer: o.AutoAnswer, Connecting: o.Connecting,
		MadeAt: At(o.MadeMs), Deadline: At(o.DeadlineMs),
	}
}
