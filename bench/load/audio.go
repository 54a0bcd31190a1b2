package load

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	packetBytes = 172                  // RTP with 20 ms of G.711
	audioTick   = 2 * time.Millisecond // so often a tenth of the legs sends
	audioGroups = 10                   // ticks in the 20 ms between two packets of a leg
	dueSamples  = 160                  // timestamp units between two packets
	mulawQuiet  = 0xff                 // a silent sample
)

// audio sends G.711 to the engine for any number of legs from two sockets, callers' and agents'. What the engine sends
// is left to the kernel to drop.
type audio struct {
	side [2]struct {
		conn *net.UDPConn
		addr netip.AddrPort
	}
	mu   sync.Mutex
	legs []audioLeg // guarded by mu
	stop chan struct{}
	done sync.WaitGroup
}

type audioLeg struct {
	side int
	to   netip.AddrPort
	ssrc uint32
	seq  uint16
}

func newAudio() (*audio, error) {
	a := &audio{stop: make(chan struct{})}
	for i := range a.side {
		conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
		if err != nil {
			a.shut()
			return nil, fmt.Errorf("opening a socket for audio: %w", err)
		}
		a.side[i].conn, a.side[i].addr = conn, netip.MustParseAddrPort(conn.LocalAddr().String())
	}
	a.done.Go(a.run)
	return a, nil
}

// to adds a leg.
func (a *audio) to(side int, addr netip.AddrPort) {
	if !addr.IsValid() || addr.Port() == 0 {
		return
	}
	a.mu.Lock()
	a.legs = append(a.legs, audioLeg{side: side, to: addr, ssrc: uint32(len(a.legs) + 1)})
	a.mu.Unlock()
}

func (a *audio) run() {
	tick := time.NewTicker(audioTick)
	defer tick.Stop()
	packet := make([]byte, packetBytes)
	packet[0] = 0x80
	for i := 12; i < len(packet); i++ {
		packet[i] = mulawQuiet
	}
	for group := 0; ; group = (group + 1) % audioGroups {
		select {
		case <-tick.C:
		case <-a.stop:
			return
		}
		a.mu.Lock()
		for i := group; i < len(a.legs); i += audioGroups {
			l := &a.legs[i]
			binary.BigEndian.PutUint16(packet[2:], l.seq)
			binary.BigEndian.PutUint32(packet[4:], uint32(l.seq)*dueSamples)
			binary.BigEndian.PutUint32(packet[8:], l.ssrc)
			l.seq++
			_, _ = a.side[l.side].conn.WriteToUDPAddrPort(packet, l.to)
		}
		a.mu.Unlock()
	}
}

func (a *audio) close() {
	close(a.stop)
	a.done.Wait()
	a.shut()
}

func (a *audio) shut() {
	for _, s := range a.side {
		if s.conn != nil {
			_ = s.conn.Close()
		}
	}
}
