package media

import "time"

// portState says in which list a port pair is, if in any.
type portState uint8

const (
	portClosed  portState = iota // no sockets; at rest until its time
	portResting                  // sockets open, at rest: late packets of its last call still come
	portReady                    // sockets open, rested and emptied
	listedStates
	portBusy   // given out
	portMoving // the keeper has it for a moment
)

const noPort = int32(-1)

// portSlot is a port pair of the range; its place is (port-min)/2.
type portSlot struct {
	pair
	state      portState
	until      time.Time // end of its rest
	prev, next int32
}

// portList is a queue through the slots, so that a certain pair can be taken out of its middle.
type portList struct {
	first, last int32
	n           int
}

// put gives a pair, now in no list, its state and its place at the end of that state's list. The caller holds mu.
func (p *portPool) put(s pair, state portState, until time.Time) {
	i := p.place(s.port)
	slot, list := &p.slots[i], &p.lists[state]
	slot.pair, slot.state, slot.until, slot.prev, slot.next = s, state, until, list.last, noPort
	if list.last == noPort {
		list.first = i
	} else {
		p.slots[list.last].next = i
	}
	list.last = i
	list.n++
}

// claim takes a pair out of its list. The caller holds mu.
func (p *portPool) claim(i int32, state portState) pair {
	slot := &p.slots[i]
	list := &p.lists[slot.state]
	if slot.prev == noPort {
		list.first = slot.next
	} else {
		p.slots[slot.prev].next = slot.next
	}
	if slot.next == noPort {
		list.last = slot.prev
	} else {
		p.slots[slot.next].prev = slot.prev
	}
	list.n--
	slot.state = state
	return slot.pair
}

// rested gives the pair of a list that is longest at rest, if its rest is over. The caller holds mu.
func (p *portPool) rested(state portState) (int32, bool) {
	i := p.lists[state].first
	return i, i != noPort && !p.slots[i].until.After(p.now())
}

func (p *portPool) place(port uint16) int32 { return int32(port-p.min) / 2 }
