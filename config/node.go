package config

// Node is the settings of one process. They stand only in its file, its environment and its flags.
// Each key has the environment variable WIRECHIEF_ and its path in capitals, dots as underscores: `sip.udp` is
// WIRECHIEF_SIP_UDP. Lists are written there by commas.
type Node struct {
	// Name of this node in logs, metrics and the journal.
	Name string `key:"name" default:"node1" format:"id"`
	// Directory of the journal, made when missing. Relative to the working directory.
	DataDir string `key:"data_dir" default:"data" need:"yes"`
	// Directory of recordings and their crash log. Empty: `recordings` in `data_dir`.
	RecordingsDir string `key:"recordings_dir"`
	// Address that phones and trunks reach this node at; it goes into Via, Contact and SDP. Empty: the listening
	// address if that is one, else the machine's first address that is not loopback.
	Advertise string `key:"advertise" format:"ip"`

	// Signalling.
	SIP SIP `key:"sip"`
	// Console, CSR WebSocket, API, health and metrics.
	HTTP HTTP `key:"http"`
	// RTP and recording.
	Media Media `key:"media"`
	// When new calls are refused so that those accepted go well.
	Admission Admission `key:"admission"`
	// Sign-in of people.
	Auth Auth `key:"auth"`
	// Logging, to standard error.
	Log Log `key:"log"`
}

// SIP is the signalling of a node.
type SIP struct {
	// Listening addresses for UDP, `host:port`; port 0 takes a free one. Empty list: no UDP.
	UDP []string `key:"udp" default:":5060" format:"listen" max:"16"`
	// Listening addresses for TCP.
	TCP []string `key:"tcp" default:":5060" format:"listen" max:"16"`
	// Sockets and readers for each UDP address. 0: one for each core.
	UDPSockets int `key:"udp_sockets" default:"0" min:"0" max:"16"`
	// User-Agent and Server header.
	UserAgent string `key:"user_agent" default:"Wirechief" format:"line"`
	// Open TCP connections.
	MaxConnections int `key:"max_connections" default:"4096" min:"1" max:"1000000"`
	// Open TCP connections from one address.
	MaxConnectionsPerIP int `key:"max_connections_per_ip" default:"256" min:"1" max:"1000000"`
	// INVITEs taken in but not yet answered by the call; more get 503.
	MaxPending int `key:"max_pending" default:"2000" min:"1" max:"1000000"`
	// Messages a second from one source (/32 or /64) that is neither a trunk nor signed in.
	UnprovenRate float64 `key:"unproven_rate" default:"20" min:"1" max:"100000"`
	// Messages such a source may send at once.
	UnprovenBurst int `key:"unproven_burst" default:"40" min:"1" max:"100000"`
	// Answer datagrams to the port they came from, even when the sender does not ask for it (RFC 3581).
	ForceRport bool `key:"force_rport" default:"false"`
	// Shortest registration accepted; shorter ones are refused with 423.
	RegisterMinS int64 `key:"register_min_s" default:"60" min:"10" max:"86400"`
	// Longest registration given; longer wishes are cut.
	RegisterMaxS int64 `key:"register_max_s" default:"7200" min:"60" max:"86400"`
	// Registration given when the phone asks for none.
	RegisterDefaultS int64 `key:"register_default_s" default:"3600" min:"10" max:"86400"`
}

// HTTP is the listening side of console, WebSocket and API.
type HTTP struct {
	// Listening address, `host:port`; port 0 takes a free one.
	Listen string `key:"listen" default:":8080" format:"listen" need:"yes"`
	// Origins of web pages, besides our own, that may open the CSR WebSocket and use the API.
	Origins []string `key:"origins" format:"origin" max:"100"`
	// Reverse proxies, addresses and networks: where a request comes from one of them, its client is the right-most address
	// in X-Forwarded-For that is none of them. Sign-in limits and logs go by it. Empty: the header is not looked at.
	TrustedProxies []string `key:"trusted_proxies" format:"network" max:"100"`
	// Connected CSR clients; more are refused with `overloaded`.
	MaxClients int `key:"max_clients" default:"10000" min:"1" max:"1000000"`
	// Days for which it is kept who listened to which recording (R61): a row for each person, recording, address and hour.
	AuditDays int `key:"audit_days" default:"365" min:"1" max:"36500"`
}

