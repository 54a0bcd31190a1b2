package machine

import "strconv"

func name[T ~uint8](names []string, v T) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return strconv.Itoa(int(v))
}

// String is the status in one word.
func (s Status) String() string { return name([]string{"", "ok", "refused", "unknown"}, s) }

// String is the reason as a machine code.
func (r Reason) String() string {
	return name([]string{
		"none", "stale_epoch", "version_conflict", "require_failed", "unknown_shard", "too_large",
		"overloaded", "closed", "malformed", "damaged",
	}, r)
}
