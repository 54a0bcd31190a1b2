package hooks

import (
	"net/http"
	"strconv"
	"time"
)

// Bounds of the pause after a failure.
const (
	firstPause = time.Second
	maxPause   = 5 * time.Minute
)

// Backoff is the pause after the n-th failure in a row (from 1): doubled each time up to a cap, then spread between half
// and all of it by chance, 0 to 1, so that webhooks of one receiver do not come back together.
func Backoff(n int, chance float64) time.Duration {
	d := maxPause
	if n < 10 {
		d = min(maxPause, firstPause<<max(0, n-1))
	}
	return d/2 + time.Duration(chance*float64(d/2))
}

// retryAfter is what a receiver asks for with 429 or 503, in seconds; 0 when it asks for nothing we take.
func retryAfter(r *http.Response) time.Duration {
	if r.StatusCode != http.StatusTooManyRequests && r.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	s, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if err != nil || s <= 0 {
		return 0
	}
	return min(maxPause, time.Duration(s)*time.Second)
}
