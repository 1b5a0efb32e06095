package kongtest

import (
	"net/http"
	"slices"
	"sync"
)

// injected is a fault with the requests that it applies to.
type injected struct {
	times int // the number of requests that are left; negative: no limit
	fault Fault
	only  []func(*http.Request) bool
}

// appliesTo reports whether all functions of only accept r.
func (in *injected) appliesTo(r *http.Request) bool {
	for _, matches := range in.only {
		if !matches(r) {
			return false
		}
	}
	return true
}

// faultQueue holds injected faults in order. It is safe for concurrent use.
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

// take returns the fault that handles a request, or nil. It calls the functions of the user without the lock, because they may
// use the gateway.
func (q *faultQueue) take(r *http.Request) Fault {
	q.mu.Lock()
	all := slices.Clone(q.all)
	q.mu.Unlock()
	for _, in := range all {
		if in.appliesTo(r) && q.use(in) {
			return in.fault
		}
	}
	return nil
}

// use counts a use of a fault. It returns false if another request has used it up.
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
