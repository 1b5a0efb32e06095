package keys_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// storm asks for made-up ids, ten in a second, until stop is called.
func storm(t *testing.T, r *keys.RemoteSet) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			_, _ = r.Find(ctx, fmt.Sprint("made-up-", i), "ES256")
			time.Sleep(100 * time.Millisecond)
		}
	})
	return func() { cancel(); running.Wait() }
}

// TestStormDoesNotDelayDiscovery has the issuer move its keys while made-up ids fetch in each cool-down. The former address goes
// on to serve the former keys, or nothing.
func TestStormDoesNotDelayDiscovery(t *testing.T) {
	const moved = "https://keys.example.net/moved.json"
	for name, old := range map[string]func(http.ResponseWriter) bool{
		"stale": func(w http.ResponseWriter) bool {
			_, _ = w.Write([]byte(jwkSet(jwkEC(object{"kid": "a"}))))
			return true
		},
		"gone": func(w http.ResponseWriter) bool { w.WriteHeader(http.StatusNotFound); return true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newKeyServer("a")
				r, _ := s.remote(t, byIssuer)
				defer storm(t, r)()
				time.Sleep(time.Minute)
				s.fail(status(500)) // all of it, so that the delays become long
				time.Sleep(10 * time.Minute)
				s.mu.Lock()
				s.jwksURI = moved
				s.mu.Unlock()
				s.rotate("b")
				s.fail(func(w http.ResponseWriter, r *http.Request) bool {
					return "https://"+r.Host+r.URL.Path == keysURL && old(w)
				})
				time.Sleep(15*time.Minute + coolDown)
				assert.True(t, has(t, r, "b"))
				_, err := r.Find(t.Context(), "a", "ES256")
				assert.Error(t, err, "it was removed")
			})
		})
	}
}

// TestFetchesInAMinute counts the fetches of each minute, discovery included, whatever the server does.
func TestFetchesInAMinute(t *testing.T) {
	for name, fault := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"good": nil,
		"no fault, max-age": func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Cache-Control", "max-age=0")
			return false
		},
		"Retry-After: 0":    status(503, "Retry-After", "0"),
		"Retry-After: past": status(429, "Retry-After", "Fri, 27 Nov 1998 12:00:30 GMT"),
		"304":               status(304, "Cache-Control", "max-age=0", "Etag", `"1"`),
		"404":               status(404),
		"empty":             func(w http.ResponseWriter, _ *http.Request) bool { _, _ = w.Write([]byte(`{"keys":[]}`)); return true },
		"redirect":          status(302, "Location", "/.well-known/openid-configuration"),
		"panic":             func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) },
	} {
		for _, start := range []string{"from the start", "later"} {
			t.Run(name+"/"+start, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newKeyServer("a")
					s.headers.Set("Etag", `"1"`)
					if fault != nil && start != "later" {
						s.fail(fault)
					}
					r, _ := s.remote(t, func(c *keys.RemoteConfig) { byIssuer(c); c.MaxAge = 10 * time.Minute; c.Client = recovering(s) })
					s.fail(fault)
					defer storm(t, r)()
					for minute := range 30 {
						s.count()
						s.asked()
						time.Sleep(time.Minute)
						n := s.count()
						if minute > 0 { // the back-off begins with short delays
							assert.LessOrEqual(t, n, 6+2, "of the keys, in minute %d", minute)
						}
						assert.LessOrEqual(t, len(s.asked()), 8*(3+1)*4, "of all, with discovery and redirects, in minute %d", minute)
					}
				})
			})
		}
	}
}

// recovering turns a panic of the server into an error, as a connection does.
func recovering(s *keyServer) *http.Client {
	return &http.Client{Transport: roundTrip(func(r *http.Request) (res *http.Response, err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%v", p)
			}
		}()
		return s.RoundTrip(r)
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestRoundTripperThatHangs does not obey its context. Requests get an answer all the same.
func TestRoundTripperThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		release := make(chan struct{})
		hangs := false
		r, _ := s.remote(t, func(c *keys.RemoteConfig) {
			c.Client = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if hangs {
					<-release
				}
				return s.RoundTrip(r)
			})}
			c.MaxAge = time.Hour
		})
		hangs = true
		began := time.Now()
		for range 3 {
			assert.Positive(t, retryAfter(t, r, "b"))
			assert.True(t, has(t, r, "a"))
		}
		assert.LessOrEqual(t, time.Since(began), 3*15*time.Second)
		time.Sleep(time.Hour)
		assert.Positive(t, retryAfter(t, r, "a"))
		close(release)
		synctest.Wait()
		hangs = false
	})
}

