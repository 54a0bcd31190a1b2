package callcenter

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/cespare/xxhash/v2"
)

// IDs derives the ids of one step from its seed: the same seed gives the same ids in the same order, so a decision
// replays byte-identical. The seed is drawn by the shell and kept in the record.
type IDs struct {
	seed []byte
	n    uint64
}

// NewIDs starts a derivation; seed should be 16 random bytes.
func NewIDs(seed []byte) *IDs { return &IDs{seed: seed} }

// Number returns a fresh number below 2^63.
func (g *IDs) Number() uint64 {
	hi, _ := g.draw()
	return hi >> 1
}

// Next returns a fresh opaque id with the given prefix, e.g. "rec-4f...".
// Used says whether an id was drawn.
func (g *IDs) Used() bool { return g.n > 0 }

func (g *IDs) Next(prefix string) string {
	hi, lo := g.draw()
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], hi)
	binary.BigEndian.PutUint64(raw[8:], lo)
	return prefix + hex.EncodeToString(raw[:12])
}

func (g *IDs) draw() (hi, lo uint64) {
	g.n++
	var d xxhash.Digest
	d.Reset()
	_, _ = d.Write(g.seed)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], g.n)
	_, _ = d.Write(b[:])
	hi = d.Sum64()
	_, _ = d.Write(b[:])
	return hi, d.Sum64()
}
