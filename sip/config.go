package sip

import (
	"errors"
	"log/slog"
	"runtime"
	"time"

	"github.com/wirechief/wirechief/sip/registrar"
	"github.com/wirechief/wirechief/sip/wire"
)

// Config of an Endpoint. A zero field means its default.
type Config struct {
	UDP        []string // listen addresses host:port; port 0 picks one
	TCP        []string // listen addresses host:port
	UDPSockets int      // sockets (SO_REUSEPORT) and readers per UDP address, default GOMAXPROCS, at most 16

	Lanes     int // serial lanes, default 4 * GOMAXPROCS
	LaneDepth int // messages waiting per lane, default 512; sources not yet known get half of it

	Limits wire.Limits // per message

	MaxConns         int           // TCP connections, default 4096
	MaxConnsPerIP    int           // per remote address, default 256
	IdleUnproven     time.Duration // TCP connection without an authenticated message, default 30 s
	IdleProven       time.Duration // other TCP connections without traffic, default 4 h: a call may talk without a message for that long
	HalfMessage      time.Duration // from first to last octet of one message, default 10 s
	WriteQueue       int           // messages waiting per connection, default 256; one more closes it
	MaxPending       int           // INVITEs handed over, not yet bound or answered; default 2000
	MaxRoutes        int           // bound Call-IDs plus tombstones, default 400000
	UnprovenRate     float64       // messages per second per /32 or /64 not known, default 100
	UnprovenBurst    int           // default 500: an office behind one NAT may restart
	LateTrying       bool          // no 100 to a first INVITE: the handler answers by itself, and first makes sure of the call
	ForceRport       bool          // answer datagrams to their source port even without rport
	AdvertiseAddr    string        // host or host:port in our own requests, default the first listen address
	UserAgent        string        // User-Agent and Server header, default "Wirechief"
	Realm            string        // digest realm, default "wirechief"
	AllowMD5         bool          // offer MD5 after SHA-256 to phones that know nothing else (RFC 8760)
	MD5Only          bool          // offer MD5 alone, for phones that give up at a challenge they do not know; needs AllowMD5
	Extensions       []string      // option tags supported, default "timer": what the legs do
	RegisterExpiresS RegisterExpires

	Directory Directory                    // who is known; nil = nobody
	Store     registrar.Store              // registrations; nil = kept in memory only
	Handler   Handler                      // required
	Logger    *slog.Logger                 // default slog.Default
	Now       func() time.Time             // default time.Now
	LeaseHeld func() bool                  // asked before every send; nil = always held
	Admit     func() (bool, time.Duration) // asked before each new INVITE; false = 503 with Retry-After

	OnRegistration func(registrar.Change) // called after the change, on any goroutine; must not block
	OnFlowClosed   func(flow string)      // a TCP flow is gone; any goroutine, must not block
}

// RegisterExpires are the bounds of a registration in seconds.
type RegisterExpires struct {
	Min     int64 // 423 below, default 60
	Max     int64 // cut above, default 7200
	Default int64 // none asked, default 3600
}

// validate fills defaults and reports every violation.
func (c *Config) validate() error {
	var errs []error
	if c.Handler == nil {
		errs = append(errs, errors.New("sip: config needs a Handler"))
	}
	if len(c.UDP)+len(c.TCP) == 0 {
		errs = append(errs, errors.New("sip: config needs a listen address"))
	}
	procs := runtime.GOMAXPROCS(0)
	defInt(&c.UDPSockets, min(procs, 16))
	defInt(&c.Lanes, 4*procs)
	defInt(&c.LaneDepth, 512)
	defInt(&c.MaxConns, 4096)
	defInt(&c.MaxConnsPerIP, 256)
	defInt(&c.WriteQueue, 256)
	defInt(&c.MaxPending, 2000)
	defInt(&c.MaxRoutes, 400_000)
	defInt(&c.UnprovenBurst, 500)
	if c.UnprovenRate <= 0 {
		c.UnprovenRate = 100
	}
	defDuration(&c.IdleUnproven, 30*time.Second)
	defDuration(&c.IdleProven, 4*time.Hour)
	defDuration(&c.HalfMessage, 10*time.Second)
	if c.UDPSockets > 16 {
		errs = append(errs, errors.New("sip: UDPSockets above 16"))
	}
	if c.UserAgent == "" {
		c.UserAgent = "Wirechief"
	}
	if c.Realm == "" {
		c.Realm = "wirechief"
	}
	if c.Extensions == nil {
		c.Extensions = []string{"timer"}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Limits = c.Limits.WithDefaults()
	return errors.Join(errs...)
}

func defInt(v *int, def int) {
	if *v <= 0 {
		*v = def
	}
}

func defDuration(v *time.Duration, def time.Duration) {
	if *v <= 0 {
		*v = def
	}
}
