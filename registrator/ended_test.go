package registrator_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// A context may end in the very moment in which an answer arrives. The answer is judged as an answer all the same.

// trouble is an answer, or an error of the transport, that may pass.
type trouble struct {
	status int // 0: err, or an answer that is cut where err is nil
	body   string
	err    error
	says   string                   // in the error of the call
	fits   func(*http.Request) bool // the requests for which it is a passing trouble; nil: all

	typical bool // one of a kind, for a test that has many requests for each trouble
}

func (f trouble) response(r *http.Request) (*http.Response, error) {
	if f.err != nil {
		return nil, f.err
	}
	if f.status == 0 {
		return response(r, http.StatusOK, io.MultiReader(bytes.NewReader([]byte(`{"id":`)), failing{})), nil
	}
	return response(r, f.status, bytes.NewReader([]byte(f.body))), nil
}

func response(r *http.Request, status int, body io.Reader) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body), Request: r, ProtoMajor: 1}
}

// passing returns all kinds of trouble after which a call tries again.
func passing() map[string]trouble {
	reads := func(r *http.Request) bool { return r.Method == http.MethodGet }
	all := map[string]trouble{
		"a page":               {status: 404, body: "<title>404 from a proxy</title>", says: "404 from a proxy", typical: true},
		"gone":                 {status: 404, body: `{"message":"Not found"}`, says: "Not found", fits: isWrite, typical: true},
		"there already":        {status: 409, body: `{"code":5,"message":"UNIQUE violation"}`, says: "UNIQUE violation", fits: isWrite},
		"still referred to":    {status: 400, body: `{"code":4,"message":"an existing entity"}`, says: "an existing entity"},
		"refers to nothing":    {status: 400, body: `{"code":13,"message":"foreign key unresolved"}`, says: "foreign key unresolved", typical: true},
		"not JSON":             {status: 200, body: "<html>", says: "not what Kong's Admin API gives", fits: reads, typical: true},
		"refused":              {err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, says: "connection refused", typical: true},
		"a name":               {err: noSuchHost, says: "no such host"},
		"end of file":          {err: io.EOF, says: "EOF"},
		"an alert":             {err: alert(80), says: "internal error"},
		"half of the answer":   {says: "the answer was cut", typical: true},
		"a resolver's silence": {err: &net.DNSError{Err: "the resolver timed out", Name: "kong", IsTimeout: true}, says: "the resolver timed out"},
	}
	for _, status := range []int{408, 421, 425, 429, 500, 502, 503, 504} {
		all[fmt.Sprint(status)] = trouble{status: status, body: `{"message":"the last words"}`, says: "the last words", typical: status == 503}
	}
	return all
}

// calls are the calls of the package that send requests.
var calls = map[string]struct {
	given bool // the service was registered before
	call  func(context.Context, *registrator.Kong, registrator.Service) error
}{
	"Register": {false, func(ctx context.Context, k *registrator.Kong, s registrator.Service) error { return k.Register(ctx, s) }},
	"Deregister": {true, func(ctx context.Context, k *registrator.Kong, s registrator.Service) error {
		return k.Deregister(ctx, s)
	}},
	"Plan": {true, func(ctx context.Context, k *registrator.Kong, s registrator.Service) error {
		_, err := k.Plan(ctx, s)
		return err
	}},
}

// ends are the ways in which the context of a call ends while a request of it is under way.
var ends = map[string]struct {
	is    error
	limit time.Duration // Config.Timeout
	begin func(context.Context) (ctx context.Context, end func(), release context.CancelFunc)
}{
	"cancelled": {context.Canceled, time.Hour, func(ctx context.Context) (context.Context, func(), context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		return ctx, cancel, cancel
	}},
	"the caller's deadline": {context.DeadlineExceeded, time.Hour, func(ctx context.Context) (context.Context, func(), context.CancelFunc) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		return ctx, func() { <-ctx.Done() }, cancel
	}},
	"Config.Timeout": {context.DeadlineExceeded, time.Minute, func(ctx context.Context) (context.Context, func(), context.CancelFunc) {
		start := time.Now()
		return ctx, func() { time.Sleep(time.Minute + time.Millisecond - time.Since(start)) }, func() {}
	}},
}

// transport is a function that answers.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// whole is a description with a plugin. Its calls do not take back what they wrote when their context ends.
func whole() registrator.Service {
	s := hello()
	s.Plugins = []registrator.Plugin{{Name: "cors"}}
	return s
}

// answerer answers the i-th request of a call. It may end the context of the call, and ask the gateway.
type answerer func(i int, r *http.Request, gateway http.RoundTripper, end func()) (*http.Response, error)

// callWith makes a call about whole at a gateway of its own.
func callWith(t *testing.T, call, end string, answer answerer, check func(t *testing.T, err error)) {
	t.Helper()
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		if calls[call].given {
			require.NoError(t, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), whole()))
		}
		ctx, over, release := ends[end].begin(t.Context())
		defer release()
		i := 0
		kong := newKong(t, "http://kong", registrator.Config{Timeout: ends[end].limit, AttemptTimeout: time.Hour,
			Transport: transport(func(r *http.Request) (*http.Response, error) {
				i++
				return answer(i, r, memory{k.Admin()}, over)
			})})
		check(t, calls[call].call(ctx, kong, whole()))
	})
}

