package keys

import (
	"math/rand/v2"
	"time"
)

// The delays between two fetches, before jitter. The jitter spreads the requests of many instances of a service.
const (
	defaultRefresh = 15 * time.Minute // without a max-age
	minRefresh     = time.Minute
	maxRefresh     = time.Hour
	minBackOff     = time.Second
	maxBackOff     = time.Minute
	maxRetryAfter  = 5 * time.Minute
)

// refreshAfter returns the delay from a good document to the next fetch. It is at most half of maxAge, so the keys do not reach
// that age while the server answers.
func refreshAfter(d *document, maxAge time.Duration) time.Duration {
	wait := defaultRefresh
	if d.hasLifetime {
		wait = min(max(d.lifetime, minRefresh), maxRefresh)
	}
	return jitter(min(wait, maxAge/2), 0.8)
}

// retryIn returns the delay from a failure, the last of that many in a row, to the next fetch.
func retryIn(failures int, retryAfter time.Duration) time.Duration {
	wait := maxBackOff
	if doublings := failures - 1; doublings < 6 { // 1 s, 2 s, ... 32 s
		wait = minBackOff << doublings
	}
	return max(jitter(wait, 0.5), retryAfter)
}

// jitter returns a random part of d, between least and 1 times d.
func jitter(d time.Duration, least float64) time.Duration {
	part := least + (1-least)*rand.Float64() //nolint:gosec // it spreads requests and is not a secret
	return time.Duration(part * float64(d))
}
