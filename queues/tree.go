package queues

// tree is an ordered set: a treap over nodes that live inside the things it orders, so that inserting and removing
// allocate nothing. Heap priorities come from a counter through a hash, so the shape is the same in every replay.
//
// The order is that of the keys and then of tie, strict and total; neither may change while a value is in the set.
// Keys stand in the nodes, so that a descent reads one cache line a level.
type tree[T any] struct {
	root  *node[T]
	least *node[T] // the first in order, as it is asked for most
	tie   func(a, b T) bool
	work  *uint64 // counts the levels and rotations of all changes, if not nil
}

type key struct{ major, minor int64 }

func (k key) less(o key) bool {
	if k.major != o.major {
		return k.major < o.major
	}
	return k.minor < o.minor
}

type node[T any] struct {
	left, right, parent *node[T]
	key                 key
	prio                uint32
	size                int32 // of the subtree; 0 = in no tree
	v                   T
}

func (t *tree[T]) less(ka key, a T, kb key, b T) bool {
	if ka != kb {
		return ka.less(kb)
	}
	return t.tie(a, b)
}

// dice gives each new node its heap priority (the finalizer of splitmix64 over a counter).
type dice struct{ n uint64 }

func (d *dice) next() uint32 {
	d.n += 0x9e3779b97f4a7c15
	z := d.n
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return uint32(z >> 32)
}

func (n *node[T]) in() bool { return n.size > 0 }

func (t *tree[T]) len() int {
	if t.root == nil {
		return 0
	}
	return int(t.root.size)
}

// insert puts a node that is in no tree into this one.
func (t *tree[T]) insert(n *node[T]) {
	n.left, n.right, n.parent, n.size = nil, nil, nil, 1
	if t.root == nil {
		t.root, t.least = n, n
		return
	}
	least, steps := true, 0
	for p := t.root; ; {
		p.size++
		steps++
		next := &p.left
		if !t.less(n.key, n.v, p.key, p.v) {
			next, least = &p.right, false
		}
		if *next == nil {
			*next, n.parent = n, p
			break
		}
		p = *next
	}
	if least {
		t.least = n
	}
	for n.parent != nil && n.prio < n.parent.prio {
		t.rotateUp(n)
		steps++
	}
	t.spend(steps)
}

func (t *tree[T]) spend(steps int) {
	if t.work != nil {
		*t.work += uint64(steps)
	}
}

// remove takes a node out of this tree; nothing happens if it is in none.
func (t *tree[T]) remove(n *node[T]) {
	if n.size == 0 {
		return
	}
	if t.least == n {
		t.least = n.next()
	}
	steps := 0
	for n.left != nil || n.right != nil {
		steps++
		c := n.left
		if c == nil || n.right != nil && n.right.prio < c.prio {
			c = n.right
		}
		t.rotateUp(c)
	}
	t.replace(n.parent, n, nil)
	for p := n.parent; p != nil; p = p.parent {
		p.size--
		steps++
	}
	n.parent, n.size = nil, 0
	t.spend(steps)
}

// rotateUp lifts c above its parent and keeps the order and the sizes.
func (t *tree[T]) rotateUp(c *node[T]) {
	p := c.parent
	t.replace(p.parent, p, c)
	c.parent = p.parent
	moved := c.left
	if c == p.left {
		moved = c.right
		p.left, c.right = moved, p
	} else {
		p.right, c.left = moved, p
	}
	if moved != nil {
		moved.parent = p
	}
	p.parent = c
	c.size = p.size
	p.size = 1 + p.left.count() + p.right.count()
}

// replace makes the link from parent (nil: the root) to old point to n.
func (t *tree[T]) replace(parent, old, n *node[T]) {
	switch {
	case parent == nil:
		t.root = n
	case parent.left == old:
		parent.left = n
	default:
		parent.right = n
	}
}

func (n *node[T]) count() int32 {
	if n == nil {
		return 0
	}
	return n.size
}

// first is the first node in order, nil if the tree is empty.
func (t *tree[T]) first() *node[T] { return t.least }

// after is the first node that comes after n in order, whether n is in the tree or not.
func (t *tree[T]) after(n *node[T]) *node[T] {
	var best *node[T]
	steps := 0
	for at := t.root; at != nil; {
		steps++
		if t.less(n.key, n.v, at.key, at.v) {
			best, at = at, at.left
		} else {
			at = at.right
		}
	}
	t.spend(steps)
	return best
}

// next is the successor of a node that is in a tree.
func (n *node[T]) next() *node[T] {
	if n.right != nil {
		n = n.right
		for n.left != nil {
			n = n.left
		}
		return n
	}
	for n.parent != nil && n.parent.right == n {
		n = n.parent
	}
	return n.parent
}

// rank is the place of a node that is in a tree, 1 = first.
func (n *node[T]) rank() int {
	r := 1 + n.left.count()
	for ; n.parent != nil; n = n.parent {
		if n.parent.right == n {
			r += 1 + n.parent.left.count()
		}
	}
	return int(r)
}
