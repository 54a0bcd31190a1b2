package sip

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// limiterCells is fixed: a flood of forged sources cannot make it grow. Sources share a cell by chance (the seed is
// random), which only makes them share a rate.
const limiterCells = 1 << 14

// creditMax bounds what an unproven source may save up of octets sent; creditFor how long it lasts.
const (
	creditMax = 8192
	creditFor = 32 * time.Second
)

// limiter holds a token bucket and an octet account per source prefix (/32, /64) of sources not known.
type limiter struct {
	seed  maphash.Seed
	rate  float64
	burst float64
	cells [limiterCells]limiterCell
}

type limiterCell struct {
	mu     sync.Mutex
	last   time.Time
	tokens float64
	credit int // octets received minus octets answered
}

func newLimiter(rate float64, burst int) *limiter {
	return &limiter{seed: maphash.MakeSeed(), rate: rate, burst: float64(burst)}
}

// prefix is the part of an address one sender can be assumed to own.
func prefix(a netip.Addr) netip.Addr {
	if a.Is4() {
		return a
	}
	p, _ := a.Prefix(64)
	return p.Addr()
}

func (l *limiter) cell(a netip.Addr) *limiterCell {
	b := prefix(a).As16()
	var h maphash.Hash
	h.SetSeed(l.seed)
	_, _ = h.Write(b[:])
	return &l.cells[h.Sum64()%limiterCells]
}

// receive takes one token and credits the octets received; false if the source is too fast.
func (l *limiter) receive(a netip.Addr, size int, now time.Time) bool {
	c := l.cell(a)
	c.mu.Lock()
	defer c.mu.Unlock()
	since := max(now.Sub(c.last), 0)
	if c.last.IsZero() || since > creditFor {
		c.tokens, c.credit = l.burst, 0
	} else {
		c.tokens = min(l.burst, c.tokens+since.Seconds()*l.rate)
	}
	c.last = now
	c.credit = min(creditMax, c.credit+size)
	if c.tokens < 1 {
		return false
	}
	c.tokens--
	return true
}

// spend takes octets for an answer from the account; false if there are not enough: the answer stays unsent. A
// client that retransmits has paid for it by then.
func (l *limiter) spend(a netip.Addr, size int) bool {
	c := l.cell(a)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.credit < size {
		return false
	}
	c.credit -= size
	return true
}

// sourceKey names the prefix of a source for the guard.
func sourceKey(a netip.Addr) string {
	b := prefix(a).As16()
	hi, lo := binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
	var k [17]byte
	k[0] = 's'
	binary.BigEndian.PutUint64(k[1:], hi)
	binary.BigEndian.PutUint64(k[9:], lo)
	return string(k[:])
}
