package keys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/fetch"
)

// RemoteSet is a [Store] over a key set that a server publishes. Each good document replaces the whole set: a key that it lacks
// is gone. One goroutine fetches it:
//
//   - ahead of time, as Cache-Control says, within a minute and an hour; after 15 minutes where it says nothing
//   - after a failure: after a second, and with waits that double up to a minute, or as Retry-After says, up to five minutes
//   - when a token names a key that the set does not have, at most once in each cool-down
//
// A token whose key the set does not have is refused (ErrUnknownKey) only when a document says so that was asked for after the
// token came, and is younger than the cool-down. Otherwise Find waits for such a document, or fails with an
// [UnavailableError], so that the answer is 503 and not 401: the key may be a new one. A bad signature, or an algorithm that the
// key is not for, fetches nothing.
//
// A document that is empty, broken, too large (1 MiB, 500 keys) or without a usable key is a failure, and so is an answer that is
// not complete within five seconds. The last good keys are then used until they are [RemoteConfig.MaxAge] old. A key in a good
// document that cannot be used is left out and does not spoil the others; the log says so once.
type RemoteSet struct {
	config RemoteConfig
	source *source // of the goroutine alone
	view   atomic.Pointer[view]

	mu         sync.Mutex
	attempt    *attempt // a fetch that is due or running
	unknown    *unknownIDs
	keys       []*Key    // of the last good document
	usable     int       // of them, at that time
	fetchedAt  time.Time // when it came; zero: never
	expired    bool      // it is too old
	expiry     *time.Timer
	changed    chan struct{} // closed with the next good document, and by Close
	failures   int           // since then
	lastError  error
	failedAt   time.Time
	next       time.Time // when the goroutine fetches by itself
	asked      time.Time // when a token made it fetch
	holdUntil  time.Time // the server asked not to be asked before
	closed     bool
	said       string // of the keys that are not used
	lostPlaces bool   // the log says that discovery fails

	wake    chan struct{}
	cancel  context.CancelFunc
	stopped chan struct{}
}

// view is what Find and Generation look at. After Close nobody is there to notice that the keys are too old, so the view says
// until when they are used, and what is used then.
type view struct {
	*Set
	until time.Time // zero: no limit
	after *Set
}

// attempt is one fetch that others may wait for.
type attempt struct {
	done  chan struct{}
	began time.Time // these are to be read when it is done
	err   error
}

var (
	errClosed  = errors.New("the RemoteSet is closed")
	errNothing = errors.New("no document was fetched yet")
	errTooOld  = errors.New("the last good keys are too old")
)

func newRemoteSet(c RemoteConfig, s *source) *RemoteSet {
	r := &RemoteSet{config: c, source: s, unknown: newUnknownIDs(), changed: make(chan struct{}),
		wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	r.view.Store(&view{Set: noKeys(1)})
	return r
}

// noKeys is a set for which the keys cannot be had.
func noKeys(generation uint64) *Set { return newSet(nil, time.Now, generation) }

// current is the set in use at this moment.
func (r *RemoteSet) current() *Set {
	v := r.view.Load()
	if v.until.IsZero() || time.Now().Before(v.until) {
		return v.Set
	}
	return v.after
}

// Find implements [Store]. It may wait for a fetch, or until ctx ends, only where the set does not have the key.
func (r *RemoteSet) Find(ctx context.Context, kid, algorithm string) ([]*Key, error) {
	found, err := r.current().Find(ctx, kid, algorithm)
	if isFinal(kid, err) {
		return found, err
	}
	return r.search(ctx, kid, algorithm)
}

// isFinal reports whether no fetch can change what a set says: the key is there, for this algorithm or for another one.
func isFinal(kid string, err error) bool {
	return err == nil || kid != "" && errors.Is(err, ErrNoFittingKey)
}

// everyAlgorithm is what a key of a key set may be for. A secret is never published.
var everyAlgorithm = []string{"ES256", "ES384", "ES512", "Ed25519", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"}

// Algorithms lists what the keys of the moment are for. Before the first document, when nobody knows, it lists all that a
// published key may be for. See [Set.Algorithms].
func (r *RemoteSet) Algorithms() []string {
	if s := r.current(); !s.isEmpty() {
		return s.Algorithms()
	}
	return append([]string(nil), everyAlgorithm...)
}

func (s *Set) isEmpty() bool { return s.timeline == nil && len(s.byAlgorithm) == 0 }

// isUsable reports whether a key can be found at this moment.
func (s *Set) isUsable() bool {
	if s.timeline != nil {
		return len(s.timeline.phase().byAlgorithm) > 0
	}
	return len(s.byAlgorithm) > 0
}

// Generation implements [Store]. It changes with the content of the keys, and when the last good keys are too old.
func (r *RemoteSet) Generation() uint64 { return r.current().Generation() }

// Close stops fetching and waits for a fetch in progress, which it cancels. Find keeps working with the last good keys until they
// are too old.
func (r *RemoteSet) Close() error {
	r.cancel()
	<-r.stopped
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	if r.attempt != nil {
		r.attempt.end(errClosed)
		r.attempt = nil
	}
	close(r.changed)
	if r.expiry != nil {
		r.expiry.Stop()
	}
	if set := r.view.Load().Set; !r.expired {
		r.view.Store(&view{Set: set, until: r.fetchedAt.Add(r.config.MaxAge), after: noKeys(set.nextGeneration())})
	}
	return nil
}

// Format writes the name of the type for every verb of package fmt, and nothing of the keys.
func (r *RemoteSet) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "keys.RemoteSet") }

