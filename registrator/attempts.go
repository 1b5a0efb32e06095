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
	defer cancel()
	res, err := a.send(r.Clone(ctx), k)
	if err != nil && r.Context().Err() == nil {
		if ctx.Err() != nil {
			err = errAttemptTimeout
		}
		a.config.Logger.WarnContext(r.Context(), "the gateway did not answer", "request", k.method+" "+k.path,
			"attempt", k.attempts, "error", plainly(err, a.client.scrubber(k)).Error())
	}
	k.err = err
	return res, err
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
