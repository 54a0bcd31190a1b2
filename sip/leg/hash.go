package leg

// mix is the finaliser of splitmix64: a bijection that spreads its input over all bits.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// mixString folds a string into a seed (FNV-1a, then mixed).
func mixString(seed uint64, s string) uint64 {
	h := seed ^ 0xcbf29ce484222325
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return mix(h)
}

const hexDigits = "0123456789abcdef"

func hex64(x uint64) string {
	var b [16]byte
	for i := range b {
		b[i] = hexDigits[x>>(60-4*i)&15]
	}
	return string(b[:])
}

// branchCookie starts every branch of RFC 3261 (8.1.1.7).
const branchCookie = "z9hG4bK"

// nextBranch takes the next branch of the leg's sequence and gives its number.
func (s *State) nextBranch() uint32 {
	s.BranchCount++
	return s.BranchCount
}

// branch is the n-th of the leg's sequence; the same seed gives the same sequence.
func (s *State) branch(n uint32) string {
	return branchCookie + hex64(mix(s.BranchSeed^mix(uint64(n))))
}

// forkBranch is the branch for ending a forked 2xx: the same for each repetition of that 2xx.
func (s *State) forkBranch(tag, method string) string {
	return branchCookie + hex64(mixString(mixString(s.BranchSeed, tag), method))
}
