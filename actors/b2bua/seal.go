package b2bua

import (
	"bytes"
	"encoding/binary"

	"github.com/wirechief/wirechief/actors/host"
	"github.com/wirechief/wirechief/callcenter/call"
	"github.com/wirechief/wirechief/persistence/machine"
)

// index remembers what the index holds of this call, so that only changes are written.
type index struct {
	waiting, summary []byte
	live             bool
	due              []byte // key of the sleeping call's desk timer
	left, last       []byte
	desk             deskRows
}

// Index keys of a call. The shell scans them by prefix.
const (
	WaitingPrefix = "w/"  // w/<call> -> WaitingCall: it waits in a queue
	SummaryPrefix = "c/"  // c/<call> -> CallSummary
	LivePrefix    = "l/"  // l/<call>: its actor must run
	DuePrefix     = "t/"  // t/<at ms, 8 bytes big endian>/<call> -> timer seq, 8 bytes: wake the sleeping call then
	LeftPrefix    = "lp/" // lp/<call> -> LeftPlace: its caller may come back to the place (R94)
	LastPrefix    = "la/" // la/<tenant>/<caller> -> LastAgent, where a queue asks for it (R67)
	TimesPrefix   = "ct/" // ct/<arrived ms, inverted, 8 bytes big endian><call> -> tenant: calls, the newest first
	CallerPrefix  = "ca/" // ca/<tenant>/<caller> -> arrivals of that caller's last calls, ms, 8 bytes big endian each (R7)
	NumberPrefix  = "nl/" // nl/<number> -> arrival of its last call, ms, 8 bytes big endian (R1)
)

// Indexed tells the machine what the index holds of it, after a load. What is not handed in is what the loaded state
// wants.
func (m *Machine) Indexed(waiting, summary []byte, live bool) {
	m.index = index{waiting: waiting, summary: summary, live: live, due: m.dueKey()}
	if m.Call.Id != "" {
		m.index.desk = m.deskRows()
	}
	if l := call.Left(m.Call); l != nil { // a mistake here would cost a row written twice or deleted twice
		m.index.left, _ = l.MarshalVT()
	}
	if l := call.Last(m.Call); l != nil {
		m.index.last, _ = l.MarshalVT()
	}
}

// Seal implements host.Machine.
func (m *Machine) Seal(uint64) host.Sealed {
	var s host.Sealed
	id := m.Call.Id
	put := func(key string, was *[]byte, now []byte) {
		if bytes.Equal(*was, now) {
			return
		}
		*was = now
		s.Index = append(s.Index, machine.IndexOp{Key: []byte(key), Value: now, Delete: now == nil})
	}
	var waiting, summary []byte
	if w := call.Waiting(m.Call); w != nil {
		waiting, _ = w.MarshalVT()
	}
	if v := call.Summary(m.Call); v != nil {
		summary, _ = v.MarshalVT()
	}
	put(WaitingPrefix+id, &m.index.waiting, waiting)
	if m.index.summary == nil && summary != nil && m.Call.Number != "" {
		s.Index = append(s.Index, machine.IndexOp{
			Key: []byte(NumberPrefix + m.Call.Number), Value: PackTimes(m.Call.ArrivedMs),
		})
		if m.Call.Caller != "" {
			s.Index = append(s.Index, machine.IndexOp{
				Key: CallerKey(m.Call.Tenant, m.Call.Caller), Value: PackTimes(call.CallerMs(m.Call)...),
			})
		}
	}
	put(SummaryPrefix+id, &m.index.summary, summary)
	m.sealCaller(put)
	if live := !m.Asleep(); live != m.index.live {
		m.index.live = live
		s.Index = append(s.Index, machine.IndexOp{Key: []byte(LivePrefix + id), Delete: !live})
	}
	m.sealDesk(&s)
	m.sealDue(&s)
	return s
}

// sealCaller keeps what the next call of this caller finds: the place in line that this one left, and who talked with
// them last. That row is never taken back, only written over by the next answer.
func (m *Machine) sealCaller(put func(key string, was *[]byte, now []byte)) {
	c := m.Call
	var left []byte
	if l := call.Left(c); l != nil {
		left, _ = l.MarshalVT()
	}
	put(LeftPrefix+c.Id, &m.index.left, left)
	if l := call.Last(c); l != nil {
		last, _ := l.MarshalVT()
		put(LastKey(c.Tenant, c.Caller), &m.index.last, last)
	}
}

// LastKey is where the last agent of a caller stands.
func LastKey(tenant, caller string) string { return LastPrefix + tenant + "/" + caller }

// sealDue keeps the desk timer in the index while the call sleeps.
func (m *Machine) sealDue(s *host.Sealed) {
	key := m.dueKey()
	if bytes.Equal(key, m.index.due) {
		return
	}
	if m.index.due != nil {
		s.Index = append(s.Index, machine.IndexOp{Key: m.index.due, Delete: true})
	}
	if key != nil {
		s.Index = append(s.Index, machine.IndexOp{Key: key, Value: binary.BigEndian.AppendUint64(nil, m.Due().Seq)})
	}
	m.index.due = key
}

// dueKey is where the desk timer stands in the index while the call sleeps; nil: nowhere.
func (m *Machine) dueKey() []byte {
	due := m.Due()
	if due.Name == "" || !m.Asleep() {
		return nil
	}
	return DueKey(due.AtMs, m.Call.Id)
}

// CallerKey is where the last calls of a caller to a tenant stand.
func CallerKey(tenant, caller string) []byte { return []byte(CallerPrefix + tenant + "/" + caller) }

// PackTimes and ParseTimes are the values of CallerPrefix and NumberPrefix.
func PackTimes(ms ...int64) (b []byte) {
	for _, at := range ms {
		b = binary.BigEndian.AppendUint64(b, uint64(at))
	}
	return b
}

// ParseTimes reads what PackTimes wrote; a rest is left out.
func ParseTimes(b []byte) (ms []int64) {
	for ; len(b) >= 8; b = b[8:] {
		ms = append(ms, int64(binary.BigEndian.Uint64(b)))
	}
	return ms
}

// DueKey is the index key of a sleeping call's timer: ordered by time.
func DueKey(atMs int64, call string) []byte {
	k := append([]byte(DuePrefix), 0, 0, 0, 0, 0, 0, 0, 0, '/')
	binary.BigEndian.PutUint64(k[len(DuePrefix):], uint64(atMs))
	return append(k, call...)
}

// TimeKey is the key of something that a prefix lists by time, the newest first.
func TimeKey(prefix string, ms int64, id string) []byte {
	return append(binary.BigEndian.AppendUint64([]byte(prefix), ^uint64(ms)), id...)
}

// ParseDue reads a DueKey.
func ParseDue(key []byte) (atMs int64, call string, ok bool) {
	n := len(DuePrefix)
	if len(key) < n+9 || string(key[:n]) != DuePrefix || key[n+8] != '/' {
		return 0, "", false
	}
	return int64(binary.BigEndian.Uint64(key[n : n+8])), string(key[n+9:]), true
}
