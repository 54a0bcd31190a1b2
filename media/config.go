package media

import (
	"fmt"
	"log/slog"
	"net/netip"
	"time"
)

// Config of an Engine. Zero values of the numbers mean their defaults.
type Config struct {
	Addr      netip.Addr // local address the sockets bind; decides IPv4 or IPv6
	Advertise netip.Addr // address given out by Open; default Addr
	PortMin   uint16     // first port of the range; RTP takes even ports, RTCP the next odd one; default 20000
	PortMax   uint16     // last port of the range, inclusive; default 39999
	Workers   int        // threads that move RTP; default 1

	RecordDir     string // directory for recordings; "" means that Record is refused
	SealAfterMs   int64  // a slab is sealed this long after its first packet; default 250
	RTPTimeoutMs  int64  // a leg that should send and does not for this long gives RTPTimeout; default 20 000
	PortDrainMs   int64  // a port pair rests this long after CloseLeg; default 2000
	ReadyPairs    int    // port pairs held with their sockets open, ahead of Open, filled up when under half; default 32
	LearnWindowMs int64  // after SetRemote another source may be learned for this long; default 5000
	FinishWorkers int    // recordings turned into WAV files at the same time; default 1

	Limits  Limits
	Logger  *slog.Logger // default: discards
	OnEvent func(Event)  // called one event at a time from one goroutine of the engine, never from a worker
	NowMs   func() int64 // cluster time, ms of the Unix epoch; called by workers: must be cheap and never block
}

// Limits name every bound of the engine. Zero values mean their defaults.
type Limits struct {
	Legs      int // open legs of all workers; default 20 000
	IdlePairs int // port pairs with open sockets and without a leg, resting ones included; default 4096, and
	// never more than a quarter of RLIMIT_NOFILE in descriptors (a pair has two)
	Commands   int // commands waiting at one worker; default 65 536
	Events     int // events waiting for OnEvent; default 8192
	Recordings int // recordings running; default 10 000
	Slabs      int // recording slabs in memory, 1 MiB each, of all workers; default 64
}

func def[T int | int64 | uint16](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

func (c *Config) complete() error {
	if !c.Addr.IsValid() {
		return fmt.Errorf("%w: Addr is not set", ErrBadArgument)
	}
	c.Addr = c.Addr.Unmap()
	if !c.Advertise.IsValid() {
		c.Advertise = c.Addr
	}
	def(&c.PortMin, 20000)
	def(&c.PortMax, 39999)
	def(&c.Workers, 1)
	def(&c.SealAfterMs, 250)
	def(&c.RTPTimeoutMs, 20_000)
	def(&c.PortDrainMs, 2000)
	def(&c.ReadyPairs, 32)
	def(&c.LearnWindowMs, 5000)
	def(&c.FinishWorkers, 1)
	def(&c.Limits.Legs, 20_000)
	def(&c.Limits.IdlePairs, 4096)
	def(&c.Limits.Commands, 65_536)
	def(&c.Limits.Events, 8192)
	def(&c.Limits.Recordings, 10_000)
	def(&c.Limits.Slabs, 64)
	if c.PortMin%2 != 0 {
		c.PortMin++
	}
	if c.PortMin == 0 || int(c.PortMin)+1 > int(c.PortMax) {
		return fmt.Errorf("%w: port range %d-%d holds no pair", ErrBadArgument, c.PortMin, c.PortMax)
	}
	if c.ReadyPairs < 0 || c.Limits.IdlePairs < 0 {
		return fmt.Errorf("%w: %d ready and %d idle port pairs", ErrBadArgument, c.ReadyPairs, c.Limits.IdlePairs)
	}
	if c.Workers < 1 || c.Workers > 256 {
		return fmt.Errorf("%w: %d workers", ErrBadArgument, c.Workers)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.OnEvent == nil {
		c.OnEvent = func(Event) {}
	}
	if c.NowMs == nil {
		c.NowMs = func() int64 { return time.Now().UnixMilli() }
	}
	return nil
}
