package registrator_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

func TestGatewayDownForFiveSeconds(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		gateway := &down{next: memory{k.Admin()}}
		time.AfterFunc(5*time.Second, func() { gateway.up.Store(true) })
		start := time.Now()
		require.NoError(t, newKong(t, "http://kong", registrator.Config{Transport: gateway}).Register(t.Context(), hello()))
		took := time.Since(start)
		assert.GreaterOrEqual(t, took, 5*time.Second)
		assert.Less(t, took, 15*time.Second)
		assert.Len(t, k.Writes(), 2)
	})
}

// TestPassingTroubles tests each trouble three times in a row, for reading, for writing, and for all requests.
func TestPassingTroubles(t *testing.T) {
	for name, fault := range map[string]kongtest.Fault{
		"500":               kongtest.Answer(500, "application/json", `{"message":"An unexpected error occurred"}`),
		"501":               kongtest.Answer(501, "text/html", "<title>501</title>"),
		"502":               kongtest.Answer(502, "text/html", "<title>502 Bad Gateway</title>"),
		"503":               kongtest.Answer(503, "application/json", `{"message":"x"}`),
		"429":               kongtest.Answer(429, "application/json", `{"message":"API rate limit exceeded"}`, "Retry-After", "1"),
		"work done, 500":    kongtest.AnswerAfter(500, "application/json", `{"message":"x"}`),
		"work done, HTML":   kongtest.AnswerAfter(200, "text/html", "<html></html>"),
		"cut":               kongtest.Cut(),
		"cut after":         kongtest.CutAfter(),
		"half an answer":    kongtest.HalfAnswer(),
		"hangs":             kongtest.Hang(),
		"hangs after":       kongtest.HangAfter(),
		"wrong types":       kongtest.Answer(200, "application/json", `{"id":1,"version":2,"data":{},"offset":[]}`),
		"a list":            kongtest.Answer(200, "application/json", `[]`),
		"no id":             kongtest.Answer(200, "application/json", `{"version":"3.9.3","tags":[]}`),
		"an id with a path": kongtest.Answer(200, "application/json", `{"version":"3.9.3","id":"../x"}`),
		"conflict":          kongtest.AnswerAfter(409, "application/json", `{"code":5,"message":"UNIQUE violation"}`),
		"slow":              kongtest.Delay(3 * time.Second),
		"drips":             kongtest.Drip(10 * time.Millisecond),
	} {
		for what, match := range map[string]func(*http.Request) bool{
			"reading": func(r *http.Request) bool { return r.Method == "GET" && r.URL.Path != "/" },
			"writing": func(r *http.Request) bool { return r.Method != "GET" },
			"all":     func(*http.Request) bool { return true },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
					var met atomic.Int32
					k.Inject(-1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
						if met.Add(1) > 3 {
							next.ServeHTTP(w, r)
							return
						}
						fault(w, r, next)
					}, match)
					s := hello()
					s.Plugins = []registrator.Plugin{{Name: "cors"}}
					kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Timeout: time.Minute})
					require.NoError(t, kong.Register(t.Context(), s))
					assert.Greater(t, met.Load(), int32(2), "the fault was met")
					k.Heal()
					k.Forget()
					require.NoError(t, kong.Register(t.Context(), s))
					assert.Empty(t, k.Writes(), "all was there, once")
				})
			})
		}
	}
}

