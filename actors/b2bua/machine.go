package b2bua

import (
	"fmt"
	"net/netip"

	"github.com/wirechief/wirechief/actors/host"
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/sip/leg"
	"github.com/wirechief/wirechief/sip/sdp"
)

// MaxLegs bounds the legs of one call, past offers' legs that still absorb retransmissions included (half a minute
// each): a queue of phones that are all busy must not run out.
const MaxLegs = 256

// Leg is one side of the call.
type Leg struct {
	ID      string
	SIP     *leg.State
	saved   *leg.State // as last recorded; nil before the first record
	Local   netip.AddrPort
	offered *sdp.Media // their offer that waits for our answer
	chosen  sdp.Chosen // what offer and answer agreed
	agreed  bool       // chosen is set
	held    bool       // the far end does not want our audio now
	media   bool       // its port is open
	back    asked      // re-INVITEd, no answer yet
	digits  []leg.DTMF // of the other side, still to be passed on
}

// asked says why a leg was asked for a sign of life.
type asked uint8

const (
	notAsked     asked = iota
	askedResumed       // after a restart
	askedSilent        // it sends no audio
)

// HasMedia says that a loaded leg needs its port again.
func (l *Leg) HasMedia() bool { return l.SIP.Phase < leg.PhaseEnding && l.Local.IsValid() }

// Machine is one call with its legs; it implements host.Machine.
type Machine struct {
	Call  *cc.CallState
	node  Node
	legs  []*Leg // in order of creation
	index index
}

var _ host.Machine = (*Machine)(nil)

// New makes the machine of a call that has not arrived yet.
func New(node Node) *Machine {
	return &Machine{Call: &cc.CallState{}, node: node}
}

// MovedTo tells a loaded machine which node it runs on now, before its first Step.
func (m *Machine) MovedTo(node Node) { m.node = node }

// Legs lists the legs that still exist.
func (m *Machine) Legs() []*Leg { return m.legs }

// Asleep says that nothing but desk work can still happen to this call: its actor may leave until it is asked again.
// So may one of which nothing came to be.
func (m *Machine) Asleep() bool {
	c := m.Call
	if c.Phase == cc.CallPhase_PHASE_UNKNOWN {
		return len(m.legs) == 0
	}
	return c.Phase == cc.CallPhase_ENDED && len(m.legs) == 0 && len(c.Tells) == 0 && len(c.BubbleTells) == 0 &&
		len(c.PlaceTells) == 0 && len(c.OpenRecordings) == 0
}

// Due is the desk timer, the only one that may outlive its actor, by a day (R87); Name "" when none is set.
func (m *Machine) Due() cc.SetTimer { return call.DeskTimer(m.Call) }

func (m *Machine) leg(id string) *Leg {
	for _, l := range m.legs {
		if l.ID == id {
			return l
		}
	}
	return nil
}

// Load applies one record of the journal to the machine, in order, before the first Step.
func (m *Machine) Load(data []byte) error {
	var r cc.Record
	if err := r.UnmarshalVT(data); err != nil {
		return fmt.Errorf("reading a call record: %w", err)
	}
	return m.LoadRecord(&r)
}

// LoadRecord is Load of a record that has been read. Its events belong to the machine from then on.
func (m *Machine) LoadRecord(r *cc.Record) error {
	for _, e := range r.Events {
		call.Apply(m.Call, e, r.NowMs)
	}
	for _, d := range r.Legs {
		if err := m.loadLeg(d); err != nil {
			return err
		}
	}
	return nil
}

func (m *Machine) loadLeg(d *cc.LegDelta) error {
	l := m.leg(d.Leg)
	switch {
	case d.Gone:
		m.remove(d.Leg)
		return nil
	case d.Full:
		l = &Leg{ID: d.Leg, SIP: &leg.State{}}
		l.Local, _ = netip.ParseAddrPort(d.Media)
		if err := l.SIP.Unmarshal(d.Data); err != nil {
			return fmt.Errorf("reading leg %s: %w", d.Leg, err)
		}
		m.legs = append(m.legs, l)
	case l == nil:
		return fmt.Errorf("reading leg %s: a change before its first record", d.Leg)
	default:
		if err := l.SIP.ApplyDelta(d.Data); err != nil {
			return fmt.Errorf("reading leg %s: %w", d.Leg, err)
		}
	}
	l.saved = l.SIP.Clone()
	return nil
}

func (m *Machine) remove(id string) {
	for i, l := range m.legs {
		if l.ID == id {
			m.legs = append(m.legs[:i], m.legs[i+1:]...)
			return
		}
	}
}

// Uses says whether the leg of this id exists with its media port open.
func (m *Machine) Uses(id string) bool {
	l := m.leg(id)
	return l != nil && l.media
}
