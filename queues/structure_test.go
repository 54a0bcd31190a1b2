package queues

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	cc "github.com/wirechief/wirechief/callcenter"
)

type fataler interface {
	Fatalf(format string, args ...any)
}

// checkTree walks a tree: order, heap order, sizes, parents; it returns the values in order.
func checkTree[T any](t fataler, tr *tree[T]) []T {
	var out []T
	var last *node[T]
	var walk func(n, parent *node[T]) int32
	walk = func(n, parent *node[T]) int32 {
		if n == nil {
			return 0
		}
		if n.parent != parent || parent != nil && n.prio < parent.prio {
			t.Fatalf("bad link or heap order at %v", n.v)
		}
		size := 1 + walk(n.left, n)
		if len(out) > 0 && !tr.less(last.key, last.v, n.key, n.v) {
			t.Fatalf("out of order: %v, %v", out[len(out)-1], n.v)
		}
		out, last = append(out, n.v), n
		size += walk(n.right, n)
		if n.size != size {
			t.Fatalf("size of %v is %d, not %d", n.v, n.size, size)
		}
		return size
	}
	walk(tr.root, nil)
	if n := tr.root; n != nil {
		for n.left != nil {
			n = n.left
		}
		if tr.least != n {
			t.Fatalf("least is wrong")
		}
	}
	return out
}

// checkStructure holds what is kept on change against what it stands for.
func checkStructure(t fataler, m *Matcher) {
	checkTree(t, &m.timers)
	for _, c := range m.calls {
		checkCall(t, m, c)
	}
	for _, q := range m.queues {
		if n := len(checkTree(t, &q.waiting)); n != len(checkTree(t, &q.ages)) {
			t.Fatalf("queue %s: sets differ", q.cfg.Id)
		}
		checkGroups(t, q)
		for kind, l := range q.lanes {
			if l.kind != kind {
				t.Fatalf("queue %s: lane %q stands at %q", q.cfg.Id, l.kind, kind)
			}
			l.settle()
			checkLane(t, l)
			checkEntries(t, l)
		}
	}
}

func checkGroups(t fataler, q *queue) {
	var counts [codes]int32
	groups := map[*group]*[codes]int32{}
	for _, mb := range q.members {
		counts[mb.code]++
		if groups[mb.g] == nil {
			groups[mb.g] = &[codes]int32{}
		}
		groups[mb.g][mb.code]++
		for _, l := range mb.personal {
			if l.only != mb || l.refs == 0 {
				t.Fatalf("queue %s: a personal lane is nobody's", q.cfg.Id)
			}
			checkLane(t, l)
		}
	}
	if counts != q.counts {
		t.Fatalf("queue %s: counts %v, not %v", q.cfg.Id, q.counts, counts)
	}
	for g, counts := range groups {
		ready := checkTree(t, &g.ready)
		if *counts != g.counts || int(counts[eligible]) != len(ready) {
			t.Fatalf("queue %s: group counts %v, not %v; ready %d", q.cfg.Id, g.counts, counts, len(ready))
		}
	}
}

func checkCall(t fataler, m *Matcher, c *call) {
	if c.q != nil && m.queues[c.w.Queue] != c.q || (c.lane == nil) != (c.q == nil) {
		t.Fatalf("call %s: wrong queue or lane", c.w.Call)
	}
	if c.inLane.in() != c.offerable() || c.inQueue.in() != (c.q != nil) {
		t.Fatalf("call %s: in its lane %v, offerable %v", c.w.Call, c.inLane.in(), c.offerable())
	}
	if c.counted != (c.q != nil && c.open()) || c.inPref.in() != (c.pref != nil) {
		t.Fatalf("call %s: counted or preferring wrong", c.w.Call)
	}
}

func checkLane(t fataler, l *lane) {
	for _, c := range checkTree(t, &l.calls) {
		if !c.offerable() || c.lane != l {
			t.Fatalf("call %s should not be in its lane", c.w.Call)
		}
	}
}

// checkEntries: a settled lane knows of its groups what a look at every member says.
func checkEntries(t fataler, l *lane) {
	var counts [codes]int32
	var granted, lacking, later int32
	heads := 0
	for _, mb := range l.q.members {
		if !cc.MayServe(mb.a.cfg, l.q.cfg, l.tenant) {
			continue
		}
		granted++
		counts[mb.code]++
		if mb.code != eligible {
			continue
		}
		switch l.fit(mb.g) {
		case lacksSkill:
			lacking++
		case laterTier:
			later++
		case fits:
			if mb.g.ready.first().v == mb {
				heads++
			}
		}
	}
	if l.counts != counts || l.granted != granted || l.lacking != lacking || l.later != later {
		t.Fatalf("lane %q: %v %d %d %d, want %v %d %d %d", l.kind, l.counts, l.granted, l.lacking, l.later,
			counts, granted, lacking, later)
	}
	if n := len(checkTree(t, &l.heads)); n != heads {
		t.Fatalf("lane %q: %d heads, want %d", l.kind, n, heads)
	}
}

func TestTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d dice
		tr := &tree[int]{tie: func(a, b int) bool { return a < b }}
		in := map[int]*node[int]{}
		for _, v := range rapid.SliceOfN(rapid.IntRange(0, 40), 1, 120).Draw(t, "toggled") {
			if n := in[v]; n != nil {
				tr.remove(n)
				delete(in, v)
			} else {
				in[v] = &node[int]{v: v, key: key{int64(v / 10), int64(v / 5)}, prio: d.next()}
				tr.insert(in[v])
			}
		}
		got := checkTree(t, tr)
		if len(got) != len(in) || tr.len() != len(in) {
			t.Fatalf("%d values, want %d", len(got), len(in))
		}
		n := tr.first()
		for i, v := range got {
			if n.v != v || n.rank() != i+1 {
				t.Fatalf("at %d: %d of rank %d, want %d", i, n.v, n.rank(), v)
			}
			n = n.next()
		}
		at := rapid.IntRange(0, 41).Draw(t, "after")
		i, found := slices.BinarySearch(got, at)
		if found {
			i++
		}
		next := tr.after(&node[int]{v: at, key: key{int64(at / 10), int64(at / 5)}})
		if (next == nil) != (i == len(got)) || next != nil && next.v != got[i] {
			t.Fatalf("after %d: %v in %v", at, next, got)
		}
	})
}

// The height stays logarithmic for sorted input, which is what calls in order of arrival are.
func TestTreeStaysFlat(t *testing.T) {
	var d dice
	tr := &tree[int]{tie: func(a, b int) bool { return a < b }}
	for i := range 1 << 14 {
		tr.insert(&node[int]{v: i, prio: d.next()})
	}
	var height func(n *node[int]) int
	height = func(n *node[int]) int {
		if n == nil {
			return 0
		}
		return 1 + max(height(n.left), height(n.right))
	}
	if h := height(tr.root); h > 14*4 {
		t.Fatalf("height %d of 16384", h)
	}
}
