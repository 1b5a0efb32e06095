package registrator

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Two loops try again, each in the order attempt, judge, wait:
//
//   - client.do resends a request whose verdict is resend, at most maxResends times. Without it, a sequence of n requests, each
//     of which fails with probability p, would succeed with probability (1-p)^n only.
//   - operation.repeat reads the gateway again and plans again. Without it, a write that cannot succeed any more would be all
//     that is tried: Kong 2.8 answers 500 to a target whose upstream was deleted after it was read.
//
// An answer is judged once, by client.judge, and both loops follow that verdict.

const (
	maxResends = 2

	minWait = 100 * time.Millisecond
	maxWait = 5 * time.Second

	// maxRetryAfter is the longest time that a Retry-After of the gateway is obeyed for.
	maxRetryAfter = 30 * time.Second
)

// do sends the request of a call until it succeeds, fails for good, or was resent maxResends times. Its error is an [*Error].
func (c *client) do(ctx context.Context, k *call) error {
	req, err := c.request(ctx, k)
	if err != nil {
		return err
	}
	loop := &retryablehttp.Client{ // without a logger: it would log addresses with their query
		HTTPClient: &http.Client{
			Transport:     &attempt{c, k}, // attempt and judge
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		CheckRetry: func(context.Context, *http.Response, error) (bool, error) {
			return k.failure != nil && k.failure.verdict == resend, nil
		},
		RetryMax:     maxResends,
		Backoff:      func(_, _ time.Duration, n int, _ *http.Response) time.Duration { return delay(n, k.failure) }, // wait
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	res, err := loop.Do(req)
	if res != nil {
		_ = res.Body.Close() // the attempt has read it
	}
	if err != nil && k.attempts == 0 && k.failure == nil {
		k.record(c.judgeError(ctx, k, err))
	}
	if k.failure == nil {
		return nil
	}
	k.failure.Attempts = k.attempts
	return k.failure
}

// repeat calls step until it changes nothing, fails for good, or time runs out.
func (o *operation) repeat(ctx context.Context, step func(context.Context) ([]Change, error)) error {
	if err := o.check(); err != nil {
		return err
	}
	defer o.kong.client.closeIdle()
	ctx, cancel := context.WithTimeout(ctx, o.kong.config.Timeout)
	defer cancel()
	var last *Error
	var drift drift
	var trouble trouble
	for round := 0; ; {
		changes, err := step(ctx) // attempt
		if err == nil && len(changes) == 0 {
			return nil
		}
		if err == nil {
			err = drift.after(changes)
		}
		if err == nil {
			continue
		}
		e := o.failure(err) // judge
		if ctx.Err() != nil && e.silent && last != nil {
			e = last
		}
		switch {
		case e.verdict == final:
			return e
		case ctx.Err() != nil:
			return e.end(ctx.Err())
		}
		trouble.log(ctx, o.kong.config.Logger, e)
		if !pause(ctx, delay(round, e)) { // wait
			return e.end(ctx.Err())
		}
		last = e
		round++
	}
}

// failure returns the [*Error] of a failed step.
func (o *operation) failure(err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{kind: ErrInvalid, cause: err}
	}
	e.Op, e.Service = o.name, clip(o.service.Name)
	return e
}

// delay returns how long to wait after the n-th failure of a loop, counted from 0. The time grows exponentially and has jitter,
// so that instances that failed together do not come back together. It is at least what Retry-After asks for (RFC 9110, section
// 10.2.3), up to maxRetryAfter.
func delay(n int, e *Error) time.Duration {
	wait := maxWait
	if n < 16 { // the shift does not overflow
		wait = min(minWait<<n, maxWait)
	}
	return max(wait/2+rand.N(wait/2+1), e.wait)
}

// retryAfter returns the time that a Retry-After field asks for, or 0 if it is malformed or past.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(maxRetryAfter/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// pause waits for d. It reports false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
