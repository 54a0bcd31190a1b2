package config

// Center is the center part of a file: one company's tenants, numbers, queues and people. It is imported into the
// journal on the first start of an empty one; later it is changed there, and a file that differs is only reported.
type Center struct {
	// The company that all belongs to.
	Company Company `key:"company" need:"yes"`
	// Tenants, the businesses that calls are answered for.
	Tenants []Tenant `key:"tenants" need:"yes" min:"1" max:"10000"`
	// Campaigns, what advertised numbers are credited to.
	Campaigns []Campaign `key:"campaigns"`
	// Telephone numbers, ours and the outside ones we may call.
	Numbers []Number `key:"numbers"`
	// Workflows, where calls to a number go.
	Workflows []Workflow `key:"workflows" max:"10000"`
	// Queues, where callers wait.
	Queues []Queue `key:"queues" max:"10000"`
	// Agents: everybody who signs in or whose phone rings.
	Agents []Agent `key:"agents" max:"20000"`
	// Call reasons, which close a bubble (R47, R51).
	Reasons []Reason `key:"reasons" max:"10000"`
	// Trunks, where calls from outside come from.
	Trunks []Trunk `key:"trunks" max:"1000"`
	// Webhooks, where public events are posted.
	Webhooks []Webhook `key:"webhooks" max:"100"`
	// Look-up of the customer a caller's number belongs to (R10).
	Lookup Lookup `key:"lookup"`

	places places
	secret bool // plain passwords or SIP secrets were given
}

// Company is the owner of a center.
type Company struct {
	// Id of the company.
	ID string `key:"id" need:"yes" format:"id"`
	// Name shown to people.
	Name string `key:"name" need:"yes" format:"line"`
	// Country whose national spelling of numbers is understood, e.g. US. Empty: numbers must begin with + and the
	// country code.
	Region string `key:"region" format:"region"`
	// Realm of SIP digest authentication. Stored digests belong to it: changing it needs every SIP secret again.
	SIPRealm string `key:"sip_realm" default:"wirechief" format:"realm" need:"yes"`
	// Offer MD5 after SHA-256 to phones that know nothing newer, and store their MD5 digest (RFC 8760).
	AllowMD5 bool `key:"allow_md5" default:"false"`
	// Offer MD5 alone, for phones that give up where any challenge is not MD5, wherever it stands (baresip before 3.12).
	// Needs `company.allow_md5`. RFC 8760 wants the strongest offered, and first: leave it off where phones can do
	// better.
	MD5Only bool `key:"md5_only" default:"false"`
}

// Tenant is one business.
type Tenant struct {
	// Id of the tenant.
	ID string `key:"id" need:"yes" format:"id"`
	// Name shown to agents with each offer (R7).
	Name string `key:"name" need:"yes" format:"line"`
	// Time zone, for calendars and reports.
	Timezone string `key:"timezone" default:"UTC" format:"zone" need:"yes"`
	// Talk time from which a call without booking, reason or note is a lead (R49).
	LeadThresholdMs int64 `key:"lead_threshold_ms" default:"60000" min:"1" max:"86400000"`
	// Wrap-up after queue calls where neither queue nor agent says otherwise (R32).
	WrapUp WrapUp `key:"wrapup"`
	// Reasons an agent may choose for Unavailable (R98).
	PresenceReasons []string `key:"presence_reasons" default:"break,lunch,meeting,training" format:"id" max:"100"`
	// Callers whose calls are flagged as tests, outside every figure (R5).
	TestCallers []string `key:"test_callers" format:"line" max:"10000"`
	// Sentence the agent greets with, shown in the offer (R7).
	Greeting string `key:"greeting" format:"line"`
	// Record answered calls (R56, R58).
	Record bool `key:"record" default:"true"`
	// Numbers of either side whose calls are never recorded (R58).
	RecordExclusions []string `key:"record_exclusions" format:"line" max:"10000"`
	// Callers who are refused before any queue (R101).
	BlockedCallers []string `key:"blocked_callers" format:"line" max:"10000"`
	// Callers who are refused until a moment (R101).
	BlockedUntil []BlockedUntil `key:"blocked_until" max:"10000"`
	// When an ended bubble that nobody closes moves on (R87).
	Desk Desk `key:"desk"`
	// Which actions of the CRM link a call, where that differs from the shipped table (R41): `note`, `book`, `dispatch`,
	// `cancel`, `arrive`, `complete`, `reschedule`, `hold`, `recall`, `warranty`, `lead`, `update_invoice` and `save`
	// link; `attach`, `email`, `edit` and `add_task` do not; any other is refused.
	LinkActions []LinkAction `key:"link_actions" max:"200"`
	// Time within which an abandoned caller is to be called back (R54).
	CallbackDueMs int64 `key:"callback_due_ms" default:"3600000" min:"60000" max:"604800000"`
}

