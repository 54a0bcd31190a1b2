package pairing

import (
	cc "github.com/wirechief/wirechief/callcenter"
	"github.com/wirechief/wirechief/queues"
)

// Guard is held while a Sight changes or is read; *sync.Mutex is one.
type Guard interface {
	Lock()
	Unlock()
}

// Caller names who calls which queue.
type Caller struct{ Queue, Tenant, Number string }

// Sight is what a call finds at the queues (R30, R69, R94, R97), as of the last change a Table took. It may be a few
// milliseconds old: a queue may take a call too many in a rush.
type Sight struct {
	guard   Guard
	queues  map[string]*queueSight
	redials map[Caller]queues.Redial
}

type queueSight struct {
	fill   cc.QueueFill
	closed bool
}

// NewSight makes an empty one; guard nil: it is used by one owner only.
func NewSight(guard Guard) *Sight {
	if guard == nil {
		guard = unguarded{}
	}
	return &Sight{guard: guard, queues: map[string]*queueSight{}, redials: map[Caller]queues.Redial{}}
}

type unguarded struct{}

func (unguarded) Lock()   {}
func (unguarded) Unlock() {}

func (s *Sight) at(queue string) *queueSight {
	q := s.queues[queue]
	if q == nil {
		q = &queueSight{}
		s.queues[queue] = q
	}
	return q
}

func (s *Sight) waits(queue string, by int32) {
	if queue == "" {
		return
	}
	s.guard.Lock()
	s.at(queue).fill.Waiting += by
	s.guard.Unlock()
}

func (s *Sight) members(queue string, online, available int32) {
	s.guard.Lock()
	q := s.at(queue)
	q.fill.Online += online
	q.fill.Available += available
	s.guard.Unlock()
}

func (s *Sight) shut(queue string, closed bool) {
	s.guard.Lock()
	s.at(queue).closed = closed
	s.guard.Unlock()
}

func (s *Sight) redial(c Caller, r queues.Redial, known bool) {
	s.guard.Lock()
	if known {
		s.redials[c] = r
	} else {
		delete(s.redials, c)
	}
	s.guard.Unlock()
}

// Fill is what a call would find at a queue.
func (s *Sight) Fill(queue string) cc.QueueFill {
	s.guard.Lock()
	defer s.guard.Unlock()
	if q := s.queues[queue]; q != nil {
		return q.fill
	}
	return cc.QueueFill{}
}

// maxFound bounds the queues told to one call: more than a call may visit (R6).
const maxFound = 16

// Found lists what a caller of a tenant finds at the queues of a workflow from a step on. caller "" is withheld, and has
// no place to come back to.
func (s *Sight) Found(dir *cc.Directory, workflow string, step int, tenant, caller string, nowMs int64) []*cc.QueueFound {
	flow := dir.Workflow(workflow)
	if flow == nil || step >= len(flow.Steps) {
		return nil
	}
	steps := flow.Steps[step:]
	if len(steps) > maxFound {
		steps = steps[:maxFound]
	}
	out := make([]*cc.QueueFound, 0, len(steps))
	s.guard.Lock()
	defer s.guard.Unlock()
	for _, x := range steps {
		if dir.Queue(x.Queue) == nil {
			continue
		}
		f := &cc.QueueFound{Queue: x.Queue}
		if q := s.queues[x.Queue]; q != nil {
			f.Waiting, f.Online, f.Available, f.Closed = q.fill.Waiting, q.fill.Online, q.fill.Available, q.closed
		}
		if r, ok := s.redials[Caller{x.Queue, tenant, caller}]; ok && (r.Waiting || nowMs < r.UntilMs) {
			f.Redial, f.RedialWaits, f.EnqueuedMs, f.EnteredMs = r.Call, r.Waiting, r.EnqueuedMs, r.EnteredMs
		}
		out = append(out, f)
	}
	return out
}
