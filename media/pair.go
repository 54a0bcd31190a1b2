package media

import "golang.org/x/sys/unix"

// maxStale bounds the packets dropped from one socket before it is used again. The kernel's usual buffer holds some
// 280 small ones: beyond the bound somebody sends faster than we drop.
const maxStale = 1024

// pair is a pair of ports, RTP even and RTCP the next one, with its sockets; without any their descriptors are -1.
type pair struct {
	port      uint16
	rtp, rtcp int
}

func closedPair(port uint16) pair { return pair{port, -1, -1} }

func (s pair) open() bool { return s.rtp >= 0 }

// bindOnce opens the sockets of a port pair.
func (p *portPool) bindOnce(port uint16) (pair, error) {
	rtp, err := openSocket(p.addr, port)
	if err != nil {
		return closedPair(port), err
	}
	rtcp, err := openSocket(p.addr, port+1)
	if err != nil {
		_ = unix.Close(rtp)
		return closedPair(port), err
	}
	p.counts.opened.Add(2)
	return pair{port, rtp, rtcp}, nil
}

// shut closes the sockets of a pair, if it has any.
func (p *portPool) shut(s pair) pair {
	if s.open() {
		_ = unix.Close(s.rtp)
		_ = unix.Close(s.rtcp)
		p.counts.closed.Add(2)
	}
	return closedPair(s.port)
}

// empty drops what waits in the sockets of a pair; false if it could not.
func (p *portPool) empty(s pair) bool {
	return p.emptySocket(s.rtp) && p.emptySocket(s.rtcp)
}

func (p *portPool) emptySocket(fd int) bool {
	for n := range uint64(maxStale) {
		if e := discard(fd); e != 0 {
			p.counts.stale.Add(n)
			return e == unix.EAGAIN
		}
	}
	p.counts.stale.Add(maxStale)
	return false
}
