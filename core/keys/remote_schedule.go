package keys

import (
	"math/rand/v2"
	"time"
)

// The times between two fetches, before the jitter that keeps many instances of a service from asking at once.
const (
	defaultRefresh = 15 * time.Minute // where the answer does not say
	minRefresh     = time.Minute
	maxRefresh     = time.Hour
	minBackOff     = time.Second
	maxBackOff     = time.Minute
	maxRetryAfter  = 5 * time.Minute
)

// refreshAfter is the time from a good document to the next fetch. The last good keys must not be too old before.
func refreshAfter(d *document, maxAge time.Duration) time.Duration {
	wait := defaultRefresh
	if d.hasLifetime {
		wait = min(max(d.lifetime, minRefresh), maxRefresh)
	}
	return jitter(min(wait, maxAge/2), 0.8)
}

// retryIn is the time from a failure, one of several in a row, to the next fetch.
func retryIn(failures int, retryAfter time.Duration) time.Duration {
	wait := maxBackOff
	if doublings := failures - 1; doublings < 6 { // 1 s, 2 s, ... 32 s
		wait = minBackOff << doublings
	}
	return max(jitter(wait, 0.5), retryAfter)
}

// jitter is a part of d, between least and all of it.
func jitter(d time.Duration, least float64) time.Duration {
	part := least + (1-least)*rand.Float64() //nolint:gosec // it spreads waits, and is no secret
	return time.Duration(part * float64(d))
}
