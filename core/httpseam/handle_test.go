package httpseam_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

var errHandler = errors.New("of the handler")

func TestHandle(t *testing.T) {
	for name, c := range map[string]struct {
		user   string
		want   error
		status int
		served bool
	}{
		"passes":              {"ann", errHandler, 200, true},
		"refuses":             {"", nil, 401, false},
		"a provider answers":  {"answer", nil, 202, false},
		"a provider panics":   {"panic", nil, 500, false},
		"a provider is wrong": {"status", nil, 500, false},
	} {
		t.Run(name, func(t *testing.T) {
			var kept *httpseam.Exchange
			odd := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, res core.Response) error {
				kept, _ = core.RequestAs[*httpseam.Exchange](r)
				switch user, _ := r.Header("X-User"); user {
				case "answer":
					return res.Send(202, nil)
				case "panic":
					panic("of the provider")
				case "status":
					return res.Send(99, nil)
				}
				return nil
			})
			at, served := from(c.user), false
			before := at.r
			err := httpseam.Handle(newChain(t, odd), at, func() error {
				served = true
				assert.Equal(t, c.user, nameOf(at.r.Context()))
				assert.Equal(t, httpseam.Exchange{}, *kept, "nothing is left for the next request")
				return errHandler
			})
			assert.Equal(t, c.want, err)
			assert.Equal(t, c.served, served)
			assert.Equal(t, c.status, at.w.(*httptest.ResponseRecorder).Code)
			assert.Same(t, before, at.r)
			assert.Equal(t, httpseam.Exchange{}, *kept, "nothing is left for the next request")
		})
	}
}

// TestHandleKeepsTheRequestOfAProvider has a provider that sets another request. The chain, the handler and middleware outside see
// it.
func TestHandleKeepsTheRequestOfAProvider(t *testing.T) {
	ann, bob := from("ann"), from("bob")
	set := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		ann.r = bob.r
		return nil
	})
	require.NoError(t, httpseam.Handle(newChain(t, set), ann, func() error {
		assert.Equal(t, "bob", ann.r.Header.Get("X-User"))
		assert.Equal(t, "bob", nameOf(ann.r.Context()))
		return nil
	}))
	assert.Same(t, bob.r, ann.r)
}

// TestHandleWithoutAResponse has a response that was begun before the chain ran.
func TestHandleWithoutAResponse(t *testing.T) {
	at := from("")
	at.w = nil
	require.NoError(t, httpseam.Handle(newChain(t), at, func() error { t.Error("the handler runs"); return nil }))
}

// broken is a response writer that panics.
type broken struct {
	http.ResponseWriter
	inHeader, inWriteHeader, inWrite bool
}

func (b *broken) Header() http.Header {
	if b.inHeader {
		panic("in Header")
	}
	return b.ResponseWriter.Header()
}

func (b *broken) WriteHeader(status int) {
	if b.inWriteHeader {
		panic("in WriteHeader")
	}
	b.ResponseWriter.WriteHeader(status)
}

func (b *broken) Write(body []byte) (int, error) {
	if b.inWrite {
		panic("in Write")
	}
	return b.ResponseWriter.Write(body)
}

// TestHandleReportsARefusalThatWasNotSent has response writers that panic. Without an error the framework would send 200.
func TestHandleReportsARefusalThatWasNotSent(t *testing.T) {
	for name, w := range map[string]*broken{
		"Header": {inHeader: true}, "WriteHeader": {inWriteHeader: true}, "Write": {inWrite: true},
	} {
		t.Run(name, func(t *testing.T) {
			at := from("")
			w.ResponseWriter, at.w = at.w, w
			err := httpseam.Handle(newChain(t), at, func() error { t.Error("the handler runs"); return nil })
			require.EqualError(t, err, "httpseam: the refusal was not sent: the response writer panicked")
		})
	}
}

// ended is a context that ends when it was asked a number of times.
type ended struct {
	context.Context
	after int
}

func (e *ended) Err() error {
	if e.after--; e.after >= 0 {
		return nil
	}
	return context.DeadlineExceeded
}