// assertTold checks that an error is about a trouble, and about the end of the context.
func assertTold(t *testing.T, err error, f trouble, end, what string) {
	t.Helper()
	require.ErrorIs(t, err, ends[end].is, what)
	assert.ErrorContains(t, err, f.says, what)
	var e *registrator.Error
	require.ErrorAs(t, err, &e, what)
	assert.Equal(t, f.status, e.Status, what)
}

// TestContextEndsInsideATrouble tests each kind of trouble at every request of a call, at the moment at which the context ends.
func TestContextEndsInsideATrouble(t *testing.T) {
	for name, f := range passing() {
		for call := range calls {
			for end := range ends {
				for n, reached := 1, true; reached; n++ {
					reached = false
					met := false
					callWith(t, call, end, func(i int, r *http.Request, gateway http.RoundTripper, end func()) (*http.Response, error) {
						reached = reached || i == n
						if i != n || f.fits != nil && !f.fits(r) {
							return gateway.RoundTrip(r)
						}
						met = true
						end()
						return f.response(r)
					}, func(t *testing.T, err error) {
						if met {
							assertTold(t, err, f, end, fmt.Sprintf("%s at request %d of %s, %s", name, n, call, end))
						}
					})
				}
			}
		}
	}
}

// TestContextEndsInsideAGoodAnswer tests each kind of trouble at every request of a call, and then, while the call tries again,
// the end of the context inside each good answer. What the gateway objected to before is told: a good answer objects to nothing,
// and neither does "404, not there".
func TestContextEndsInsideAGoodAnswer(t *testing.T) {
	for name, f := range passing() {
		if !f.typical && !long() {
			continue
		}
		for call := range calls {
			for n, reached := 1, true; reached; n++ {
				for m, again := 1, true; again; m++ {
					reached, again = false, false
					var troubled string
					met, troubles, answered := false, 0, 0
					callWith(t, call, "cancelled", func(i int, r *http.Request, gateway http.RoundTripper, end func()) (*http.Response, error) {
						if i == n && (f.fits == nil || f.fits(r)) {
							reached, troubled = true, r.Method+r.URL.Path
						}
						if i >= n && r.Method+r.URL.Path == troubled && answered == 0 && troubles < 3 { // also when it is sent again
							troubles++
							return f.response(r)
						}
						if troubled != "" && i > n {
							if answered++; answered == m {
								met, again = true, true
								defer end()
							}
						}
						reached = reached || i >= n
						return gateway.RoundTrip(r)
					}, func(t *testing.T, err error) {
						if met && err != nil { // there is none where this was the last answer
							assertTold(t, err, f, "cancelled", fmt.Sprintf("%s at request %d of %s, the end inside the good answer %d", name, n, call, m))
						}
					})
				}
			}
		}
	}
}

// TestContextEndsInsideAnAnswerForGood tests answers that waiting does not cure. The end of the context does not change them.
func TestContextEndsInsideAnAnswerForGood(t *testing.T) {
	for status, is := range map[int]error{
		302: registrator.ErrInvalid, 400: registrator.ErrInvalid, 401: registrator.ErrUnauthorized, 403: registrator.ErrUnauthorized,
		405: registrator.ErrReadOnly,
	} {
		for call := range calls {
			for n, reached := 1, true; reached; n++ {
				reached = false
				callWith(t, call, "cancelled", func(i int, r *http.Request, gateway http.RoundTripper, end func()) (*http.Response, error) {
					if i != n {
						return gateway.RoundTrip(r)
					}
					reached = true
					end()
					return response(r, status, bytes.NewReader([]byte(`{"message":"the last words"}`))), nil
				}, func(t *testing.T, err error) {
					if reached {
						what := fmt.Sprintf("%d at request %d of %s", status, n, call)
						require.ErrorIs(t, err, is, what)
						var e *registrator.Error
						require.ErrorAs(t, err, &e, what)
						assert.Equal(t, status, e.Status, what)
					}
				})
			}
		}
	}
}

// TestNothingIsSentAfterTheEnd ends the context inside each answer of a call: that request was the last.
func TestNothingIsSentAfterTheEnd(t *testing.T) {
	for call := range calls {
		for end := range ends {
			for n, sent := 1, 1; sent >= n; n++ {
				sent = 0
				callWith(t, call, end, func(i int, r *http.Request, gateway http.RoundTripper, end func()) (*http.Response, error) {
					sent = i
					if i != n {
						return gateway.RoundTrip(r)
					}
					res, err := gateway.RoundTrip(r)
					end()
					return res, err
				}, func(t *testing.T, _ error) {
					assert.LessOrEqual(t, sent, n, "%s, %s", call, end)
				})
			}
		}
	}
}

// TestNewestTroubleIsTold tests a gateway that is busy, and then refuses a connection at the moment at which the context ends.
func TestNewestTroubleIsTold(t *testing.T) {
	for end := range ends {
		callWith(t, "Register", end, func(i int, r *http.Request, _ http.RoundTripper, end func()) (*http.Response, error) {
			if i <= 4 {
				return passing()["503"].response(r)
			}
			end()
			return passing()["refused"].response(r)
		}, func(t *testing.T, err error) { assertTold(t, err, passing()["refused"], end, end) })
	}
}
