package keys_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestBackOff measures the times between two fetches while nothing works.
func TestBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.fail(status(500))
		r, _ := s.remote(t, nil)
		time.Sleep(10 * time.Minute)
		_ = r.Close()
		want := time.Second
		different := map[time.Duration]bool{}
		for i := 1; i < len(s.fetches); i++ {
			wait := s.fetches[i].Sub(s.fetches[i-1])
			assert.LessOrEqual(t, wait, want)
			assert.GreaterOrEqual(t, wait, want/2)
			if want = min(2*want, time.Minute); want == time.Minute {
				different[wait] = true
			}
		}
		assert.Greater(t, len(s.fetches), 12)
		assert.Greater(t, len(different), 3, "jitter")
	})
}

func TestRetryAfterOfTheServer(t *testing.T) {
	for text, want := range map[string]time.Duration{"20": 20 * time.Second, "86400": 5 * time.Minute, "0": time.Second, "x": time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := newKeyServer("a")
			r, _ := s.remote(t, nil)
			assert.False(t, has(t, r, "x"))
			time.Sleep(coolDown)
			s.fail(status(429, "Retry-After", text))
			assert.Equal(t, want, retryAfter(t, r, "x"))
			s.count()
			time.Sleep(want/2 - time.Nanosecond)
			assert.Positive(t, retryAfter(t, r, "x"))
			assert.Zero(t, s.count(), "a token does not make it come earlier")
			time.Sleep(want / 2)
			synctest.Wait()
			_ = r.Close()
			if want > time.Second {
				assert.Zero(t, s.count())
			}
		})
	}
}

// TestRefreshAheadOfTime measures the times between two good fetches.
func TestRefreshAheadOfTime(t *testing.T) {
	for control, want := range map[string]time.Duration{
		"":                         15 * time.Minute,
		"public":                   15 * time.Minute,
		"max-age=600":              10 * time.Minute,
		"max-age=0":                time.Minute,
		"no-store":                 time.Minute,
		"no-cache":                 time.Minute,
		"max-age=99999999999":      time.Hour,
		"max-age=315360000":        time.Hour,
		"max-age=-1":               time.Minute,
		"<garbage>":                time.Minute,
		"max-age=600,max-age=1200": time.Minute,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newKeyServer("a")
			s.headers.Set("Cache-Control", control)
			r, _ := s.remote(t, nil)
			assert.Equal(t, r.Health().NextRefresh.After(time.Now()), true)
			time.Sleep(20 * want)
			_ = r.Close()
			different := map[time.Duration]bool{}
			for i := 1; i < len(s.fetches); i++ {
				wait := s.fetches[i].Sub(s.fetches[i-1])
				assert.LessOrEqual(t, wait, want, control)
				assert.GreaterOrEqual(t, wait, want*8/10, control)
				different[wait] = true
			}
			assert.GreaterOrEqual(t, len(s.fetches), 20)
			assert.Greater(t, len(different), 10, "jitter")
		})
	}
}

func TestAgeCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.headers.Set("Cache-Control", "max-age=3600")
		s.headers.Set("Age", "3000")
		r, _ := s.remote(t, nil)
		assert.LessOrEqual(t, time.Until(r.Health().NextRefresh), 10*time.Minute)
		assert.GreaterOrEqual(t, time.Until(r.Health().NextRefresh), 8*time.Minute)
	})
}

// TestNotModified: a confirmed document is as good as a new one.
func TestNotModified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.headers.Set("ETag", `"1"`)
		var confirmed atomic.Int64
		s.fail(func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("If-None-Match") == `"1"` {
				confirmed.Add(1)
			}
			return false
		})
		r, _ := s.remote(t, func(c *keys.RemoteConfig) { c.MaxAge = time.Hour })
		generation := r.Generation()
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		assert.True(t, has(t, r, "a"))
		assert.Equal(t, generation, r.Generation())
		assert.Greater(t, confirmed.Load(), int64(30))
		assert.Less(t, time.Since(r.Health().FetchedAt), time.Hour)

		s.headers.Set("ETag", `"2"`)
		s.rotate("b")
		time.Sleep(time.Hour)
		assert.True(t, has(t, r, "b"))
	})
}

// TestRetryAfterOfARefresh: the first made-up id does not fetch either while the server wants no requests.
func TestRetryAfterOfARefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, nil)
		s.fail(status(429, "Retry-After", "120"))
		time.Sleep(time.Until(r.Health().NextRefresh))
		synctest.Wait()
		s.count()
		assert.Equal(t, 2*time.Minute, retryAfter(t, r, "made-up"))
		time.Sleep(time.Minute)
		assert.Equal(t, time.Minute, retryAfter(t, r, "made-up"))
		assert.Zero(t, s.count())
	})
}
