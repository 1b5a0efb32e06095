package keys

import (
	"context"
	"errors"
	"time"
)

// search looks for a key that the set does not have, and waits for a fetch that may bring it. It waits twice at most: for a fetch
// that was running when the token came, and for one that began later.
func (r *RemoteSet) search(ctx context.Context, kid, algorithm string) ([]*Key, error) {
	var waitedFor time.Time
	for range 2 {
		found, running, err := r.ask(kid, algorithm, waitedFor, true)
		if running == nil {
			return found, err
		}
		select {
		case <-running.done:
		case <-ctx.Done():
			return nil, &UnavailableError{Cause: context.Cause(ctx)}
		}
		if running.err != nil {
			break
		}
		waitedFor = running.began
	}
	found, _, err := r.ask(kid, algorithm, waitedFor, false)
	return found, err
}

// ask decides, or gives the fetch to wait for where mayWait is set.
func (r *RemoteSet) ask(kid, algorithm string, waitedFor time.Time, mayWait bool) (found []*Key, running *attempt, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, err = r.current().Find(context.Background(), kid, algorithm)
	if isFinal(kid, err) {
		return found, nil, err
	}
	id := r.unknown.number(kid, algorithm)
	fresh := r.failures == 0 && !r.closed && r.unknown.isLacking(id, r.config.CoolDown, waitedFor)
	if fresh && !errors.Is(err, ErrUnavailable) {
		return nil, nil, err
	}
	r.unknown.ask(id)
	if mayWait && r.attempt == nil && !r.closed && r.hasDocument() && !time.Now().Before(r.mayAsk()) {
		r.asked = time.Now()
		r.attempt = &attempt{done: make(chan struct{})}
		select {
		case r.wake <- struct{}{}:
		default: // it is awake
		}
	}
	if mayWait && r.attempt != nil {
		return nil, r.attempt, nil
	}
	return nil, nil, unavailable(time.Until(r.nextFetch()), r.reason())
}

// mayAsk is when a token may make it fetch.
func (r *RemoteSet) mayAsk() time.Time {
	if r.asked.IsZero() {
		return r.holdUntil
	}
	return later(r.asked.Add(r.config.CoolDown), r.holdUntil)
}

// nextFetch is when the next fetch may begin: by the clock, or because a token asks again.
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

// reason is why there is no answer.
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

var errCoolDown = errors.New("the key may be a new one, and the key set was fetched a moment ago")