func (a *attempt) end(err error) {
	a.err = err
	close(a.done)
}

// run fetches when the time has come, and when it is woken.
func (r *RemoteSet) run(ctx context.Context) {
	defer close(r.stopped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		scheduled := false
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			scheduled = true
		case <-r.wake:
		}
		if next, ok := r.fetch(ctx, scheduled); ok {
			timer.Reset(time.Until(next))
		}
	}
}

// fetch gets the document once. It is false where there was nothing to do, since a fetch by the clock came before, or where the
// set is being closed.
func (r *RemoteSet) fetch(ctx context.Context, scheduled bool) (next time.Time, ok bool) {
	began, ok := r.begin(scheduled)
	if !ok {
		return next, false
	}
	got, err := r.source.load(ctx, scheduled)
	if ctx.Err() != nil {
		return next, false
	}
	a, report, next := r.finish(got, err, began)
	report.log(&r.config) // before anybody who waits goes on: Open has logged when it returns
	a.end(err)
	report.tell(&r.config)
	return next, true
}

func (r *RemoteSet) begin(scheduled bool) (began time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.attempt == nil {
		if !scheduled {
			return began, false
		}
		r.attempt = &attempt{done: make(chan struct{})}
	}
	r.attempt.began = time.Now()
	r.unknown.fetchBegins()
	return r.attempt.began, true
}

func (r *RemoteSet) finish(got *document, err error, began time.Time) (a *attempt, what *report, next time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		what = r.fail(err)
	} else {
		what = r.accept(got, began)
	}
	what.took = time.Since(began)
	a, r.attempt = r.attempt, nil
	return a, what, r.next
}

func (r *RemoteSet) fail(err error) *report {
	now := time.Now()
	r.failures++
	r.lastError, r.failedAt = err, now
	var failure *fetch.Error
	var retryAfter time.Duration
	if errors.As(err, &failure) {
		retryAfter = min(failure.RetryAfter, maxRetryAfter)
	}
	r.next, r.holdUntil = now.Add(retryIn(r.failures, retryAfter)), now.Add(retryAfter)
	r.unknown.fetchFailed()
	return &report{err: err, first: r.failures == 1, keys: r.usable, kept: r.hasDocument(),
		until: r.fetchedAt.Add(r.config.MaxAge)}
}

func (r *RemoteSet) accept(d *document, began time.Time) *report {
	now := time.Now()
	report := &report{document: d, keys: d.usable, first: r.fetchedAt.IsZero(), recovered: r.failures > 0}
	report.rotated = !report.first && !maps.Equal(contents(r.keys), contents(d.all))
	if report.first || report.rotated || r.expired {
		r.view.Store(&view{Set: newSet(d.all, time.Now, r.view.Load().nextGeneration())})
	}
	r.keys, r.usable, r.fetchedAt, r.expired = d.all, d.usable, now, false
	r.failures, r.lastError, r.failedAt, r.holdUntil = 0, nil, time.Time{}, time.Time{}
	r.next = now.Add(refreshAfter(d, r.config.MaxAge))
	r.unknown.fetched(began)
	if r.expiry == nil {
		r.expiry = time.AfterFunc(r.config.MaxAge, r.expire)
	} else {
		r.expiry.Reset(r.config.MaxAge)
	}
	close(r.changed)
	r.changed = make(chan struct{})
	report.unused = r.unused(d)
	report.undiscovered = d.undiscovered != nil && !r.lostPlaces
	r.lostPlaces = d.undiscovered != nil
	return report
}

// unused is what is wrong with keys of the document, unless it was said already.
func (r *RemoteSet) unused(d *document) string {
	text := summary(d.skipped)
	if text == r.said {
		return ""
	}
	r.said = text
	return text
}

// expire takes keys out of use that are too old. Tokens that were verified with them are not known any more, either.
func (r *RemoteSet) expire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.expired || time.Since(r.fetchedAt) < r.config.MaxAge { // a good document came at the same moment
		return
	}
	r.expired = true
	r.view.Store(&view{Set: noKeys(r.view.Load().nextGeneration())})
	r.config.Logger.Error("the last good keys are too old and not used any more", "fetched", r.fetchedAt)
}

// hasDocument reports whether a good document was fetched that is not too old.
func (r *RemoteSet) hasDocument() bool { return !r.fetchedAt.IsZero() && !r.expired }
