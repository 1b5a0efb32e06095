package keys

import (
	"context"
	"errors"
	"time"
)

// RemoteHealth is the state of a [RemoteSet] at one moment, for probes and metrics.
type RemoteHealth struct {
	Usable      bool      // a key can be found now
	Keys        int       // usable keys in the last good document
	FetchedAt   time.Time // when the last good document came, or was confirmed; zero: never
	Err         error     // the last failure; nil: the last fetch was good
	FailedAt    time.Time // when that was
	NextRefresh time.Time // when the next fetch is due; zero: after Close, or before the first fetch has ended
}

// Health returns the state. It does not wait.
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

// Ready waits until a key is usable. The error, when ctx ends before, is an [UnavailableError] with the last failure.
func (r *RemoteSet) Ready(ctx context.Context) error {
	for {
		r.mu.Lock()
		usable, changed, closed := r.current().isUsable(), r.changed, r.closed
		wait, why := time.Until(r.nextFetch()), r.reason()
		r.mu.Unlock()
		switch {
		case usable:
			return nil
		case closed:
			return unavailable(wait, why)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return unavailable(wait, errors.Join(context.Cause(ctx), why))
		}
	}
}

// RemoteEvent is what a fetch brought.
type RemoteEvent struct {
	Kind RemoteEventKind
	Keys int           // usable keys now
	Took time.Duration // of the fetch
	Err  error         // of RemoteFailed
}

// RemoteEventKind is a kind of event.
type RemoteEventKind string

// The kinds of events.
const (
	RemoteFetched RemoteEventKind = "fetched" // a good document came, or was confirmed
	RemoteFailed  RemoteEventKind = "failed"
	RemoteRotated RemoteEventKind = "rotated" // after RemoteFetched: the document has other keys than the one before
)

// report is what is to be said about a fetch: to the observer always, and to the log where something has changed.
type report struct {
	took         time.Duration
	keys         int
	first        bool // failure of several, or the first document
	err          error
	kept         bool      // there are good keys from before
	until        time.Time // when they are too old
	document     *document
	recovered    bool
	rotated      bool
	unused       string
	undiscovered bool
}

// tell tells the observer.
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
		log.Error("the keys cannot be fetched; the last good ones are used", "why", p.err.Error(), "until", p.until)
	case p.err != nil && p.first:
		log.Error("the keys cannot be fetched; there are none to use until they can", "why", p.err.Error())
	case p.recovered:
		log.Info("the keys can be fetched again", "keys", p.keys)
	}
	if p.rotated {
		log.Info("the keys have changed", "keys", p.keys)
	}
	if p.undiscovered {
		log.Warn("discovery fails; the last known address of the keys is used", "why", p.document.undiscovered.Error())
	}
	if p.unused == "" {
		return
	}
	for _, err := range p.document.skipped {
		if errors.Is(err, ErrPrivateKey) {
			log.Error("the server publishes a private key, which must be replaced; it is not used", "why", p.unused[2:])
			return
		}
	}
	log.Warn("keys in the set are not used", "why", p.unused[2:])
}
