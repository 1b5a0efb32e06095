package keys

import (
	"context"
	"errors"
	"time"
)

// maxWait is longer than any fetch with discovery. It ends the wait for an http.RoundTripper that does not obey its context: the
// context of a request may have no end.
const maxWait = 3 * fetchTimeout

// search handles a key that the set does not have: it waits for a fetch that may bring the key. It waits at most twice, for the
// fetch that is already running and for one that begins later.
func (r *RemoteSet) search(ctx context.Context, kid, algorithm string) ([]*Key, error) {
	var waitedFor time.Time
	for range 2 {
		found, running, err := r.ask(kid, algorithm, waitedFor, true)
		if running == nil {
			return found, err
		}
		if err := running.wait(ctx); err != nil {
			return nil, r.interrupted(err)
		}
		if running.err != nil {
			break
		}
		waitedFor = running.began
	}
	found, _, err := r.ask(kid, algorithm, waitedFor, false)
	return found, err
}

// wait waits for the end of the fetch, and returns an error if ctx or maxWait ends first.
func (a *attempt) wait(ctx context.Context) error {
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	select {
	case <-a.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return errOverdue
	}
}

// ask returns the answer of Find, or the fetch to wait for, if mayWait allows that. It starts a fetch if one is permitted.
func (r *RemoteSet) ask(kid, algorithm string, waitedFor time.Time, mayWait bool) (found []*Key, running *attempt, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, err = r.current().Find(context.Background(), kid, algorithm)
	if isFinal(kid, err) {
		return found, nil, err
	}
	if r.unknown == nil { // the zero RemoteSet
		return nil, nil, r.unavailable(r.reason())
	}
	id := r.unknown.number(kid, algorithm)
	fresh := r.failures == 0 && r.unknown.isLacking(id, r.config.CoolDown, waitedFor)
	r.unknown.ask(id)
	if fresh && !errors.Is(err, ErrUnavailable) {
		return nil, nil, err
	}
	if mayWait && r.attempt == nil && !r.closed && r.hasDocument() && !time.Now().Before(r.mayAsk()) {
		r.asked = time.Now()
		r.attempt = &attempt{done: make(chan struct{})}
		select {
		case r.wake <- struct{}{}:
		default: // it has not taken an earlier signal yet
		}
	}
	if mayWait && r.attempt != nil {
		return nil, r.attempt, nil
	}
	return nil, nil, r.unavailable(r.reason())
}

// interrupted returns the error of a search that cause has ended.
func (r *RemoteSet) interrupted(cause error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unavailable(cause)
}

// mayAsk returns the time from which an unknown key may cause a fetch.
func (r *RemoteSet) mayAsk() time.Time {
	if r.asked.IsZero() {
		return r.holdUntil
	}
	return later(r.asked.Add(r.config.CoolDown), r.holdUntil)
}

// nextFetch returns the time from which a fetch is possible, scheduled or for an unknown key.
func (r *RemoteSet) nextFetch() time.Time {
	if may := r.mayAsk(); r.hasDocument() && may.Before(r.next) {
		return may
	}
	return r.next
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// reason returns why Find cannot answer.
func (r *RemoteSet) reason() error {
	switch {
	case r.closed:
		return errClosed
	case r.lastError != nil:
		return r.lastError
	case r.fetchedAt.IsZero():
		return errNothing
	case r.expired:
		return errTooOld
	}
	return errCoolDown
}

var (
	errCoolDown = errors.New("the key may be a new one, and the key set was fetched a moment ago")
	errOverdue  = errors.New("the fetch does not end")
)