// TestHandleGivesUp ends the context of a request at each moment at which Handle asks for it. Each request is answered or ends
// with the error of its context, never with neither of them.
func TestHandleGivesUp(t *testing.T) {
	for _, user := range []string{"", "ann"} {
		served, gaveUp := 0, 0
		for after := range 100 {
			at := from(user)
			at.r = at.r.WithContext(&ended{t.Context(), after})
			ran := false
			err := httpseam.Handle(newChain(t), at, func() error {
				ran = true
				at.w.WriteHeader(http.StatusNoContent)
				return nil
			})
			answer := at.w.(*httptest.ResponseRecorder).Result()
			defer answer.Body.Close()
			assert.False(t, ran && user == "")
			if err == nil {
				served++
				assert.Equal(t, map[string]int{"": 401, "ann": 204}[user], answer.StatusCode, "ended after %d", after)
				continue
			}
			gaveUp++
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.False(t, ran, "ended after %d", after)
			assert.Equal(t, 200, answer.StatusCode, "nothing was written")
			assert.Empty(t, at.w.(*httptest.ResponseRecorder).Body.String())
		}
		assert.Greater(t, gaveUp, 3)
		assert.Greater(t, served, 3)
	}
}

// TestHandleGivenUpWhileTheChainRuns has a framework that uses its context for bob's request while the chain of ann's runs, or
// empties it. The chain keeps reading ann's request, and writes nothing.
func TestHandleGivenUpWhileTheChainRuns(t *testing.T) {
	for name, emptied := range map[string]bool{"used again": false, "emptied": true} {
		for _, refuses := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				bob := from("bob")
				next := bob.r
				if emptied {
					next = nil
				}
				ctx, cancel := context.WithCancel(t.Context())
				ann := from("ann")
				ann.r = ann.r.WithContext(ctx)
				slow := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, res core.Response) error {
					cancel()
					ann.r, ann.w = next, bob.w
					user, _ := r.Header("X-User")
					assert.Equal(t, "ann", user)
					res.SetHeader("X-Late", "ann")
					res.AddHeader("X-Late", "ann")
					if refuses {
						return core.Forbidden("not for ann")
					}
					return nil
				})
				err := httpseam.Handle(newChain(t, slow), ann, func() error { t.Error("the handler runs"); return nil })
				require.ErrorIs(t, err, context.Canceled)
				assert.Same(t, next, ann.r)
				assert.Empty(t, bob.w.Header())
				assert.Empty(t, bob.w.(*httptest.ResponseRecorder).Body.String())
			})
		}
	}
}

// reused is a Context that is given to another request at one call, counted from the first call of a method on.
type reused struct {
	*at
	next  *at
	calls int
	end   func()
}

func (r *reused) count() {
	if r.calls--; r.calls == 0 {
		r.end()
		r.at = r.next
	}
}

func (r *reused) Request() *http.Request        { r.count(); return r.at.Request() }
func (r *reused) Response() http.ResponseWriter { r.count(); return r.at.Response() }

// TestHandleReadsNoOtherRequest has a framework that gives its context to bob's request while the chain of ann's reads it. The
// chain sees nothing of bob's request, and writes nothing to his answer.
func TestHandleReadsNoOtherRequest(t *testing.T) {
	for _, refuses := range []bool{false, true} {
		for calls := 2; calls < 30; calls++ { // the first call is for the request that Handle begins with
			ctx, cancel := context.WithCancel(t.Context())
			ann, bob := from("ann"), from("bob")
			ann.r = ann.r.WithContext(ctx)
			look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, res core.Response) error {
				for range 3 {
					user, _ := r.Header("X-User")
					assert.Equal(t, "ann", user, "at call %d", calls)
				}
				res.SetHeader("X-Late", "ann")
				if refuses {
					return core.Forbidden("not for ann")
				}
				return nil
			})
			c := &reused{at: ann, next: bob, calls: calls, end: cancel}
			_ = httpseam.Handle(newChain(t, look), c, func() error {
				assert.Same(t, ann, c.at, "at call %d", calls)
				return nil
			})
			assert.Empty(t, bob.w.Header(), "at call %d", calls)
			assert.Empty(t, bob.w.(*httptest.ResponseRecorder).Body.String(), "at call %d", calls)
			cancel()
		}
	}
}