// WrapUp is the time after a queue call in which no other is offered (R32). It is frozen at the answer.
type WrapUp struct {
	// `none`; `timed` runs to its end; `timed_early` may be finished earlier; `manual` lasts until finished or `max_ms`.
	Mode string `key:"mode" default:"none" enum:"none,timed,timed_early,manual"`
	// Length of timed wrap-up.
	LengthMs int64 `key:"length_ms" default:"30000" min:"1000" max:"3600000"`
	// Longest wrap-up, extensions included, and the end of a manual one. Time in which the clock stands does not count.
	MaxMs int64 `key:"max_ms" default:"600000" min:"1000" max:"3600000"`
	// How often an agent may extend it.
	Extensions int32 `key:"extensions" default:"2" min:"0" max:"100"`
	// What one extension adds.
	ExtensionMs int64 `key:"extension_ms" default:"60000" min:"1000" max:"3600000"`
	// `when_free`: the clock stands while a direct or internal call that the agent received, or a consult, is up;
	// `immediately`: it never does (R21).
	Clock string `key:"clock" default:"when_free" enum:"when_free,immediately"`
	// Closing the bubble of the call ends it.
	EndsOnClose bool `key:"ends_on_close" default:"false"`
}

// Campaign is what advertised numbers are credited to.
type Campaign struct {
	// Id of the campaign.
	ID string `key:"id" need:"yes" format:"id"`
	// Tenant it belongs to.
	Tenant string `key:"tenant" need:"yes" format:"id"`
	// Name shown to agents and in reports.
	Name string `key:"name" need:"yes" format:"line"`
}

// Number is one telephone number with its one role (R1, R2, R91). A number that is to change has a further entry with
// `from`: calls keep what was stamped on them.
type Number struct {
	// The number, E.164 with + or as the company's region spells it.
	Number string `key:"number" need:"yes" format:"line"`
	// `tracking`: advertised, tracked and recorded; `direct_line`: one agent's; `shared`: tenant chosen by the owner of
	// the call; `forwarding` and `bypass`: outside numbers we may call, never ours.
	Role string `key:"role" default:"tracking" enum:"tracking,direct_line,shared,forwarding,bypass"`
	// Tenant stamped on the call at its first ring.
	Tenant string `key:"tenant" format:"id"`
	// Campaign stamped on the call. Empty: its calls count as unattributed.
	Campaign string `key:"campaign" format:"id"`
	// Workflow the call follows.
	Workflow string `key:"workflow" format:"id"`
	// This entry holds from then on, as `2026-12-01T06:00:00Z`, until a later entry of the same number does (R1). Empty:
	// from the start.
	From string `key:"from" format:"instant"`
	// Agent of a direct line.
	Agent string `key:"agent" format:"id"`
	// When the caller is connected: `on_agent` rings on while an idle agent is being asked and connects when that agent
	// answers, after `connect_after_ms`, or at once into the queue where no agent is idle; `on_queue` connects at once.
	Connect string `key:"connect" default:"on_agent" enum:"on_agent,on_queue"`
	// With `on_agent` the caller is connected after this long even if no agent has answered yet.
	ConnectAfterMs int64 `key:"connect_after_ms" default:"6000" min:"1" max:"180000"`
}

// Workflow is an ordered list of targets: when one ends without an agent, the call goes on to the next (R24).
type Workflow struct {
	// Id of the workflow.
	ID string `key:"id" need:"yes" format:"id"`
	// Name shown to people.
	Name string `key:"name" format:"line"`
	// Targets in order.
	Steps []Step `key:"steps" need:"yes" min:"1" max:"8"`
}

// Step is one target of a workflow.
type Step struct {
	// Queue the caller waits in.
	Queue string `key:"queue" need:"yes" format:"id"`
	// The caller keeps the age they come with; false: it starts anew here (R65).
	KeepAge bool `key:"keep_age" default:"true"`
	// What calls need that come this way, beside what the queue needs.
	Skills []SkillNeed `key:"skills" max:"32"`
}

