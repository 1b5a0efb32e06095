package keys

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// RemoteHealth is the state of a [RemoteSet] at one moment, for probes and metrics.
type RemoteHealth struct {
	Usable      bool      // whether a key can be found now
	Keys        int       // the number of usable keys in the last good document
	FetchedAt   time.Time // when the last good document was received or confirmed; zero: never
	Err         error     // why the last fetch failed; nil: it did not
	FailedAt    time.Time // when the last fetch failed; zero: it did not
	NextRefresh time.Time // when the next fetch is due; zero: not known before the first fetch has ended, or none after Close
}

// Health returns the current state. It does not wait for a fetch.
func (r *RemoteSet) Health() RemoteHealth {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := RemoteHealth{Usable: r.current().isUsable(), Keys: r.usable, FetchedAt: r.fetchedAt}
	h.Err, h.FailedAt = r.lastError, r.failedAt
	if !r.closed {
		h.NextRefresh = r.next
	}
	return h
}

// Ready waits until a key can be found. If ctx ends first, the error is an [UnavailableError] that wraps the cause of ctx and the
// last failure.
func (r *RemoteSet) Ready(ctx context.Context) error {
	for {
		r.mu.Lock()
		usable, changed, closed, why := r.current().isUsable(), r.changed, r.closed, r.reason()
		notYet := r.unavailable(why)
		r.mu.Unlock()
		switch {
		case usable:
			return nil
		case closed:
			return notYet
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return r.interrupted(errors.Join(context.Cause(ctx), why))
		}
	}
}

// RemoteEvent describes the result of a fetch.
type RemoteEvent struct {
	Kind RemoteEventKind
	Keys int           // the number of usable keys in the last good document
	Took time.Duration // the duration of the fetch
	Err  error         // why the fetch failed, for RemoteFailed
}

// RemoteEventKind is the kind of a [RemoteEvent].
type RemoteEventKind string

// The kinds of events.
const (
	RemoteFetched RemoteEventKind = "fetched" // a good document was received or confirmed
	RemoteFailed  RemoteEventKind = "failed"  // the last good keys, if any, remain in use
	RemoteRotated RemoteEventKind = "rotated" // follows RemoteFetched if the document has other keys than the one before
)

// report is the result of a fetch for the observer and, if the state has changed, for the log.
type report struct {
	took         time.Duration
	keys         int
	first        bool // the first failure in a row, or the first good document
	err          error
	kept         bool      // there are good keys from an earlier document
	until        time.Time // when those reach MaxAge
	document     *document
	recovered    bool
	rotated      bool
	unused       string
	undiscovered bool
}

// tell calls the observer.
func (p *report) tell(c *RemoteConfig) {
	if c.Observer == nil {
		return
	}
	event := RemoteEvent{Kind: RemoteFetched, Keys: p.keys, Took: p.took, Err: p.err}
	if p.err != nil {
		event.Kind = RemoteFailed
	}
	c.Observer(event)
	if p.rotated {
		event.Kind = RemoteRotated
		c.Observer(event)
	}
}

func (p *report) log(c *RemoteConfig) {
	log := c.Logger
	switch {
	case p.err != nil && p.first && p.kept:
		log.Error("the keys cannot be fetched; the last good ones are used", "error", p.err.Error(), "until", p.until)
	case p.err != nil && p.first:
		log.Error("the keys cannot be fetched; there are none to use until they can", "error", p.err.Error())
	case p.recovered:
		log.Info("the keys can be fetched again", "keys", p.keys)
	}
	if p.rotated {
		log.Info("the keys have changed", "keys", p.keys)
	}
	if p.undiscovered {
		log.Warn("discovery fails; the last known address of the keys is used", "error", p.document.undiscovered.Error())
	}
	if p.unused == "" {
		return
	}
	level := slog.LevelInfo
	for _, err := range p.document.skipped {
		switch {
		case errors.Is(err, ErrPrivateKey):
			log.Error("the server publishes a private key, which must be replaced; it is not used", "error", p.unused[2:])
			return
		case !errors.Is(err, errOtherUse):
			level = slog.LevelWarn
		}
	}
	log.Log(context.Background(), level, "keys in the set are not used", "error", p.unused[2:])
}
