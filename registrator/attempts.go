package registrator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// attempts sends each attempt of a call, with the token of the moment. An attempt ends in time, and has the whole
// answer or none: one whose body is cut has failed like one that was never answered, so it is retried like it.
type attempts struct {
	next   http.RoundTripper
	config Config
	client *client // that they are of
}

// maxAnswer bounds an answer. A page of 1,000 entities has less than 2 MiB.
const maxAnswer = 8 << 20

var errAttemptTimeout = errors.New("no answer in time")

// RoundTrip implements [http.RoundTripper].
func (a *attempts) RoundTrip(r *http.Request) (*http.Response, error) {
	k := r.Context().Value(callKey{}).(*call)
	k.attempts++
	ctx, cancel := context.WithTimeout(r.Context(), a.config.AttemptTimeout)
	if k.method != http.MethodGet {
		ctx, cancel = a.graceful(r.Context())
	}
	defer cancel()
	res, err := a.send(r.Clone(ctx), k)
	if err != nil && r.Context().Err() == nil {
		if ctx.Err() != nil {
			err = errAttemptTimeout
		}
		a.config.Logger.DebugContext(r.Context(), "the gateway did not answer", "request", k.method+" "+k.path,
			"attempt", k.attempts, "error", plainly(err, a.client.scrubber(k)).Error())
	}
	k.err = err
	return res, err
}

// writeGrace is how long a write that is under way may go on after its context has ended. A gateway does what it has been
// sent although nobody waits for the answer, so what was done is only known with it.
const writeGrace = 3 * time.Second

// graceful is a context for a write: it ends later than its parent does, and in time.
func (a *attempts) graceful(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(parent), a.config.AttemptTimeout)
	stop := context.AfterFunc(parent, func() {
		timer := time.NewTimer(writeGrace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { stop(); cancel() }
}

func (a *attempts) send(r *http.Request, k *call) (*http.Response, error) {
	if a.config.Token != nil {
		token, err := a.config.token(r.Context())
		if err != nil {
			return nil, err
		}
		k.token = token
		r.Header.Set(a.config.TokenHeader, token)
	}
	res, err := a.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("the answer was cut: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, &Error{kind: ErrUnavailable, Message: fmt.Sprintf("the answer has more than %d bytes", maxAnswer)}
	}
	k.status, k.body, k.wait = res.StatusCode, body, retryAfter(res.Header.Get("Retry-After"), time.Now())
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}
