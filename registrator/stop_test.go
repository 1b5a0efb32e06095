package registrator_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// stops are the ways in which a service is told to stop while a request of it is under way.
var stops = map[string]func(stop func()) kongtest.Fault{
	"before the work": func(stop func()) kongtest.Fault {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			stop()
			next.ServeHTTP(w, r)
		}
	},
	"after the work": func(stop func()) kongtest.Fault {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(w, r)
			stop()
		}
	},
	"work done slowly": func(stop func()) kongtest.Fault {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			stop()
			time.Sleep(2 * time.Second) // whether the client waits or not
			next.ServeHTTP(w, r)
		}
	},
	"work done, and no answer": func(stop func()) kongtest.Fault {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			stop()
			kongtest.HangAfter()(w, r, next)
		}
	},
	"work done when nobody waits": func(stop func()) kongtest.Fault {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			stop()
			time.Sleep(5 * time.Second)
			next.ServeHTTP(w, r)
		}
	},
	"nothing done": func(stop func()) kongtest.Fault {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			stop()
			kongtest.Cut()(w, r, next)
		}
	},
	"work done, and cut": func(stop func()) kongtest.Fault {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			stop()
			kongtest.CutAfter()(w, r, next)
		}
	},
	"an error": func(stop func()) kongtest.Fault {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			stop()
			kongtest.AnswerAfter(500, "application/json", `{"message":"An unexpected error occurred"}`)(w, r, next)
		}
	},
}

// lives are the ways in which a service uses this package. All of them end when ctx does.
var lives = map[string]func(ctx context.Context, k *registrator.Kong, s registrator.Service){
	"Run": func(ctx context.Context, k *registrator.Kong, s registrator.Service) { _ = k.Run(ctx, s) },
	"Start": func(ctx context.Context, k *registrator.Kong, s registrator.Service) {
		if left, err := k.Start(ctx, s); err == nil {
			for range left { // until it has left
			}
		}
	},
	"Register, then Run": func(ctx context.Context, k *registrator.Kong, s registrator.Service) {
		if k.Register(ctx, s) == nil {
			_ = k.Run(ctx, s)
		}
	},
	"Register, then Deregister": func(ctx context.Context, k *registrator.Kong, s registrator.Service) {
		if k.Register(ctx, s) == nil {
			<-ctx.Done()
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			_ = k.Deregister(ctx, s)
		}
	},
}

// TestStoppedAtAnyRequest tells a service to stop at its n-th request, for every n, in each way: nothing is left behind, and
// it does not take long.
func TestStoppedAtAnyRequest(t *testing.T) {
	runs, step := 0, 1
	if raceEnabled && !long() { // which makes it twenty times slower
		step = 3
	}
	for life, live := range lives {
		for way, fault := range stops {
			for _, alone := range []bool{true, false} {
				for n, met := 1, true; met && n <= 26; n += step { // the first look of all has 13 to 17 requests
					inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
						met = stopAt(t, k, n, alone, live, fault, fmt.Sprint(life, ", ", way, ", request ", n, ", alone ", alone))
						runs++
					})
				}
			}
		}
	}
	t.Logf("%d stops", runs)
}

// stopAt stops a service at its n-th request. It reports whether there was one.
func stopAt(t *testing.T, k *kongtest.Gateway, n int, alone bool,
	live func(context.Context, *registrator.Kong, registrator.Service), fault func(func()) kongtest.Fault, what string,
) bool {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var asked atomic.Int32
	var stopped time.Time
	met := make(chan struct{})
	k.Inject(-1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if int(asked.Add(1)) != n {
			next.ServeHTTP(w, r)
			return
		}
		stopped = time.Now()
		close(met)
		fault(stop)(w, r, next)
	})
	s := balanced()
	s.RemoveWhenLast, s.Plugins = alone, []registrator.Plugin{{Name: "cors"}}
	time.AfterFunc(5*time.Minute, stop)
	live(ctx, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}), s)
	select {
	case <-met:
	default:
		return false
	}
	assert.LessOrEqual(t, time.Since(stopped), 20*time.Second, what)
	time.Sleep(time.Minute) // what the gateway still has to do
	targets := operate(k, "GET", "/upstreams/hello.upstream/targets/all")
	upstream := operate(k, "GET", "/upstreams/hello.upstream")
	assert.True(t, upstream.Code == http.StatusNotFound || strings.Contains(targets.Body.String(), `"data":[]`), "%s: %s", what, targets.Body)
	if alone {
		for _, path := range []string{"/services/hello", "/routes/hello", "/upstreams/hello.upstream"} {
			assert.Equal(t, http.StatusNotFound, operate(k, "GET", path).Code, "%s: %s", what, path)
		}
	}
	return true
}

// TestRegisterDoesNotTakeAwayWhatWasThere: a deadline of one call does not mean that the service ends.
func TestRegisterDoesNotTakeAwayWhatWasThere(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		kong := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}})
		require.NoError(t, kong.Register(t.Context(), balanced()))
		operate(k, "DELETE", "/routes/hello")
		k.Inject(-1, kongtest.HangAfter(), isWrite)
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		require.ErrorIs(t, kong.Register(ctx, balanced()), context.DeadlineExceeded)
		k.Heal()
		assert.Contains(t, operate(k, "GET", "/upstreams/hello.upstream/targets").Body.String(), "10.0.0.1:5000")
	})
}

