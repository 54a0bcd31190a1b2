package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"
)

// A nonce is seconds (4), serial (4) and the first 10 octets of HMAC-SHA256(key, seconds, serial, realm), in base64:
// 24 characters. Nothing is kept until a client has used one with the right secret.
const (
	nonceBytes = 18
	nonceMAC   = 10
)

type nonces struct {
	key    [32]byte
	ttlS   uint32
	serial atomic.Uint32
	used   *usedNonces
}

func (n *nonces) make(realm string, now time.Time) string {
	var raw [nonceBytes]byte
	binary.BigEndian.PutUint32(raw[:], uint32(now.Unix()))
	binary.BigEndian.PutUint32(raw[4:], n.serial.Add(1)) // two clients in one second need two counters
	n.mac(raw[:], realm)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func (n *nonces) mac(raw []byte, realm string) {
	h := hmac.New(sha256.New, n.key[:])
	h.Write(raw[:nonceBytes-nonceMAC])
	h.Write([]byte(realm))
	var sum [sha256.Size]byte
	copy(raw[nonceBytes-nonceMAC:], h.Sum(sum[:0])[:nonceMAC])
}

// nonceState says what a nonce is worth.
type nonceState uint8

const (
	nonceForeign nonceState = iota // not ours
	nonceStale                     // ours, too old
	nonceFresh
)

func (n *nonces) check(nonce, realm string, now time.Time) (state nonceState, madeS uint32) {
	var raw, want [nonceBytes]byte
	if len(nonce) != base64.RawURLEncoding.EncodedLen(nonceBytes) {
		return nonceForeign, 0
	}
	if _, err := base64.RawURLEncoding.Decode(raw[:], []byte(nonce)); err != nil {
		return nonceForeign, 0
	}
	copy(want[:], raw[:nonceBytes-nonceMAC])
	n.mac(want[:], realm)
	if !hmac.Equal(raw[:], want[:]) {
		return nonceForeign, 0
	}
	madeS = binary.BigEndian.Uint32(raw[:])
	nowS := uint32(now.Unix())
	if madeS > nowS || nowS-madeS > n.ttlS {
		return nonceStale, madeS
	}
	return nonceFresh, madeS
}

// usedNonces remembers which counts of which nonce were used (RFC 7616 3.4, nc), for at most limit nonces. When it
// must forget one, every nonce as old or older that it does not know counts as stale from then on: forgetting
// never lets a request be replayed.
type usedNonces struct {
	mu     sync.Mutex
	limit  int
	floorS uint32
	state  map[string]*ncWindow
	order  []string // ring of keys, oldest at head
	head   int
}

// ncWindow is the highest count seen and the 64 counts below it, bit 0 being max itself.
type ncWindow struct {
	max   uint32
	seen  uint64
	madeS uint32
}

func newUsedNonces(limit int) *usedNonces {
	return &usedNonces{limit: limit, state: make(map[string]*ncWindow)}
}

// use marks a count as used; false if it was used before, is too far back, or the nonce may have been forgotten.
func (u *usedNonces) use(nonce string, madeS, nc uint32) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	w := u.state[nonce]
	if w == nil {
		if madeS <= u.floorS {
			return false
		}
		u.state[nonce] = &ncWindow{max: nc, seen: 1, madeS: madeS}
		u.remember(nonce)
		return true
	}
	if nc > w.max {
		if shift := nc - w.max; shift < 64 {
			w.seen = w.seen<<shift | 1
		} else {
			w.seen = 1
		}
		w.max = nc
		return true
	}
	back := w.max - nc
	if back >= 64 || w.seen&(1<<back) != 0 {
		return false
	}
	w.seen |= 1 << back
	return true
}

func (u *usedNonces) remember(nonce string) {
	if len(u.order) < u.limit {
		u.order = append(u.order, nonce)
		return
	}
	old := u.order[u.head]
	if w := u.state[old]; w != nil {
		u.floorS = max(u.floorS, w.madeS)
		delete(u.state, old)
	}
	u.order[u.head] = nonce
	u.head = (u.head + 1) % u.limit
}