// TestNextProcessCompletes tests a process that dies after each of its writes. The next one makes only what is missing.
func TestNextProcessCompletes(t *testing.T) {
	s := hello()
	s.Host, s.Instance, s.Plugins = "", "10.0.0.1:80", []registrator.Plugin{{Name: "cors"}}
	const writes = 5 // upstream, target, service, plugin, route
	for done := range writes {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			ctx, die := context.WithCancel(t.Context())
			var n int
			k.Inject(-1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if n++; n > done {
					die()
					return
				}
				next.ServeHTTP(w, r)
			}, isWrite)
			require.ErrorIs(t, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(ctx, s), context.Canceled)
			k.Heal()
			k.Forget()
			require.NoError(t, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), s))
			assert.Len(t, k.Writes(), writes-done)
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		value    string
		from, to time.Duration
	}{
		"seconds":            {"7", 7 * time.Second, 8 * time.Second},
		"zero":               {"0", 0, time.Second},
		"a day":              {"86400", 30 * time.Second, 31 * time.Second},
		"more than fits":     {"9223372036854775807", 30 * time.Second, 31 * time.Second},
		"more than a number": {"92233720368547758070", 0, time.Second},
		"negative":           {"-1", 0, time.Second},
		"a date":             {"Sat, 01 Jan 2000 00:00:20 GMT", 20 * time.Second, 21 * time.Second}, // where virtual time begins
		"a far date":         {"Thu, 31 Dec 2099 23:59:59 GMT", 30 * time.Second, 31 * time.Second},
		"a past date":        {"Thu, 31 Dec 1998 23:59:59 GMT", 0, time.Second},
		"nonsense":           {"soon", 0, time.Second},
	} {
		for _, status := range []int{429, 503} {
			t.Run(name, func(t *testing.T) {
				inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
					k.Inject(1, kongtest.Answer(status, "application/json", `{"message":"x"}`, "Retry-After", c.value))
					start := time.Now()
					kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Timeout: time.Hour})
					require.NoError(t, kong.Register(t.Context(), hello()))
					assert.GreaterOrEqual(t, time.Since(start), c.from)
					assert.Less(t, time.Since(start), c.to)
				})
			})
		}
	}
}

// TestRetryAfterIsObeyedEachTime tests resent requests and new sequences.
func TestRetryAfterIsObeyedEachTime(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		var asked []time.Time
		k.Inject(-1, kongtest.Answer(429, "application/json", `{"message":"API rate limit exceeded"}`, "Retry-After", "10"))
		counted := transport(func(r *http.Request) (*http.Response, error) { // a handler may outlive the call
			asked = append(asked, time.Now())
			return memory{k.Admin()}.RoundTrip(r)
		})
		kong := newKong(t, "http://kong", registrator.Config{Transport: counted, Timeout: 2 * time.Minute})
		require.ErrorIs(t, kong.Register(t.Context(), hello()), registrator.ErrUnavailable)
		require.Greater(t, len(asked), 8)
		for i := range len(asked) - 1 {
			assert.GreaterOrEqual(t, asked[i+1].Sub(asked[i]), 10*time.Second, "request %d", i+1)
		}
	})
}

// TestGatewayThatForgets tests a gateway that accepts writes and keeps nothing: it is asked with pauses.
func TestGatewayThatForgets(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		k.Inject(-1, kongtest.Answer(201, "application/json", `{}`), isWrite)
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, Timeout: time.Minute})
		err := kong.Register(t.Context(), hello())
		require.ErrorIs(t, err, registrator.ErrConflict)
		assert.ErrorContains(t, err, "still to do: create service hello")
		assert.Less(t, len(k.Writes()), 100)
	})
}

// TestPageInFrontOfTheGateway tests a server in front of the gateway that answers with a page.
func TestPageInFrontOfTheGateway(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		require.NoError(t, kong.Register(t.Context(), hello()))
		k.Inject(-1, kongtest.Answer(404, "text/html", "<title>404 Not Found</title>"), func(r *http.Request) bool { return r.URL.Path != "/" })
		err := kong.Deregister(t.Context(), hello())
		require.Error(t, err, "its 404 does not say that there is no route")
		assert.ErrorContains(t, err, "404 Not Found")
		k.Heal()
		require.NoError(t, kong.Deregister(t.Context(), hello()))
	})
}

// TestWhatIsNotRetried tests statuses that fail at once, with one request for the write.
func TestWhatIsNotRetried(t *testing.T) {
	for _, status := range []int{300, 301, 302, 304, 307, 308, 400, 401, 402, 403, 405, 406, 410, 412, 413, 414, 415, 422, 423, 428, 431, 451} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			k.Inject(-1, kongtest.Answer(status, "application/json", `{"message":"no"}`), isWrite)
			start := time.Now()
			kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
			err := kong.Register(t.Context(), hello())
			var e *registrator.Error
			require.ErrorAs(t, err, &e, "%d", status)
			assert.Equal(t, status, e.Status)
			assert.Zero(t, time.Since(start))
			assert.Len(t, k.Writes(), 1, "%d", status)
		})
	}
}

