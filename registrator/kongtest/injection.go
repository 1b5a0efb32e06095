package kongtest

import (
	"net/http"
	"slices"
	"sync"
)

// injected is a fault that waits for requests.
type injected struct {
	times int // requests that are left; negative: no limit
	fault Fault
	only  []func(*http.Request) bool
}

func (in *injected) isFor(r *http.Request) bool {
	for _, matches := range in.only {
		if !matches(r) {
			return false
		}
	}
	return true
}

// faultQueue holds the faults that were injected, in order.
type faultQueue struct {
	mu  sync.Mutex
	all []*injected
}

func (q *faultQueue) add(in *injected) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = append(q.all, in)
}

func (q *faultQueue) heal() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all = nil
}

// take returns the fault for a request, nil if there is none. The user's functions are called without the lock, since they
// may use the gateway.
func (q *faultQueue) take(r *http.Request) Fault {
	q.mu.Lock()
	all := slices.Clone(q.all)
	q.mu.Unlock()
	for _, in := range all {
		if in.isFor(r) && q.use(in) {
			return in.fault
		}
	}
	return nil
}

// use counts a use of a fault. It reports false if another request had the last one.
func (q *faultQueue) use(in *injected) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.all, in)
	if i < 0 {
		return false
	}
	if in.times > 0 {
		if in.times--; in.times == 0 {
			q.all = slices.Delete(q.all, i, i+1)
		}
	}
	return true
}
