package crash

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	ptime     = 20 * time.Millisecond
	rtpHeader = 12
	frame     = 160 // octets of PCMU in 20 ms
	stamp     = 16  // octets of the payload: who sent it, and a number that only grows
)

// mouth is one end of a call: it talks every 20 ms to where the engine wants it, and notes what it hears of the other
// end. Payloads carry the sender's mark, so that hold music does not count as the other end's voice.
type mouth struct {
	conn *net.UDPConn
	at   netip.AddrPort
	mark uint64 // of this end
	to   atomic.Pointer[netip.AddrPort]

	mu     sync.Mutex
	heard  []arrival // of marked packets; guarded by mu
	quit   chan struct{}
	closed sync.WaitGroup
}

// arrival is one packet of the other end.
type arrival struct {
	mark, number uint64
	at           time.Time
}

func newMouth(t *testing.T, mark uint64) *mouth {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	require.NoError(t, err)
	m := &mouth{conn: conn, mark: mark, quit: make(chan struct{}), at: netip.MustParseAddrPort(conn.LocalAddr().String())}
	m.closed.Go(m.listen)
	m.closed.Go(m.talk)
	t.Cleanup(m.close)
	return m
}

func (m *mouth) close() {
	select {
	case <-m.quit:
		return
	default:
	}
	close(m.quit)
	_ = m.conn.Close()
	m.closed.Wait()
}

// tell says where the engine takes audio of this end.
func (m *mouth) tell(to netip.AddrPort) { m.to.Store(&to) }

func (m *mouth) talk() {
	tick := time.NewTicker(ptime)
	defer tick.Stop()
	p := make([]byte, rtpHeader+frame)
	p[0] = 0x80
	binary.BigEndian.PutUint32(p[8:], uint32(m.mark)|0x7000_0000)
	binary.BigEndian.PutUint64(p[rtpHeader:], m.mark)
	for i := range p[rtpHeader+stamp:] {
		p[rtpHeader+stamp+i] = byte(0x80 + i%16)
	}
	for n := uint64(0); ; {
		select {
		case <-m.quit:
			return
		case <-tick.C:
		}
		if to := m.to.Load(); to != nil {
			n++
			binary.BigEndian.PutUint16(p[2:], uint16(n))
			binary.BigEndian.PutUint32(p[4:], uint32(n*frame))
			binary.BigEndian.PutUint64(p[rtpHeader+8:], n)
			_, _ = m.conn.WriteToUDPAddrPort(p, *to) // refused while the engine is down
		}
	}
}

func (m *mouth) listen() {
	p := make([]byte, 2048)
	for {
		n, _, err := m.conn.ReadFromUDPAddrPort(p)
		select {
		case <-m.quit:
			return
		default:
		}
		if err != nil || n < rtpHeader+stamp || p[1]&0x7f != 0 {
			continue
		}
		a := arrival{binary.BigEndian.Uint64(p[rtpHeader:]), binary.BigEndian.Uint64(p[rtpHeader+8:]), time.Now()}
		if a.mark < marks || a.mark >= 2*marks {
			continue // not from one of us
		}
		m.mu.Lock()
		m.heard = append(m.heard, a)
		m.mu.Unlock()
	}
}

// marks begin here; audio of anybody else looks different.
const marks = 0x5157_0000_0000_0000

// hears counts what came from other after a moment.
func (m *mouth) hears(other *mouth, after time.Time) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for i := len(m.heard) - 1; i >= 0 && m.heard[i].at.After(after); i-- {
		if m.heard[i].mark == other.mark {
			n++
		}
	}
	return n
}

// strangers counts packets that came from anybody but other.
func (m *mouth) strangers(other *mouth) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, a := range m.heard {
		if a.mark != other.mark {
			n++
		}
	}
	return n
}

// gap is the longest silence among packets from after a moment on, the wait for the first included, and how many
// numbers are missing.
func (m *mouth) gap(since time.Time) (longest time.Duration, lost uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, number := since, uint64(0)
	for _, a := range m.heard {
		if a.at.Before(since) {
			last, number = a.at, a.number
			continue
		}
		longest = max(longest, a.at.Sub(last))
		if number != 0 && a.number > number+1 {
			lost += a.number - number - 1
		}
		last, number = a.at, a.number
	}
	return longest, lost
}
