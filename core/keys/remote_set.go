package keys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// RemoteSet is a [Store] whose keys are fetched over HTTP. Each good document replaces all keys, so a key that it lacks is
// removed. One goroutine fetches:
//
//   - after the max-age of the last document, but at least a minute and at most an hour; without max-age, after 15 minutes
//   - after a failure, with delays that double from one second to one minute, or after Retry-After, up to five minutes
//   - when Find is asked for a key that the set does not have, at most once per cool-down
//
// Find returns ErrUnknownKey only if a document lacks the key that was requested after the key was first asked for, and that is
// younger than the cool-down. Otherwise the key may be new: Find waits for such a document, or fails with an [UnavailableError],
// so the answer is 503 and not 401. Neither a bad signature nor a key for another algorithm causes a fetch.
//
// Discovery is repeated with the scheduled fetches. If it fails then, the last known URL of the keys is used, and a warning is
// logged.
//
// A fetch fails if the answer is not complete within five seconds, or if the document is broken, is larger than 1 MiB, has more
// than 500 keys, or has no usable key. The last good keys are then used until they are [RemoteConfig.MaxAge] old. A key that
// cannot be used is left out of a good document and does not affect the others; this is logged once.
//
// [RemoteConfig.Open] makes a RemoteSet. The zero RemoteSet has no keys and fetches none: Find fails with ErrUnavailable.
type RemoteSet struct {
	config RemoteConfig
	source *source // of the goroutine alone
	view   atomic.Pointer[view]

	mu        sync.Mutex
	attempt   *attempt // the fetch that is due or running; nil: none
	unknown   *unknownIDs
	keys      []*Key    // of the last good document
	usable    int       // the number of them that could be used when they were fetched
	fetchedAt time.Time // of the last good document; zero: none
	expired   bool      // the last good document is older than MaxAge
	expiry    *time.Timer
	changed   chan struct{} // closed at the next good document, and by Close
	failures  int           // since the last good document
	lastError error
	failedAt  time.Time
	next      time.Time // of the next scheduled fetch
	discovery time.Time // from which a fetch also discovers
	asked     time.Time // of the last fetch for an unknown key
	holdUntil time.Time // the server asked for no requests before
	closed    bool
	said      string // the last logged text about unused keys
	lost      bool   // it is logged that discovery fails

	wake    chan struct{}
	cancel  context.CancelFunc
	stopped chan struct{}
}

// view is what Find and Generation read. After Close no timer replaces keys that are too old, so the view then has the time until
// which the keys are used, and the set that is used afterwards.
type view struct {
	*Set
	until time.Time // zero: no limit
	after *Set
}

// attempt is one fetch that others may wait for.
type attempt struct {
	done  chan struct{}
	began time.Time // read after done is closed, as err is
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

// noKeys returns a set whose Find fails with ErrUnavailable.
func noKeys(generation uint64) *Set { return newSet(nil, time.Now, generation) }

// current returns the set in use.
func (r *RemoteSet) current() *Set {
	v := r.view.Load()
	switch {
	case v == nil:
		return unopened
	case v.until.IsZero() || time.Now().Before(v.until):
		return v.Set
	}
	return v.after
}

// unopened is the set of the zero RemoteSet.
var unopened = noKeys(0)

// Find implements [Store]. It waits for a fetch, or until ctx ends, only if the set does not have the key.
func (r *RemoteSet) Find(ctx context.Context, kid, algorithm string) ([]*Key, error) {
	found, err := r.current().Find(ctx, kid, algorithm)
	switch {
	case isFinal(kid, err):
		return found, err
	case !slices.Contains(everyAlgorithm, algorithm): // such as HS256, in the refresh tokens of Keycloak
		return nil, ErrNoFittingKey
	}
	return r.search(ctx, kid, algorithm)
}

// isFinal reports whether the set has the key, for this algorithm or for another one. Then no fetch is needed.
func isFinal(kid string, err error) bool {
	return err == nil || kid != "" && errors.Is(err, ErrNoFittingKey)
}

// everyAlgorithm lists the algorithms that a published key may be for. HMAC secrets are never published.
var everyAlgorithm = []string{"ES256", "ES384", "ES512", "Ed25519", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"}

// Algorithms lists the algorithms of the current keys, as [Set.Algorithms] does. Without keys, such as before the first document,
// it lists every algorithm that a published key may be for.
func (r *RemoteSet) Algorithms() []string {
	if s := r.current(); !s.isEmpty() {
		return s.Algorithms()
	}
	return append([]string(nil), everyAlgorithm...)
}

func (s *Set) isEmpty() bool { return s.timeline == nil && len(s.byAlgorithm) == 0 }

// isUsable reports whether a key can be found now.
func (s *Set) isUsable() bool {
	if s.timeline != nil {
		return len(s.timeline.phase().byAlgorithm) > 0
	}
	return len(s.byAlgorithm) > 0
}

// Generation implements [Store]. It changes when the content of the keys changes, and when the keys reach MaxAge.
func (r *RemoteSet) Generation() uint64 { return r.current().Generation() }

// Close stops fetching: it cancels a fetch in progress and waits for its end. Find keeps working with the last good keys until
// they reach MaxAge.
func (r *RemoteSet) Close() error {
	if r.cancel == nil {
		return nil
	}
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
