package sip

import (
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/emiago/sipgo/sip"

	"github.com/wirechief/wirechief/sip/leg"
)

// maxParked bounds what one lane holds back for messages that overtook their INVITE; parkFor is how long.
const (
	maxParked = 128
	parkFor   = 500 * time.Millisecond
)

// inbound is one checked message on its way through a lane.
type inbound struct {
	msg    sip.Message
	callID string
	src    leg.Dest // where it came from
	reply  leg.Dest // where answers go; equals src for responses
	trunk  string   // "" = source is no trunk
	known  bool     // trunk or a source that has registered
	size   int      // octets received, the budget of answers to unproven datagram sources
}

// lane handles the messages of its Call-IDs one by one, in the order they were received.
type lane struct {
	in     chan inbound
	wake   chan struct{} // a Call-ID was bound: look at what is parked
	parked []parkedMsg   // owned by the lane's goroutine
}

type parkedMsg struct {
	inbound
	until time.Time
}

func (e *Endpoint) laneOf(callID string) *lane {
	return e.lanes[xxhash.Sum64String(callID)%uint64(len(e.lanes))]
}

// push puts a message on its lane without waiting. Unknown sources get half of the room only.
func (l *lane) push(in inbound) bool {
	if !in.known && len(l.in) >= cap(l.in)/2 {
		return false
	}
	select {
	case l.in <- in:
		return true
	default:
		return false
	}
}

// runLane serves one lane until its channel is closed.
func (e *Endpoint) runLane(l *lane) {
	expire := time.NewTimer(time.Hour)
	defer expire.Stop()
	for {
		select {
		case in, ok := <-l.in:
			if !ok {
				return
			}
			e.unpark(l) // before what came later
			e.handle(l, &in)
		case <-l.wake:
		case <-expire.C:
		}
		e.unpark(l)
		if len(l.parked) > 0 {
			expire.Reset(l.parked[0].until.Sub(e.cfg.Now()))
		}
	}
}

// park holds a message back that may be ahead of its INVITE. Unknown sources get half of the room.
func (e *Endpoint) park(l *lane, in *inbound) bool {
	limit := maxParked
	if !in.known {
		limit /= 2
	}
	if len(l.parked) >= limit {
		e.Stats.ParkFull.Add(1)
		return false
	}
	e.Stats.Parked.Add(1)
	l.parked = append(l.parked, parkedMsg{*in, e.cfg.Now().Add(parkFor)})
	return true
}

// unpark delivers what has found its route and gives up on what waited too long; order is kept.
func (e *Endpoint) unpark(l *lane) {
	if len(l.parked) == 0 {
		return
	}
	now := e.cfg.Now()
	kept := l.parked[:0]
	for i := range l.parked {
		p := &l.parked[i]
		route := e.routes.get(p.callID)
		switch {
		case route.state == routeBound:
			e.Stats.Unparked.Add(1)
			e.cfg.Handler.Message(route.sink, p.msg, p.src)
		case !now.Before(p.until) && route.state == routePending:
			// The handler has the INVITE and is about to decide, or the route ages out: a 481 to a CANCEL now would leave
			// the call ringing for a caller who has gone.
			p.until = now.Add(parkFor)
			kept = append(kept, *p)
		case !now.Before(p.until):
			e.Stats.ParkExpired.Add(1)
			e.stray(&p.inbound, route)
		default:
			kept = append(kept, *p)
		}
	}
	clear(l.parked[len(kept):])
	l.parked = kept
}
