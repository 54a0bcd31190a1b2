package whatif

import (
	"maps"
	"slices"

	cc "github.com/wirechief/wirechief/callcenter"
)

// shortMs: who gives up sooner has not been served badly (R77).
const shortMs = 5_000

// defaultLevelMs is the service level of a queue that says none (R77).
const defaultLevelMs = 20_000

// book keeps what happened to calls and agents, in the journal or in a run: the same reckoning for both.
type book struct {
	calls  map[string]*booked
	agents map[string]*hours
	fromMs int64 // of what agents did, what lies in these bounds counts
	toMs   int64
}

type booked struct {
	queue     string
	enteredMs int64 // 0: never queued
	waitMs    int64
	agent     string // who answered first
	answered  bool
	ended     bool
	abandoned bool
	test      bool
}

// hours is how an agent spent the time.
type hours struct {
	available bool
	busy      spent // of the token
	sinceMs   int64
	ms        [spents]int64
}

// spent is a way to spend time, for occupancy: waiting for a call, on one or after it, or neither.
type spent uint8

const (
	away spent = iota
	idle
	offered
	handling
	spents
)

func newBook() *book { return &book{calls: map[string]*booked{}, agents: map[string]*hours{}} }

func (b *book) call(id string, e *cc.Event, nowMs int64) {
	c := b.calls[id]
	if c == nil {
		c = &booked{}
		b.calls[id] = c
	}
	switch x := e.Message().(type) {
	case *cc.CallArrived:
		c.test = x.Test
	case *cc.CallQueued:
		if c.enteredMs == 0 {
			c.enteredMs = nowMs
		}
		if !c.answered {
			c.queue = x.Queue
		}
	case *cc.Answered:
		if !c.answered {
			c.answered, c.agent, c.waitMs = true, x.Agent, nowMs-c.enteredMs
		}
	case *cc.CallEnded:
		c.ended = true
		if c.enteredMs > 0 && !c.answered {
			c.waitMs, c.abandoned = nowMs-c.enteredMs, byCaller(x.Cause)
		}
	}
}

func (b *book) hours(id string) *hours {
	h := b.agents[id]
	if h == nil {
		h = &hours{}
		b.agents[id] = h
	}
	return h
}

// agentIs begins with a state.
func (b *book) agentIs(id string, s *cc.AgentState) {
	h := b.hours(id)
	h.available, h.sinceMs = s.Presence == cc.Presence_AVAILABLE, s.PresenceSinceMs
	switch s.Token.GetState() {
	case cc.TokenState_RESERVED, cc.TokenState_CONNECTING:
		h.busy = offered
	case cc.TokenState_TALKING, cc.TokenState_WRAPUP:
		h.busy = handling
	}
}

func (b *book) agent(id string, e *cc.Event, nowMs int64) {
	h := b.hours(id)
	switch x := e.Message().(type) {
	case *cc.PresenceChanged:
		b.spend(h, nowMs)
		h.available = x.Presence == cc.Presence_AVAILABLE
	case *cc.TokenGranted:
		b.spend(h, nowMs)
		h.busy = offered
	case *cc.TokenTalking:
		b.spend(h, nowMs)
		h.busy = handling
	case *cc.TokenFreed:
		b.spend(h, nowMs)
		h.busy = away
	}
}

// spend counts the time since the last change.
func (b *book) spend(h *hours, nowMs int64) {
	how := h.busy
	if how == away && h.available {
		how = idle
	}
	from, to := max(h.sinceMs, b.fromMs), nowMs
	if b.toMs > 0 {
		to = min(to, b.toMs)
	}
	if to > from {
		h.ms[how] += to - from
	}
	h.sinceMs = nowMs
}

// Figures of a day. Shares are between 0 and 1.
type Figures struct {
	Offered      int     `json:"offered"` // calls that entered a queue, test calls left out
	Answered     int     `json:"answered"`
	Abandoned    int     `json:"abandoned"`
	Short        int     `json:"short_abandoned"` // of these, within 5 s
	FlowedOut    int     `json:"flowed_out"`      // left by rule
	ServiceLevel float64 `json:"service_level"`   // answered in time / (answered + abandoned, short ones left out)
	AbandonRate  float64 `json:"abandon_rate"`    // the same without short ones
	WaitMs       int64   `json:"average_wait_ms"` // of the answered
	LongestMs    int64   `json:"longest_wait_ms"`
	Occupancy    float64 `json:"occupancy"` // handling / (handling + idle while Available)
}

// figures reckons; queue "" is all of them. levels gives a queue's service level in ms.
func (b *book) figures(queue string, level func(string) int64) Figures {
	var f Figures
	inTime, wait := 0, int64(0)
	for _, id := range slices.Sorted(maps.Keys(b.calls)) {
		c := b.calls[id]
		if c.enteredMs == 0 || c.test || queue != "" && c.queue != queue {
			continue
		}
		f.Offered++
		switch {
		case c.answered:
			f.Answered++
			wait += c.waitMs
			if c.waitMs <= level(c.queue) {
				inTime++
			}
		case c.abandoned:
			f.Abandoned++
			if c.waitMs < shortMs {
				f.Short++
			}
		case c.ended:
			f.FlowedOut++
		}
		f.LongestMs = max(f.LongestMs, c.waitMs)
	}
	f.ServiceLevel = share(inTime, f.Answered+f.Abandoned-f.Short)
	f.AbandonRate = share(f.Abandoned-f.Short, f.Offered-f.Short)
	if f.Answered > 0 {
		f.WaitMs = wait / int64(f.Answered)
	}
	if queue == "" {
		var ms [spents]int64
		for _, id := range slices.Sorted(maps.Keys(b.agents)) {
			for i, n := range b.agents[id].ms {
				ms[i] += n
			}
		}
		if all := ms[handling] + ms[idle]; all > 0 {
			f.Occupancy = float64(ms[handling]) / float64(all)
		}
	}
	return f
}

func share(n, of int) float64 {
	if of <= 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// close counts the agents' last stretch.
func (b *book) close(endMs int64) {
	for _, id := range slices.Sorted(maps.Keys(b.agents)) {
		b.spend(b.agents[id], endMs)
	}
}

// Hands compares who answered which call in two courses of a day.
type Hands struct {
	Same     int `json:"same_agent"`
	Other    int `json:"other_agent"`
	Answered int `json:"answered_only_here"`
	Lost     int `json:"answered_only_there"`
}

// hands compares this course with another, there.
func (b *book) hands(there *book) Hands {
	var h Hands
	for id, c := range b.calls {
		o := there.calls[id]
		was := o != nil && o.answered
		switch {
		case c.answered && was && c.agent == o.agent:
			h.Same++
		case c.answered && was:
			h.Other++
		case c.answered:
			h.Answered++
		}
	}
	for id, o := range there.calls {
		if c := b.calls[id]; o.answered && (c == nil || !c.answered) {
			h.Lost++
		}
	}
	return h
}