// TestResentWriteWithoutAnAnswer tests a write that was refused for the moment and is resent. The service is told to stop, the
// second attempt has no answer, and the gateway does it later: nothing is left behind.
func TestResentWriteWithoutAnAnswer(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		isTarget := func(r *http.Request) bool { return isWrite(r) && strings.HasSuffix(r.URL.Path, "/targets") }
		k.Inject(1, kongtest.Answer(429, "application/json", `{"message":"API rate limit exceeded"}`), isTarget)
		k.Inject(1, stops["work done when nobody waits"](stop), isTarget)
		s := balanced()
		s.RemoveWhenLast = false
		require.ErrorIs(t, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Run(ctx, s), context.Canceled)
		time.Sleep(time.Minute)
		assert.Contains(t, operate(k, "GET", "/upstreams/hello.upstream/targets/all").Body.String(), `"data":[]`)
	})
}

// TestStalledWriteIsDoneLate tests a worker of the gateway that stalls with a write. The write is resent to another worker, which
// answers. The service is told to stop after that, and the first worker goes on when the target is gone: nothing is left behind.
func TestStalledWriteIsDoneLate(t *testing.T) {
	for name, stopAfter := range map[string]time.Duration{"the next reading": 0, "the registration": time.Second} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				isTarget := func(r *http.Request) bool { return isWrite(r) && strings.HasSuffix(r.URL.Path, "/targets") }
				k.Inject(1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					time.Sleep(8 * time.Second) // the client waits for 6
					next.ServeHTTP(w, r)
				}, isTarget)
				k.Inject(1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					next.ServeHTTP(w, r)
					if stopAfter == 0 {
						stop()
						return
					}
					time.AfterFunc(stopAfter, stop)
				}, isTarget)
				s := balanced()
				s.RemoveWhenLast = false
				_ = newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Run(ctx, s)
				require.Error(t, ctx.Err())
				time.Sleep(time.Minute)
				assert.Contains(t, operate(k, "GET", "/upstreams/hello.upstream/targets/all").Body.String(), `"data":[]`)
			})
		})
	}
}

// TestErrorSaysWhatMayBeLeft tests a gateway that hangs when the service ends.
func TestErrorSaysWhatMayBeLeft(t *testing.T) {
	for life, live := range map[string]func(context.Context, *registrator.Kong) error{
		"Register": func(ctx context.Context, kong *registrator.Kong) error { return kong.Register(ctx, balanced()) },
		"Run":      func(ctx context.Context, kong *registrator.Kong) error { return kong.Run(ctx, balanced()) },
		"Start": func(ctx context.Context, kong *registrator.Kong) error {
			left, err := kong.Start(ctx, balanced())
			if err != nil {
				return err
			}
			return <-left
		},
	} {
		inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			k.Inject(-1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				stop()
				k.Inject(-1, kongtest.Hang())
				next.ServeHTTP(w, r)
			}, func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/targets") })
			k.Inject(-1, kongtest.Hang(), func(*http.Request) bool { return ctx.Err() != nil })
			start := time.Now()
			err := live(ctx, newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}))
			require.ErrorIs(t, err, registrator.ErrUnavailable, life)
			assert.ErrorContains(t, err, "what may be left on the gateway: target 10.0.0.1:5000 of upstream hello.upstream", life)
			assert.LessOrEqual(t, time.Since(start), 15*time.Second, life)
		})
	}
}

// TestStartReturnsWhenItIsRegistered tests Start, and that its channel may be received from again.
func TestStartReturnsWhenItIsRegistered(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		ctx, stop := context.WithCancel(t.Context())
		left, err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Start(ctx, balanced())
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, operate(k, "GET", "/routes/hello").Code)
		stop()
		require.NoError(t, <-left)
		require.NoError(t, <-left)
		assert.Equal(t, http.StatusNotFound, operate(k, "GET", "/routes/hello").Code)
	})
	inVirtualTime(t, kongtest.Config{Token: "other"}, func(t *testing.T, k *kongtest.Gateway) {
		left, err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}}).Start(t.Context(), balanced())
		require.ErrorIs(t, err, registrator.ErrUnauthorized)
		assert.Nil(t, left)
	})
}

// TestDescriptionIsCopied changes everything in a description after Start has returned.
func TestDescriptionIsCopied(t *testing.T) {
	inVirtualTime(t, kongtest.Config{}, func(t *testing.T, k *kongtest.Gateway) {
		ctx, stop := context.WithCancel(t.Context())
		s := balanced()
		s.Hosts, s.Methods, s.Tags = []string{"a.example.com"}, []string{"GET"}, []string{"team-a"}
		s.Headers = map[string][]string{"x-a": {"1"}}
		origins := []string{"https://a.example.com"}
		s.Plugins = []registrator.Plugin{{Name: "cors", Config: map[string]any{"origins": origins, "max_age": 5}}}
		left, err := newKong(t, "http://kong", registrator.Config{Transport: memory{k.Admin()}, CheckEvery: 10 * time.Second}).Start(ctx, s)
		require.NoError(t, err)
		s.Paths[0], s.Hosts[0], s.Methods[0], s.Tags[0] = "/other", "b.example.com", "POST", "team-b"
		s.Headers["x-a"][0], s.Headers["x-b"] = "2", []string{"2"}
		origins[0], s.Plugins[0].Config["max_age"] = "https://b.example.com", 6
		s.Plugins[0].Name = "key-auth"
		k.Forget()
		time.Sleep(time.Minute)
		assert.NotEmpty(t, k.Requests())
		assert.Empty(t, k.Writes())
		stop()
		require.NoError(t, <-left)
	})
}
