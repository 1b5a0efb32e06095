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

// attempt is the transport of one call. It sends each attempt with the current token and judges the result. An attempt has the
// whole answer or none: an attempt whose answer is cut fails like one without an answer.
type attempt struct {
	client *client
	call   *call
}

// answer is what the gateway answered to an attempt.
type answer struct {
	status     int // 0: no answer
	body       []byte
	retryAfter time.Duration
}

// maxAnswer limits the size of an answer. A page of 1,000 entities has less than 2 MiB.
const maxAnswer = 8 << 20

var errAttemptTimeout = errors.New("no answer in time")

// RoundTrip implements [http.RoundTripper]. It sends nothing after the context has ended.
func (a *attempt) RoundTrip(r *http.Request) (*http.Response, error) {
	c, k := a.client, a.call
	if err := r.Context().Err(); err != nil {
		k.record(c.judgeError(r.Context(), k, err))
		return nil, err
	}
	k.attempts++
	k.answer = answer{}
	ctx, cancel := a.limit(r.Context())
	defer cancel()
	res, err := a.send(r.Clone(ctx))
	k.unsure = k.unsure || k.answer.status == 0 || k.answer.status >= http.StatusInternalServerError
	if err == nil {
		k.record(c.judge(k))
		return res, nil
	}
	if r.Context().Err() == nil {
		var own *Error // a token that did not come is not the gateway's silence
		if ctx.Err() != nil && !errors.As(err, &own) {
			err = errAttemptTimeout
		}
		c.config.Logger.DebugContext(r.Context(), "the gateway did not answer", "request", k.method+" "+k.path,
			"attempt", k.attempts, "error", scrubError(err, c.scrubber(k)).Error())
	}
	k.record(c.judgeError(r.Context(), k, err))
	return nil, err
}

// writeGrace is how long a write in progress may take after its context has ended. The gateway completes a request that it has
// received, whether or not the client waits. Only the answer says what was done.
const writeGrace = 3 * time.Second

// limit returns the context of one attempt. That of a reading ends with parent, and that of a write at most writeGrace later.
func (a *attempt) limit(parent context.Context) (context.Context, context.CancelFunc) {
	timeout := a.client.config.AttemptTimeout
	if a.call.method == http.MethodGet {
		return context.WithTimeout(parent, timeout)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(parent), timeout)
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

// send sends the request and reads the whole answer into the call.
func (a *attempt) send(r *http.Request) (*http.Response, error) {
	k, config := a.call, a.client.config
	if config.Token != nil {
		token, err := config.token(r.Context())
		if err != nil {
			return nil, err
		}
		k.token = token
		r.Header.Set(config.TokenHeader, token)
	}
	res, err := a.client.next.RoundTrip(r)
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
	k.answer = answer{res.StatusCode, body, retryAfter(res.Header.Get("Retry-After"), time.Now())}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}