// TestZeroRemoteSet has no keys, as one that was never opened.
func TestZeroRemoteSet(t *testing.T) {
	var r keys.RemoteSet
	_, err := r.Find(t.Context(), "a", "ES256")
	assert.ErrorIs(t, err, keys.ErrUnavailable)
	_ = r.Generation()
	_ = r.Algorithms()
	assert.False(t, r.Health().Usable)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, r.Ready(ctx), keys.ErrUnavailable)
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
}

// TestLimitOfKeysCannotBeEvaded hides the keys behind members that a strict reader refuses.
func TestLimitOfKeysCannotBeEvaded(t *testing.T) {
	many := manyKeys(501)[1:]
	for name, document := range map[string]string{
		"lone surrogate":         `{"x":"\ud800",` + many,
		"not UTF-8, in a string": "{\"x\":\"-----BEGIN \xff\"," + many,
		"deep":                   `{"x":` + nested(40) + `,` + many,
		"escaped name":           `{"key\u0073":` + many[len(`"keys":`):],
		"another \"keys\"":       `{"x":{"keys":[]},` + many,
		"an array":               many[len(`"keys":`) : len(many)-1],
		"byte order mark":        "\xef\xbb\xbf{" + many,
	} {
		t.Run(name, func(t *testing.T) {
			s := newKeyServer("a")
			s.serve(document)
			r, _ := s.remote(t, nil)
			assert.ErrorContains(t, r.Health().Err, "more than 500 keys")
		})
	}
}

func nested(n int) (text string) {
	text = "1"
	for range n {
		text = "[" + text + "]"
	}
	return text
}

// TestRemovedKeyIsRefusedAtOnce: the document that lacks a key that was there before is as good as one that was asked for it.
func TestRemovedKeyIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("good", "stolen")
		r, _ := s.remote(t, nil)
		assert.False(t, has(t, r, "made-up"))
		for i := range 2000 {
			assert.Positive(t, retryAfter(t, r, fmt.Sprint(i)))
		}
		time.Sleep(coolDown)
		s.rotate("good", "new")
		assert.True(t, has(t, r, "new")) // the cool-down begins
		s.count()
		for range 100 {
			assert.False(t, has(t, r, "stolen"))
		}
		assert.Zero(t, s.count())
		time.Sleep(coolDown)
		s.rotate("good", "stolen") // it was a mistake of the issuer
		assert.True(t, has(t, r, "stolen"))
	})
}

// TestRefusedKidStaysRefused has scheduled fetches in the middle of cool-downs. All documents lack the id.
func TestRefusedKidStaysRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.headers.Set("Cache-Control", "max-age=60")
		r, _ := s.remote(t, func(c *keys.RemoteConfig) { c.CoolDown = time.Minute })
		for began := time.Now(); time.Since(began) < 10*time.Minute; time.Sleep(100 * time.Millisecond) {
			require.False(t, has(t, r, "x"))
		}
		assert.LessOrEqual(t, s.count(), 1+20)
	})
}

// TestEverythingAtOnce calls all methods while sets are swapped, the server fails in between, and the set is closed at the end.
func TestEverythingAtOnce(t *testing.T) {
	s := newKeyServer("constant")
	r, _ := s.remote(t, func(c *keys.RemoteConfig) {
		byIssuer(c)
		c.CoolDown = time.Millisecond
		c.Observer = func(keys.RemoteEvent) {}
	})
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				before := r.Generation()
				found, err := r.Find(ctx, "constant", "ES256")
				assert.NoError(t, err)
				assert.Len(t, found, 1)
				_, err = r.Find(ctx, fmt.Sprint("made-up-", i), "ES256")
				assert.Error(t, err)
				_, _, _ = r.Algorithms(), r.Health(), r.Ready(ctx)
				assert.GreaterOrEqual(t, r.Generation(), before)
			}
		})
	}
	for i := range 300 {
		s.rotate("constant", fmt.Sprint("key-", i))
		s.fail(map[bool]func(http.ResponseWriter, *http.Request) bool{true: status(500, "Retry-After", "0")}[i%10 == 9])
		_, _ = r.Find(ctx, fmt.Sprint("key-", i), "ES256")
	}
	for range 3 {
		all.Go(func() { assert.NoError(t, r.Close()) })
	}
	_, _ = r.Find(ctx, "after", "ES256")
	cancel()
	all.Wait()
	assert.True(t, has(t, r, "constant"))
}

// TestReadyEndsWithClose has a probe wait for keys that will never come.
func TestReadyEndsWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.fail(status(500))
		r, _ := s.remote(t, nil)
		ready := make(chan error)
		go func() { ready <- r.Ready(t.Context()) }()
		synctest.Wait()
		require.NoError(t, r.Close())
		assert.ErrorContains(t, <-ready, "closed")
	})
}