// Media is RTP and recording of a node.
type Media struct {
	// Local address of the RTP sockets. Empty: all addresses of the machine.
	Address string `key:"address" format:"ip"`
	// First port of the range for RTP and RTCP.
	PortMin int `key:"port_min" default:"20000" min:"1024" max:"65534"`
	// Last port of the range; every leg takes two.
	PortMax int `key:"port_max" default:"39999" min:"1025" max:"65535"`
	// Threads that move RTP.
	Workers int `key:"workers" default:"1" min:"1" max:"256"`
	// Open legs.
	MaxLegs int `key:"max_legs" default:"20000" min:"2" max:"1000000"`
	// Port pairs kept with their sockets open ahead of calls, so that a call does not wait for them; filled up when
	// fewer than half are left. For each, two descriptors.
	ReadyPairs int `key:"ready_pairs" default:"32" min:"1" max:"10000"`
	// Port pairs with open sockets and without a leg, ready and resting ones together; never more than fit into a
	// quarter of the descriptors the process may have. Past it a pair's sockets are closed with its call.
	IdlePairs int `key:"idle_pairs" default:"4096" min:"1" max:"100000"`
	// A leg that should send and does not for this long is probed, and is lost when it does not answer (R85).
	RTPTimeoutMs int64 `key:"rtp_timeout_ms" default:"20000" min:"1000" max:"3600000"`
	// A port pair rests this long after its call, so that late packets meet nobody else.
	PortDrainMs int64 `key:"port_drain_ms" default:"2000" min:"1" max:"60000"`
	// After an answer another source address may be learned for this long (NAT), never later.
	LearnWindowMs int64 `key:"learn_window_ms" default:"5000" min:"1" max:"60000"`
	// Recorded audio leaves memory at least this often; what a killed process can lose.
	SealAfterMs int64 `key:"seal_after_ms" default:"250" min:"20" max:"10000"`
	// Recordings made into WAV files at the same time.
	FinishWorkers int `key:"finish_workers" default:"1" min:"1" max:"64"`
}

// Admission is what the node takes on. Past a limit an INVITE gets 503 with Retry-After.
type Admission struct {
	// Calls up at the same time, waiting ones too.
	MaxCalls int `key:"max_calls" default:"10000" min:"1" max:"1000000"`
	// New calls a second, averaged over a second. 0: no limit.
	MaxCallsPerSecond int `key:"max_calls_per_second" default:"0" min:"0" max:"100000"`
	// Retry-After of a refusal.
	RetryAfterS int `key:"retry_after_s" default:"5" min:"1" max:"3600"`
}

// Auth is how people stay signed in.
type Auth struct {
	// File of 32 octets that signs tokens, mode 0600. Empty: `token.key` in `data_dir`, made at the first start.
	TokenKeyFile string `key:"token_key_file"`
	// Life of an access token.
	TokenMs int64 `key:"token_ms" default:"600000" min:"10000" max:"600000"`
	// Life of a refresh token, renewed with each use.
	RefreshMs int64 `key:"refresh_ms" default:"43200000" min:"60000" max:"2592000000"`
	// Failed sign-ins a minute, for one login and for one address, before the next are refused.
	MaxFailuresPerMinute int `key:"max_failures_per_minute" default:"5" min:"1" max:"1000"`
}

// Log is the form of the log.
type Log struct {
	// Least level written.
	Level string `key:"level" default:"info" enum:"debug,info,warn,error"`
	// `text` for people, `json` for machines.
	Format string `key:"format" default:"text" enum:"text,json"`
}
