package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"
)

// answer is what a service can tell its client about a token.
type answer string

const (
	accepts answer = "accepted"
	refuses answer = "refused"   // the token is bad: 401
	outage  answer = "503"       // the keys cannot be had now: the client keeps its token and tries again
	hangs   answer = "no answer" // within patience
)

// patience is how long a contender may take to open, and to verify a token.
const patience = 3 * time.Second

// contender is a library, set up as its documentation says for the access tokens of an issuer.
type contender struct {
	name    string
	of      string   // the contender that this one is with options; empty: the documented set-up
	modules []string // whose versions the report names
	setUp   string   // the set-up, with where the documentation says so
	open    func(ctx context.Context, i *issuer) (verify, error)
}

// verify verifies a token. The context of open is over when it is not needed any more.
type verify func(token string) answer

// contenders returns this library first.
func contenders() []contender {
	return append([]contender{ours()}, append(documented(), tuned()...)...)
}

// session is an open contender.
type session struct {
	verify
	close func()
}

// start opens a contender. If that takes too long, it fails.
func (c *contender) start(i *issuer) (*session, error) {
	ctx, cancel := context.WithCancel(context.Background())
	type result struct {
		v   verify
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := c.open(ctx, i)
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			cancel()
			return nil, r.err
		}
		return &session{r.v, cancel}, nil
	case <-time.After(patience):
		cancel()
		return nil, errPatience
	}
}

var errPatience = errors.New("the library was not ready in time")

// ask verifies a token, and waits no longer than patience.
func (s *session) ask(token string) answer {
	done := make(chan answer, 1)
	go func() { done <- s.verify(token) }()
	select {
	case a := <-done:
		return a
	case <-time.After(patience):
		return hangs
	}
}

// ofError is the answer of a service whose library has no HTTP. None of the libraries has a documented check for an outage, so
// every error of net/http that an error wraps counts as one.
func ofError(err error) answer {
	var transport *url.Error
	switch {
	case err == nil:
		return accepts
	case errors.As(err, &transport):
		return outage
	}
	return refuses
}

// ofHTTP returns the answer of a handler behind a middleware.
func ofHTTP(h http.Handler) verify {
	return func(token string) answer {
		r := httptest.NewRequest(http.MethodGet, "/orders", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch {
		case w.Code == http.StatusOK:
			return accepts
		case w.Code >= http.StatusInternalServerError:
			return outage
		}
		return refuses
	}
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
