package sip

import (
	"reflect"
	"strings"
	"sync/atomic"
	"unicode"
)

// Stats counts what the endpoint did with messages. All values only grow.
type Stats struct {
	Requests, Responses                     atomic.Uint64 // well-formed messages received
	Malformed, MalformedResponses           atomic.Uint64 // requests refused, responses dropped by the grammar
	Invites, Registers, Options             atomic.Uint64 // from those who may
	ToSinks                                 atomic.Uint64 // messages handed to a bound sink
	StrayRequests, StrayResponses           atomic.Uint64 // without a route
	Absorbed                                atomic.Uint64 // retransmissions answered or swallowed here
	Merged                                  atomic.Uint64 // the same INVITE by another way: 482
	Parked, Unparked, ParkExpired, ParkFull atomic.Uint64 // messages ahead of their INVITE
	LaneFull                                atomic.Uint64 // dropped, or 503, because a lane was full
	Overload                                atomic.Uint64 // 503 by admission
	Undecided                               atomic.Uint64 // INVITEs the handler neither bound nor answered in 32 s
	Challenged, AuthFailed                  atomic.Uint64
	Bans, BannedDropped                     atomic.Uint64
	RateLimited                             atomic.Uint64 // dropped: source not known and too fast
	Denied                                  atomic.Uint64 // refused or dropped by the method table
	OverBudget                              atomic.Uint64 // answers kept back: more than the source sent
	Sent, SendFailed, NoLease               atomic.Uint64
	FinalsRepeated, FinalsLost              atomic.Uint64 // final answers by Reply: repeats, and those never acknowledged
	Pings, PingTimeouts                     atomic.Uint64
}

// Each calls f for every counter and gauge, named in snake case, without a prefix.
func (e *Endpoint) Each(f func(name string, v float64)) {
	eachCounter("", &e.Stats, f)
	eachCounter("transport_", &e.net.Stats, f)
	eachCounter("registrar_", &e.registrar.Stats, f)
	f("routes", float64(e.routes.size()))
	f("pending", float64(e.routes.pending.Load()))
	f("connections", float64(e.net.Conns()))
	f("registered_users", float64(e.registrar.Users()))
}

func eachCounter(prefix string, stats any, f func(string, float64)) {
	v := reflect.ValueOf(stats).Elem()
	for i := range v.NumField() {
		if c, ok := reflect.TypeAssert[*atomic.Uint64](v.Field(i).Addr()); ok {
			f(prefix+snake(v.Type().Field(i).Name), float64(c.Load()))
		}
	}
}

func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if unicode.IsUpper(r) {
			if i > 0 {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
