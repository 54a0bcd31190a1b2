package callcenter

import "testing"

// R30, R69: the first thing that keeps a call out is said.
func TestR30R69Admit(t *testing.T) {
	for _, c := range []struct {
		name string
		q    *Queue
		f    QueueFill
		want string
	}{
		{"empty and nobody there", &Queue{}, QueueFill{}, ""},
		{"full", &Queue{MaxSize: 2}, QueueFill{Waiting: 2, Online: 1, Available: 1}, QueueFull},
		{"one place left", &Queue{MaxSize: 2}, QueueFill{Waiting: 1}, ""},
		{"default size", &Queue{}, QueueFill{Waiting: DefaultMaxSize}, QueueFull},
		{"nobody online", &Queue{SkipIf: SkipIf_SKIP_NONE_ONLINE}, QueueFill{}, NoneOnline},
		{"all at lunch", &Queue{SkipIf: SkipIf_SKIP_NONE_ONLINE}, QueueFill{Online: 3}, ""},
		{"all at lunch, asked", &Queue{SkipIf: SkipIf_SKIP_NONE_AVAILABLE}, QueueFill{Online: 3}, NoneAvailable},
		{"nobody online, asked for more", &Queue{SkipIf: SkipIf_SKIP_NONE_AVAILABLE}, QueueFill{}, NoneOnline},
		{"all talking", &Queue{SkipIf: SkipIf_SKIP_NONE_AVAILABLE}, QueueFill{Online: 3, Available: 1}, ""},
	} {
		if got := c.q.Admit(c.f); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// R66: one step is five minutes unless set, within 0-10, and the weight is in minutes.
func TestR66HeadStart(t *testing.T) {
	for _, c := range []struct {
		q        *Queue
		priority int32
		want     int64
	}{
		{&Queue{}, 0, 0}, {&Queue{}, 2, 600_000}, {&Queue{}, 99, 3_000_000}, {&Queue{}, -1, 0},
		{&Queue{WeightMinutes: -3}, 1, 120_000}, {&Queue{PriorityStepMs: 1_000}, 3, 3_000},
	} {
		if got := c.q.HeadStartMs(c.priority); got != c.want {
			t.Errorf("%v with priority %d: %d, want %d", c.q, c.priority, got, c.want)
		}
	}
}