// Queue is a line of callers and the discipline of its offers.
type Queue struct {
	// Id of the queue.
	ID string `key:"id" need:"yes" format:"id"`
	// Name shown to people.
	Name string `key:"name" need:"yes" format:"line"`
	// Tenants whose calls may wait here (R8).
	Tenants []string `key:"tenants" need:"yes" format:"id" min:"1" max:"10000"`
	// Which of the idle agents is next (R67): idle for longest; asked longest ago by any queue (`round_robin`); fewest
	// queue calls or least talk time since signing in; highest levels in the skills asked for; several at a time
	// (`ring_all`); by the agents' positions (`ordered`). Equals: idle for longest, then by id.
	Strategy string `key:"strategy" default:"longest_idle" enum:"longest_idle,round_robin,fewest_calls,least_talk,most_skilled,ring_all,ordered"`
	// Agents that ring at a time with `ring_all`.
	RingAllMax int32 `key:"ring_all_max" default:"10" min:"1" max:"50"`
	// Skills an agent must have for its calls (R67).
	Skills []SkillNeed `key:"skills" max:"32"`
	// Waits in the queue after which tier 2, 3, ... is asked too, ascending; tiers beyond the list come with its last.
	TierAfterMs []int64 `key:"tier_after_ms"`
	// How long a call waits for its preferred agent alone, if that agent is free or will be within it. 0: not at all
	// (R67).
	PreferredWindowMs int64 `key:"preferred_window_ms" default:"20000" min:"0" max:"600000"`
	// The agent who talked with the caller last is preferred (R67).
	LastAgent bool `key:"last_agent" default:"false"`
	// A call passes the queue by when no agent of it is signed in (`none_online`) or Available (`none_available`) (R30).
	SkipIf string `key:"skip_if" default:"never" enum:"never,none_online,none_available"`
	// `external` for customers, `department` for colleagues (R22).
	Audience string `key:"audience" default:"external" enum:"external,department"`
	// How long an agent's phone or client rings for one offer (R24).
	RingTimeoutMs int64 `key:"ring_timeout_ms" default:"30000" min:"1000" max:"600000"`
	// How long an accepted offer may take to be heard before it has failed (R82).
	ConnectTimeoutMs int64 `key:"connect_timeout_ms" default:"10000" min:"1000" max:"60000"`
	// What a miss does to the agent (R25): `keep` nothing, `unavailable` once `max_misses` is reached, `cooldown` no
	// offer for `cooldown_ms`; `auto` is `keep` with strategy `ring_all`, else `unavailable`.
	OnMiss string `key:"on_miss" default:"auto" enum:"auto,keep,unavailable,cooldown"`
	// What a reject does to the agent (R25).
	OnReject string `key:"on_reject" default:"auto" enum:"auto,keep,unavailable,cooldown"`
	// Length of a cooldown (R25, R102).
	CooldownMs int64 `key:"cooldown_ms" default:"10000" min:"1" max:"3600000"`
	// Misses in a row, over all queues, that make the agent Unavailable (R25).
	MaxMisses int32 `key:"max_misses" default:"1" min:"1" max:"100"`
	// An agent who missed, rejected or failed gets the same call again only after this long, and only if nobody else is
	// left (R31).
	ReofferAfterMs int64 `key:"reoffer_after_ms" default:"10000" min:"1" max:"3600000"`
	// An agent whose phone is busy is passed over for this long (R81).
	BusySkipMs int64 `key:"busy_skip_ms" default:"10000" min:"1" max:"3600000"`
	// Wrap-up of this queue's calls; left out: the tenant's (R32).
	WrapUp *WrapUp `key:"wrapup"`
	// Longest wait before the call goes on to the next target (R69, R102).
	MaxWaitMs int64 `key:"max_wait_ms" default:"1800000" min:"1000" max:"86400000"`
	// Waiting callers; the next one goes on to the next target (R69, R102).
	MaxSize int32 `key:"max_size" default:"1000" min:"1" max:"100000"`
	// Offers of one call before it goes on to the next target. 0: no limit (R24, R102).
	MaxOffers int32 `key:"max_offers" default:"0" min:"0" max:"10000"`
	// Head start of this queue's calls against those of the agent's other queues, in minutes of waiting (R66).
	WeightMinutes int64 `key:"weight_minutes" default:"0" min:"-1440" max:"1440"`
	// Priority of its calls, in steps of `priority_step_ms` (R66).
	Priority int32 `key:"priority" default:"0" min:"0" max:"10"`
	// What one step of priority counts for in waiting time (R66).
	PriorityStepMs int64 `key:"priority_step_ms" default:"300000" min:"1" max:"86400000"`
	// Priority first, waiting time second (R66).
	StrictPriority bool `key:"strict_priority" default:"false"`
	// Offer also to an agent on an outbound call (R18).
	OfferDuringOutbound bool `key:"offer_during_outbound" default:"true"`
	// Offer also to an agent on a direct or internal call (R19).
	OfferDuringDirect bool `key:"offer_during_direct" default:"false"`
	// Sentence the agent greets with, instead of the tenant's (R7).
	Greeting string `key:"greeting" format:"line"`
	// Answered within this time counts as in service level (R77).
	ServiceLevelMs int64 `key:"service_level_ms" default:"20000" min:"1000" max:"3600000"`
	// A caller who hung up while waiting and calls again within this time takes the old place. 0: off (R94).
	RedialWindowMs int64 `key:"redial_window_ms" default:"120000" min:"0" max:"3600000"`
}

