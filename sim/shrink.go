package sim

import "slices"

func sortBySeed(r []Result) {
	slices.SortFunc(r, func(a, b Result) int {
		switch {
		case a.Plan.Seed < b.Plan.Seed:
			return -1
		case a.Plan.Seed > b.Plan.Seed:
			return 1
		}
		return 0
	})
}

// shrinkRuns bounds how many runs a shrink may take.
const shrinkRuns = 600

// Shrink makes a failing plan smaller as long as it breaks the same invariant: fewer faults, calls, changes and nodes.
func Shrink(r Result, o Options) Result {
	o.Trace = nil
	s := shrinker{best: r, o: o, left: shrinkRuns}
	for before := -1; before != s.size() && s.left > 0; {
		before = s.size()
		shrinkPart(&s, func(p *Plan) *[]Fault { return &p.Faults })
		shrinkPart(&s, func(p *Plan) *[]CallPlan { return &p.Calls })
		shrinkPart(&s, func(p *Plan) *[]ChangePlan { return &p.Changes })
		shrinkPart(&s, func(p *Plan) *[]ActPlan { return &p.Acts })
		if p := s.best.Plan; p.Size.Nodes > 1 {
			p.Size.Nodes--
			s.try(p)
		}
	}
	return s.best
}

type shrinker struct {
	best Result
	o    Options
	left int
}

func (s *shrinker) size() int {
	p := &s.best.Plan
	return len(p.Faults) + len(p.Calls) + len(p.Changes) + len(p.Acts) + p.Size.Nodes
}

// try keeps a smaller plan if it fails alike.
func (s *shrinker) try(p Plan) bool {
	if s.left == 0 {
		return false
	}
	s.left--
	r := Run(p, s.o)
	if r.Failure == nil || r.Failure.Invariant != s.best.Failure.Invariant {
		return false
	}
	s.best = r
	return true
}

// shrinkPart leaves out halves, quarters, and in the end single elements of one list.
func shrinkPart[T any](s *shrinker, part func(*Plan) *[]T) {
	for size := (len(*part(&s.best.Plan)) + 1) / 2; size > 0; size /= 2 {
		for i := 0; i < len(*part(&s.best.Plan)); {
			p := s.best.Plan
			list := *part(&p)
			*part(&p) = without(list, i, min(i+size, len(list)))
			if !s.try(p) {
				i += size
			}
		}
	}
}
