package keys_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestOutage: the keys are used up to the stated age, then there are none, then they are there again.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, log := s.remote(t, nil)
		generation := r.Generation()
		time.Sleep(time.Until(r.Health().NextRefresh) - time.Second)
		s.fail(status(503))
		fetched := r.Health().FetchedAt
		for time.Since(fetched) < 24*time.Hour {
			require.True(t, has(t, r, "a"))
			require.Equal(t, generation, r.Generation())
			time.Sleep(time.Minute - time.Nanosecond)
			if left := 24*time.Hour - time.Since(fetched); left > 0 && left < time.Minute {
				time.Sleep(left - time.Nanosecond)
				require.True(t, has(t, r, "a"), "to the last moment")
				time.Sleep(time.Nanosecond)
			}
		}
		synctest.Wait()
		assert.Equal(t, 24*time.Hour, time.Since(fetched))
		assert.Greater(t, r.Generation(), generation, "no verified token lives longer than the keys")
		assert.False(t, r.Health().Usable)
		assert.Equal(t, []string{"ERROR the keys cannot be fetched; the last good ones are used",
			"ERROR the last good keys are too old and not used any more"}, log.lines(), "one record for each change")
		n := s.count()
		assert.Greater(t, n, 24*60)
		assert.Less(t, n, 24*60*2+100)

		s.count()
		wait := retryAfter(t, r, "a")
		assert.Zero(t, s.count(), "the back-off alone decides")
		generation = r.Generation()
		s.fail(nil)
		time.Sleep(wait)
		synctest.Wait()
		assert.True(t, has(t, r, "a"), "when it said it would")
		assert.Greater(t, r.Generation(), generation)
		assert.Equal(t, []string{"INFO the keys can be fetched again"}, log.lines())
	})
}

// TestMaxAgeInAFetch lets the keys become too old while a fetch hangs.
func TestMaxAgeInAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.headers.Set("Cache-Control", "max-age=3600")
		r, _ := s.remote(t, func(c *keys.RemoteConfig) { c.MaxAge = time.Minute })
		generation := r.Generation()
		s.fail(hang)
		time.Sleep(time.Minute - time.Nanosecond)
		assert.Equal(t, generation, r.Generation())
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		assert.Greater(t, r.Generation(), generation)
	})
}

// TestKeysDoNotAgeWhileTheServerAnswers has a short MaxAge and a server that says an hour.
func TestKeysDoNotAgeWhileTheServerAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.headers.Set("Cache-Control", "max-age=3600")
		s.headers.Set("ETag", `"1"`)
		r, log := s.remote(t, func(c *keys.RemoteConfig) { c.MaxAge = 2 * time.Minute })
		generation := r.Generation()
		for range 1000 {
			time.Sleep(7 * time.Second)
			assert.True(t, has(t, r, "a"))
		}
		assert.Equal(t, generation, r.Generation())
		assert.Empty(t, log.all())
	})
}

// TestFaultsOfTheServer: each keeps the last good keys and counts as a failure.
func TestFaultsOfTheServer(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(http.ResponseWriter, *http.Request) bool
		says  string
	}{
		"404":      {status(404), "status 404"},
		"429":      {status(429), "status 429"},
		"500":      {status(500), "status 500"},
		"204":      {status(204), "status 204"},
		"304":      {status(304), "status 304"},
		"hanging":  {hang, "not complete in time"},
		"redirect": {status(302, "Location", "https://other.example.com/"), "redirects to another"},
		"redirect to http": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://"+r.Host+r.URL.Path, http.StatusTemporaryRedirect)
			return true
		}, "redirects to another"},
		"loop": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, r.URL.String(), http.StatusMovedPermanently)
			return true
		}, "redirects more than three times"},
		"panic of a proxy": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", "10")
			w.WriteHeader(502)
			return true
		}, "status 502"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newKeyServer("a")
				r, log := s.remote(t, func(c *keys.RemoteConfig) { c.KeysURL += "?secret=1" })
				generation := r.Generation()
				s.fail(c.fault)
				time.Sleep(time.Hour)
				synctest.Wait()
				assert.True(t, has(t, r, "a"))
				assert.Equal(t, generation, r.Generation())
				assert.ErrorContains(t, r.Health().Err, c.says)
				text := log.all()
				assert.Equal(t, 1, strings.Count(text, "\n"), text)
				assert.Contains(t, text, c.says)
				assert.NotContains(t, text, "secret")
				assert.NotContains(t, r.Health().Err.Error(), "secret")
			})
		})
	}
}

// TestRemovedKey is refused after one refresh, 1,000 of 1,000; also a token that was verified before, whose generation is past.
func TestRemovedKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("good", "stolen")
		r, log := s.remote(t, nil)
		generation := r.Generation()
		assert.True(t, has(t, r, "stolen"))
		s.rotate("good")
		time.Sleep(time.Until(r.Health().NextRefresh))
		synctest.Wait()
		assert.Greater(t, r.Generation(), generation)
		refused := 0
		for range 1000 {
			if !has(t, r, "stolen") {
				refused++
			}
		}
		assert.Equal(t, 1000, refused)
		assert.True(t, has(t, r, "good"))
		assert.Equal(t, []string{"INFO the keys have changed"}, log.lines())

		s.serve(jwkSet(jwkECOf(otherP256, object{"kid": "good"}))) // another key under the same id
		generation = r.Generation()
		time.Sleep(time.Until(r.Health().NextRefresh))
		synctest.Wait()
		found, err := r.Find(t.Context(), "good", "ES256")
		require.NoError(t, err)
		assert.Equal(t, &otherP256.PublicKey, found[0].Material())
		assert.Greater(t, r.Generation(), generation)
	})
}

// TestRemoteSwapsUnderLoad swaps 1,000 sets, and more until 1,000 requests have looked for the key that is in all of them.
func TestRemoteSwapsUnderLoad(t *testing.T) {
	s := newKeyServer("constant", "key-0")
	r, _ := s.remote(t, func(c *keys.RemoteConfig) { c.CoolDown = time.Millisecond })
	first := r.Generation()
	var all sync.WaitGroup
	var done atomic.Bool
	var swapped, seen atomic.Uint64
	for range 2 {
		all.Go(func() {
			for ; !done.Load(); runtime.Gosched() {
				least := swapped.Load()
				assert.GreaterOrEqual(t, r.Generation(), least)
				assert.True(t, has(t, r, "constant"))
				_, _ = r.Algorithms(), r.Health()
				seen.Add(1)
			}
		})
	}
	swaps := 0
	for ; swaps < 1000 || seen.Load() < 1000; swaps++ {
		require.Less(t, swaps, 100_000, "the requests do not run")
		kid := fmt.Sprint("key-", swaps+1)
		s.rotate("constant", kid)
		for !findsSoon(t, r, kid) {
			runtime.Gosched()
		}
		swapped.Store(r.Generation())
	}
	done.Store(true)
	all.Wait()
	assert.Equal(t, first+uint64(swaps), r.Generation())
}
