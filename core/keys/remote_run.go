package keys

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/fetch"
)

// run fetches on schedule and when woken, until ctx ends.
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

// fetch gets the document once and returns the time of the next fetch. It returns false if the fetch that it was woken for has
// already been done, or if the set is being closed.
func (r *RemoteSet) fetch(ctx context.Context, scheduled bool) (next time.Time, ok bool) {
	began, discover, ok := r.begin(scheduled)
	if !ok {
		return next, false
	}
	got, err := r.source.load(ctx, discover)
	if ctx.Err() != nil {
		return next, false
	}
	a, report, next := r.finish(got, err, began, discover)
	report.log(&r.config) // first, so the failure is logged when Open returns
	a.end(err)
	report.tell(&r.config)
	return next, true
}

// begin starts the fetch that is due, if any. It reports whether discovery is due, too: a fetch for an unknown key postpones the
// scheduled one, and must not postpone discovery with it.
func (r *RemoteSet) begin(scheduled bool) (began time.Time, discover, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.attempt == nil {
		if !scheduled {
			return began, false, false
		}
		r.attempt = &attempt{done: make(chan struct{})}
	}
	r.attempt.began = time.Now()
	r.unknown.fetchBegins()
	return r.attempt.began, scheduled || !r.attempt.began.Before(r.discovery), true
}

func (r *RemoteSet) finish(got *document, err error, began time.Time, discovered bool) (*attempt, *report, time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var what *report
	if err != nil {
		what = r.fail(err)
	} else {
		what = r.accept(got, began)
	}
	if discovered {
		r.discovery = r.next
	}
	what.took = time.Since(began)
	a := r.attempt
	r.attempt = nil
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
	r.unknown.remove(r.keys, d.all)
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
	report.undiscovered = d.undiscovered != nil && !r.lost
	r.lost = d.undiscovered != nil
	return report
}

// unused returns why keys of the document are not used, unless that was the last text logged.
func (r *RemoteSet) unused(d *document) string {
	text := summary(d.skipped)
	if text == r.said {
		return ""
	}
	r.said = text
	return text
}

// expire removes the keys if they have reached MaxAge. The new generation also ends the cached tokens.
func (r *RemoteSet) expire() {
	r.mu.Lock()
	fetched := r.fetchedAt
	old := !r.closed && !r.expired && time.Since(fetched) >= r.config.MaxAge // not if a document came at the same moment
	if old {
		r.expired = true
		r.view.Store(&view{Set: noKeys(r.view.Load().nextGeneration())})
	}
	r.mu.Unlock()
	if old {
		r.config.Logger.Error("the last good keys are too old and not used any more", "fetched", fetched)
	}
}

// hasDocument reports whether there is a good document that has not reached MaxAge.
func (r *RemoteSet) hasDocument() bool { return !r.fetchedAt.IsZero() && !r.expired }