// Agent is somebody who signs in, takes calls, or both.
type Agent struct {
	// Id of the agent.
	ID string `key:"id" need:"yes" format:"id"`
	// Name shown to people.
	Name string `key:"name" need:"yes" format:"line"`
	// Name to sign in with. Empty: never signs in, see `phone_only`.
	Login string `key:"login" format:"login"`
	// Password in plain text, hashed on import. Prefer `password_hash`; a file with this must have mode 0600.
	Password string `key:"password" format:"secret"`
	// Password as an argon2id string, made by `wirechief hash-password`.
	PasswordHash string `key:"password_hash" format:"argon2id"`
	// What the agent may do (R97).
	Role string `key:"role" default:"csr" enum:"csr,supervisor,admin,integrator,auditor"`
	// Tenants the agent may serve (R8).
	Tenants []string `key:"tenants" format:"id" max:"10000"`
	// Queues the agent is assigned to (R15).
	Queues []string `key:"queues" format:"id" max:"1000"`
	// Tier and position in a queue, where not the first tier (R67).
	Memberships []Membership `key:"memberships" max:"1000"`
	// Skills of the agent (R67).
	Skills []Skill `key:"skills" max:"100"`
	// Teams, for supervisors and reports; a supervisor with teams sees and controls the agents of these only (R97).
	Teams []string `key:"teams" format:"id" max:"100"`
	// Tenant of calls to the agent's direct line; one of `tenants` (R91).
	HomeTenant string `key:"home_tenant" format:"id"`
	// User name the phone registers with.
	SIPUser string `key:"sip_user" format:"sip_user"`
	// Secret of the phone in plain text; only its digests are kept. A file with this must have mode 0600.
	SIPSecret string `key:"sip_secret" format:"secret"`
	// Digest of the secret instead of it: SHA-256 of `user:realm:secret` in hex.
	SIPDigestSHA256 string `key:"sip_digest_sha256" format:"sha256"`
	// The same by MD5, used only with `company.allow_md5`.
	SIPDigestMD5 string `key:"sip_digest_md5" format:"md5"`
	// Phone at a fixed address instead of a registered one, e.g. `sip:101@192.0.2.7:5060`.
	Contact string `key:"contact" format:"contact"`
	// `phone`: the phone rings with the offer and its answer accepts; `client`: the phone is called when the client
	// accepts (R82).
	AnswerOn string `key:"answer_on" default:"phone" enum:"phone,client"`
	// Ask the phone to answer by itself when it is called after the client's accept; one that rings already is called
	// once more for that. `false` for phones that cannot: a client's accept of a call that rings on the phone then gets
	// `answer_on_phone` (R82).
	AutoAnswer bool `key:"auto_answer" default:"true"`
	// Gets queue calls without a connected client (R80).
	PhoneOnly bool `key:"phone_only" default:"false"`
	// Direct, internal and outbound calls the agent may have at a time, beside a queue call (R20).
	MaxOtherCalls int32 `key:"max_other_calls" default:"3" min:"1" max:"20"`
	// Wrap-up of this agent, before the queue's and the tenant's (R32).
	WrapUp *WrapUp `key:"wrapup"`
}

// Reason is a call reason of a tenant (R51).
type Reason struct {
	// Id of the reason.
	ID string `key:"id" need:"yes" format:"id"`
	// Tenant it belongs to.
	Tenant string `key:"tenant" need:"yes" format:"id"`
	// Name shown to agents.
	Name string `key:"name" need:"yes" format:"line"`
	// A call closed with it was a lead.
	Lead bool `key:"lead" default:"false"`
	// May be chosen. A reason is retired with false; one that a later file leaves out is retired too, never deleted (R51).
	Active bool `key:"active" default:"true"`
}

// Trunk is a carrier or an exchange that sends calls.
type Trunk struct {
	// Id of the trunk.
	ID string `key:"id" need:"yes" format:"id"`
	// Addresses and networks its signalling comes from; calls from anywhere else are not taken.
	Sources []string `key:"sources" need:"yes" format:"network" min:"1" max:"1000"`
}
