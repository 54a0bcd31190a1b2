package queues

import (
	"math"
	"math/bits"
)

// The estimate of R96 is of the last hour, kept by the minute. Nothing of it is durable: after a restart a queue has no
// estimate until it has served enough callers again.
const (
	estimateMinutes = 60
	minuteMs        = 60_000
	minAnswers      = 10 // of the last hour, for an estimate
	minErrors       = 20 // of the last hour, for it to be announced
	announceBelow   = 0.5
)

// estimator learns from one queue how long callers wait. While callers wait, answers come at some pace; a caller in place
// p waits for p of them. Each estimate made at an entry is held against what the caller then waited.
type estimator struct {
	queue   string
	minutes [estimateMinutes]served
	until   int64 // the pace is counted up to here
	busy    bool  // somebody has waited since
	touched bool  // to be brought up to date
}

// served is one minute of a queue.
type served struct {
	minute  int64 // since the epoch; a slot of another hour is stale
	busyMs  int64 // with somebody waiting
	answers int64
	errors  [errorClasses]int32 // estimates by their relative error
	sumAbs  float64             // of relative errors
	count   int32
}

// Relative errors are classed by the nearest power of 2^(1/4) between 1/64 and 64; below counts as the least.
const (
	errorClasses   = 49
	classesPerOct  = 4
	leastErrorOct  = -6
	shortestWaitMs = 1_000 // a shorter wait counts as this when an error is taken relative to it
)

func errorClass(rel float64) int {
	if rel <= 0 {
		return 0
	}
	c := int(math.Round((math.Log2(rel) - leastErrorOct) * classesPerOct))
	return min(max(c, 0), errorClasses-1)
}

func errorOf(class int) float64 {
	if class == 0 {
		return 0
	}
	return math.Exp2(float64(class)/classesPerOct + leastErrorOct)
}

func (e *estimator) at(ms int64) *served {
	minute := ms / minuteMs
	s := &e.minutes[minute%estimateMinutes]
	if s.minute != minute {
		*s = served{minute: minute}
	}
	return s
}

// pass counts the time up to now as busy or not, as it was since the last pass, and takes what holds from now on.
func (e *estimator) pass(now int64, busy bool) {
	from := max(e.until, now-estimateMinutes*minuteMs)
	if e.busy {
		for from < now {
			end := min(now, (from/minuteMs+1)*minuteMs)
			e.at(from).busyMs += end - from
			from = end
		}
	}
	e.until, e.busy = max(e.until, now), busy
}

// answered counts a caller who was answered after waitedMs; estimateMs is what was said at the entry, 0 = nothing.
func (e *estimator) answered(now, waitedMs, estimateMs int64) {
	s := e.at(now)
	s.answers++
	if estimateMs <= 0 {
		return
	}
	rel := math.Abs(float64(estimateMs-waitedMs)) / float64(max(waitedMs, shortestWaitMs))
	s.errors[errorClass(rel)]++
	s.sumAbs += rel
	s.count++
}

// pace sums what an estimate needs of the last hour at now.
func (e *estimator) pace(now int64) (sum served) {
	for i := range e.minutes {
		if s := &e.minutes[i]; s.within(now) {
			sum.busyMs += s.busyMs
			sum.answers += s.answers
		}
	}
	return sum
}

func (s *served) within(now int64) bool {
	return s.minute > now/minuteMs-estimateMinutes && s.minute <= now/minuteMs
}

// hour sums all of the last hour at now.
func (e *estimator) hour(now int64) served {
	sum := e.pace(now)
	for i := range e.minutes {
		s := &e.minutes[i]
		if s.within(now) {
			sum.count += s.count
			sum.sumAbs += s.sumAbs
			for c, n := range s.errors {
				sum.errors[c] += n
			}
		}
	}
	return sum
}

// wait is the estimate for a place, 0 while too little is known.
func (s *served) wait(place int) int64 {
	if s.answers < minAnswers || place <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(place), uint64(s.busyMs))
	if hi >= uint64(s.answers) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(s.answers))
	return int64(min(q, math.MaxInt64))
}

// p90 is the relative error that nine of ten estimates stayed within.
func (s *served) p90() float64 {
	left := (int64(s.count)*9 + 9) / 10
	for c, n := range s.errors {
		if left -= int64(n); left <= 0 {
			return errorOf(c)
		}
	}
	return 0
}

// Estimate is what is known of a wait to come (R96).
type Estimate struct {
	Position int
	WaitMs   int64 // 0: too little is known
	// Announce says that the wait may be told to the caller: the queue's own estimates of the last hour were within half
	// of the waits that came, nine times of ten. Else only the position is told.
	Announce bool
}

// EstimateStats is how good a queue's estimates of the last hour were.
type EstimateStats struct {
	Queue        string
	Answers      int64   // of the last hour
	Checked      int     // estimates held against the wait that came
	ErrorP90     float64 // relative: 0.5 is half of the wait
	ErrorMean    float64
	MsPerAnswer  int64 // while callers waited; 0: too little is known
	Announceable bool
}

func (s *served) announceable() bool { return s.count >= minErrors && s.p90() < announceBelow }

// Estimate says a waiting call's place and the wait it may expect from now on; false: it waits in no queue.
func (m *Matcher) Estimate(id string, now int64) (Estimate, bool) {
	m.advance(now)
	m.learn()
	place, ok := m.Position(id)
	if !ok {
		return Estimate{}, false
	}
	c := m.calls[id]
	if c.shadow {
		c = c.place.front()
	}
	hour := m.lastHour(c.q)
	wait := hour.wait(place)
	return Estimate{Position: place, WaitMs: wait, Announce: wait > 0 && hour.announceable()}, true
}

// EstimateStats says how good the estimates of a queue were in the last hour; false: no such queue.
func (m *Matcher) EstimateStats(queue string, now int64) (EstimateStats, bool) {
	m.advance(now)
	m.learn()
	q := m.queues[queue]
	if q == nil {
		return EstimateStats{}, false
	}
	hour := m.lastHour(q)
	s := EstimateStats{
		Queue: queue, Answers: hour.answers, Checked: int(hour.count), ErrorP90: hour.p90(),
		MsPerAnswer: hour.wait(1), Announceable: hour.announceable(),
	}
	if hour.count > 0 {
		s.ErrorMean = hour.sumAbs / float64(hour.count)
	}
	return s, true
}

func (m *Matcher) lastHour(q *queue) served {
	q.served.pass(m.now, q.waiting.len() > 0)
	return q.served.hour(m.now)
}
