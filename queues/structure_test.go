package queues

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
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
	for _, q := range m.queues {
		if n := len(checkTree(t, &q.waiting)); n != len(checkTree(t, &q.ages)) {
			t.Fatalf("queue %s: sets differ", q.cfg.Id)
		}
		pools := []*pool{q.full}
		for _, l := range q.lanes {
			for _, c := range checkTree(t, &l.calls) {
				if !c.offerable() || c.lane != l {
					t.Fatalf("call %s should not be in its lane", c.w.Call)
				}
			}
			pools = append(pools, l.pools...)
		}
		for _, p := range pools {
			ready := checkTree(t, &p.ready)
			if slices.ContainsFunc(ready, func(s *slot) bool { return s.m.code != eligible }) {
				t.Fatalf("queue %s: a ready set holds one who is not", q.cfg.Id)
			}
			total := int32(0)
			for _, n := range p.counts {
				total += n
			}
			if int(total) != p.size || int(p.counts[eligible]) != len(ready) {
				t.Fatalf("queue %s: counts %v, size %d, ready %d", q.cfg.Id, p.counts, p.size, len(ready))
			}
		}
		var counts [codes]int32
		for _, mb := range q.members {
			counts[mb.code]++
		}
		if counts != q.counts {
			t.Fatalf("queue %s: counts %v, not %v", q.cfg.Id, q.counts, counts)
		}
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
