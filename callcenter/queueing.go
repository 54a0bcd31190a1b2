package callcenter

// Defaults of a queue that leaves a zero (R66, R67, R102).
const (
	DefaultMaxSize        = 1_000
	DefaultRingAllMax     = 10
	DefaultPriorityStepMs = 5 * 60_000
	MaxPriority           = 10
	MaxRingAll            = 50 // agents that ring for one call at a time
)

// RingAll is the strategy under which a call is offered to several agents at a time (R67).
const RingAll = "ring_all"

// HeadStartMs is what a call's priority and its queue's weight count for in waiting time (R66). Priorities beyond 0-10
// count as the nearest of these.
func (q *Queue) HeadStartMs(priority int32) int64 {
	step := q.GetPriorityStepMs()
	if step <= 0 {
		step = DefaultPriorityStepMs
	}
	return q.GetWeightMinutes()*60_000 + int64(min(max(priority, 0), MaxPriority))*step
}

// QueueFill is what a call finds at a queue.
type QueueFill struct {
	Waiting   int32 // places taken, those being offered included
	Online    int32 // members signed in
	Available int32 // of these, Available, on a call or not
}

// Why a call does not enter a queue and goes on to its next target.
const (
	QueueFull     = "queue_full"     // R69, R88
	NoneOnline    = "none_online"    // R30
	NoneAvailable = "none_available" // R30
	QueueClosed   = "queue_closed"   // R97
	QueueGone     = "queue_gone"     // R88
)

// Admit says why a call does not enter the queue, or "" (R30, R69). A call that is in a queue stays: skip_if asks at
// the entry only.
func (q *Queue) Admit(f QueueFill) string {
	size := q.GetMaxSize()
	if size <= 0 {
		size = DefaultMaxSize
	}
	switch {
	case f.Waiting >= size:
		return QueueFull
	case q.GetSkipIf() != SkipIf_SKIP_NEVER && f.Online == 0:
		return NoneOnline
	case q.GetSkipIf() == SkipIf_SKIP_NONE_AVAILABLE && f.Available == 0:
		return NoneAvailable
	}
	return ""
}

// Fill is what the call that f was seen for finds; nil: as if nobody waited and everybody was there.
func (f *QueueFound) Fill() QueueFill {
	if f == nil {
		return QueueFill{Online: 1, Available: 1}
	}
	return QueueFill{Waiting: f.Waiting, Online: f.Online, Available: f.Available}
}

// RingAllLimit is how many agents ring at a time in a ring_all queue.
func (q *Queue) RingAllLimit() int {
	if n := q.GetRingAllMax(); n > 0 {
		return int(min(n, MaxRingAll))
	}
	return DefaultRingAllMax
}
