package feed

import "sync"

// Gate bounds the readers that stay connected: altogether, and of one person.
type Gate struct {
	Max, Each int

	mu   sync.Mutex
	all  int
	each map[string]int
}

// Enter counts a reader in; false when there are too many.
func (g *Gate) Enter(who string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.each == nil {
		g.each = make(map[string]int)
	}
	if g.all >= g.Max || g.each[who] >= g.Each {
		return false
	}
	g.all++
	g.each[who]++
	return true
}

// Leave counts it out.
func (g *Gate) Leave(who string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all--
	if g.each[who]--; g.each[who] <= 0 {
		delete(g.each, who)
	}
}