// TestFrozenGateway tests a gateway that accepts requests and never answers.
func TestFrozenGateway(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		k.Inject(-1, kongtest.Hang())
		start := time.Now()
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, AttemptTimeout: 2 * time.Second, Timeout: 20 * time.Second})
		err := kong.Register(t.Context(), hello())
		require.ErrorIs(t, err, registrator.ErrUnavailable)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "the gateway has not answered; its address is http://kong")
		assert.Equal(t, 20*time.Second, time.Since(start))
		assert.Greater(t, len(k.Requests()), 5, "each attempt ended in time and was followed by another")

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start = time.Now()
		err = kong.Register(ctx, hello())
		assert.ErrorIs(t, err, context.Canceled)
		assert.ErrorContains(t, err, "the gateway has not answered", "it was reached")
		assert.Equal(t, time.Second, time.Since(start), "cancelling ends a call at once")
	})
}

// TestLastAnswerSurvives ends the context while a call waits for the next attempt.
func TestLastAnswerSurvives(t *testing.T) {
	for name, status := range map[string]int{"between attempts": 429, "between sequences": 500} {
		for _, end := range []time.Duration{time.Second, 5 * time.Second, 12 * time.Second} {
			t.Run(name, func(t *testing.T) {
				inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
					k.Inject(-1, kongtest.Answer(status, "application/json", `{"message":"the last words"}`, "Retry-After", "10"))
					kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
					ctx, cancel := context.WithTimeout(t.Context(), end)
					defer cancel()
					start := time.Now()
					err := kong.Register(ctx, hello())
					assert.Equal(t, end, time.Since(start))
					require.ErrorIs(t, err, registrator.ErrUnavailable)
					require.ErrorIs(t, err, context.DeadlineExceeded)
					var e *registrator.Error
					require.ErrorAs(t, err, &e)
					assert.Equal(t, status, e.Status)
					assert.Equal(t, "the last words", e.Message)
				})
			})
		}
	}
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) { // then it hangs
		k.Inject(1, kongtest.Answer(500, "application/json", `{"message":"the last words"}`))
		k.Inject(-1, kongtest.Hang())
		err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Register(t.Context(), hello())
		assert.ErrorContains(t, err, "answered 500")
		assert.ErrorContains(t, err, "the last words")
	})
}

// TestHopelessTransportsFailFast tests errors that waiting does not cure: there is one attempt.
func TestHopelessTransportsFailFast(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		is   error
		says string
	}{
		"an unknown CA":              {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, registrator.ErrUnavailable, "not trusted"},
		"another host's certificate": {&tls.CertificateVerificationError{Err: x509.HostnameError{Host: "kong", Certificate: &x509.Certificate{}}}, registrator.ErrUnavailable, "not trusted"},
		"no TLS on the port":         {tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, registrator.ErrUnavailable, ""},
		"HTTP to HTTPS":              {http.ErrSchemeMismatch, registrator.ErrUnavailable, "does not speak TLS"},
		"an alert":                   {alert(116), registrator.ErrUnauthorized, "client certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			transport := &refusing{err: c.err}
			err := newKong(t, "https://kong", registrator.Config{Transport: transport}).Register(t.Context(), hello())
			require.ErrorIs(t, err, c.is)
			assert.ErrorContains(t, err, c.says)
			assert.EqualValues(t, 1, transport.calls.Load())
		})
	}
}

// TestGatewayThatDoesNotKeepWhatIsWritten tests a gateway that would otherwise be written to for ever.
func TestGatewayThatDoesNotKeepWhatIsWritten(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		require.NoError(t, kong.Register(t.Context(), hello()))
		k.Forget()
		k.Inject(-1, kongtest.Answer(200, "application/json", `{}`), func(r *http.Request) bool { return r.Method == "PATCH" })
		s := hello()
		s.Port = 1
		err := kong.Register(t.Context(), s)
		require.ErrorIs(t, err, registrator.ErrConflict)
		assert.ErrorContains(t, err, "port 5000 -> 1")
		assert.Less(t, len(k.Writes()), 10)
	})
}
