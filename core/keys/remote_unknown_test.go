package keys_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

const coolDown = 10 * time.Second // the default

// TestUnknownKid follows one id that the set does not have.
func TestUnknownKid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, nil)
		require.Equal(t, 1, s.count())
		time.Sleep(time.Minute / 2)

		assert.False(t, has(t, r, "x"), "a document that was asked for after the token came lacks it")
		assert.Equal(t, 1, s.count())
		for range 1000 {
			assert.False(t, has(t, r, "x"))
		}
		assert.Zero(t, s.count(), "that document is good for a cool-down")

		time.Sleep(3 * time.Second)
		assert.Equal(t, coolDown-3*time.Second, retryAfter(t, r, "y"), "it may have come since the last fetch")
		assert.Zero(t, s.count())
		time.Sleep(coolDown - 3*time.Second)
		assert.False(t, has(t, r, "y"), "when it said it would")
		assert.Equal(t, 1, s.count())
		time.Sleep(coolDown - time.Nanosecond)
		assert.False(t, has(t, r, "y"))
		assert.Zero(t, s.count())
		time.Sleep(time.Nanosecond)
		assert.False(t, has(t, r, "y"), "an older document does not count")
		assert.Equal(t, 1, s.count())
	})
}

// TestTokenWithoutKid asks for an algorithm that no key is for.
func TestTokenWithoutKid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, nil)
		for range 3 {
			_, err := r.Find(t.Context(), "", "RS256")
			assert.ErrorIs(t, err, keys.ErrNoFittingKey)
		}
		assert.Equal(t, 2, s.count())
		_, err := r.Find(t.Context(), "RS256", "RS256")
		assert.ErrorIs(t, err, keys.ErrUnavailable, "an id is not an algorithm")
		time.Sleep(coolDown)
		s.serve(jwkSet(jwkRSA(object{"kid": nil})))
		found, err := r.Find(t.Context(), "", "RS256")
		require.NoError(t, err)
		assert.Len(t, found, 1)
	})
}

// TestRotation asks for a new key the moment it is published, and at each moment after the last fetch.
func TestRotation(t *testing.T) {
	for wait := time.Duration(0); wait <= coolDown+time.Second; wait += 500 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			s := newKeyServer("old")
			r, _ := s.remote(t, nil)
			assert.False(t, has(t, r, "made-up")) // the cool-down begins
			time.Sleep(wait)
			s.rotate("old", "new")
			published := time.Now()
			for {
				_, err := r.Find(t.Context(), "new", "ES256")
				if err == nil {
					break
				}
				require.NotErrorIs(t, err, keys.ErrUnknownKey, "it is in the set")
				time.Sleep(retryAfter(t, r, "new"))
			}
			assert.LessOrEqual(t, time.Since(published), coolDown)
			assert.LessOrEqual(t, s.count(), 3)
			assert.True(t, has(t, r, "old"))
		})
	}
}

// TestStormOfRandomKids sends 10,000 made-up ids in two minutes while keys rotate every 25 seconds.
func TestStormOfRandomKids(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("key-0")
		s.fail(func(http.ResponseWriter, *http.Request) bool { time.Sleep(50 * time.Millisecond); return false })
		r, log := s.remote(t, nil)
		s.count()
		const long = 2 * time.Minute
		began := time.Now()
		var all sync.WaitGroup
		var fetches []time.Time
		var refused, later atomic.Int64
		for range 10_000 {
			at := rand.N(long)
			all.Go(func() {
				time.Sleep(at)
				_, err := r.Find(t.Context(), fmt.Sprint("made-up-", rand.Uint64()), "ES256")
				switch {
				case errors.Is(err, keys.ErrUnknownKey):
					refused.Add(1)
				case errors.Is(err, keys.ErrUnavailable):
					later.Add(1)
				default:
					assert.Fail(t, "a made-up id was found", "%v", err)
				}
			})
		}
		all.Go(func() {
			for i := 1; time.Since(began) < long; i++ {
				time.Sleep(25 * time.Second)
				next, last := fmt.Sprint("key-", i), fmt.Sprint("key-", i-1)
				s.rotate(last, next)
				published := time.Now()
				for !findsSoon(t, r, next) {
					assert.True(t, has(t, r, last), "no request is refused whose key is in the last document")
					time.Sleep(500 * time.Millisecond)
				}
				assert.LessOrEqual(t, time.Since(published), coolDown+time.Second)
			}
		})
		all.Wait()
		s.mu.Lock()
		fetches = s.fetches
		s.mu.Unlock()
		assert.Greater(t, len(fetches), 10)
		for i := 1; i < len(fetches); i++ {
			assert.GreaterOrEqual(t, fetches[i].Sub(fetches[i-1]), coolDown, "one fetch in each cool-down")
		}
		assert.Positive(t, refused.Load())
		assert.Positive(t, later.Load())
		assert.NotContains(t, log.all(), "made-up")
	})
}

// findsSoon reports whether a new key is found already. Meanwhile it is not refused.
func findsSoon(t *testing.T, r *keys.RemoteSet, kid string) bool {
	_, err := r.Find(t.Context(), kid, "ES256")
	assert.NotErrorIs(t, err, keys.ErrUnknownKey)
	return err == nil
}

// TestUnknownKidsAtOnce has 1,000 requests with one new key, and 1,000 with made-up ids.
func TestUnknownKidsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, nil)
		s.count()
		s.fail(func(http.ResponseWriter, *http.Request) bool { time.Sleep(time.Second); return false })
		s.rotate("a", "new")
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() { assert.True(t, has(t, r, "new")) })
			all.Go(func() {
				_, err := r.Find(t.Context(), fmt.Sprint("made-up-", i), "ES256")
				assert.Error(t, err)
			})
		}
		all.Wait()
		assert.Equal(t, 1, s.count())
	})
}

// TestUnknownKidWhileAFetchRuns has a token come between the beginning of a fetch and its end: that document may be from before.
func TestUnknownKidWhileAFetchRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, nil)
		time.Sleep(time.Until(r.Health().NextRefresh) - time.Second)
		old := s.document
		s.fail(func(w http.ResponseWriter, _ *http.Request) bool {
			time.Sleep(2 * time.Second)
			_, _ = w.Write([]byte(old)) // what the server had when it was asked
			return true
		})
		time.Sleep(2 * time.Second) // it runs
		s.count()
		s.rotate("a", "new")
		began := time.Now()
		s.fail(nil)
		assert.True(t, has(t, r, "new"), "a second fetch follows")
		assert.Equal(t, time.Second, time.Since(began))
		assert.Equal(t, 1, s.count())
	})
}

// TestManyUnknownKids asks for more ids than are remembered: those that are not are never refused.
func TestManyUnknownKids(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, nil)
		assert.False(t, has(t, r, "first")) // the cool-down begins
		for i := range 5000 {
			assert.Positive(t, retryAfter(t, r, fmt.Sprint(i)))
		}
		time.Sleep(coolDown)
		_, err := r.Find(t.Context(), "one more", "ES256")
		assert.ErrorIs(t, err, keys.ErrUnavailable, "there is no room for it")
		refused := 0
		for i := range 5000 {
			if _, err := r.Find(t.Context(), fmt.Sprint(i), "ES256"); errors.Is(err, keys.ErrUnknownKey) {
				refused++
			}
		}
		assert.Equal(t, 1024, refused)
		time.Sleep(coolDown)
		s.rotate("a", "4999")
		assert.True(t, has(t, r, "4999"))
	})
}

// TestUnknownKidInAnOutage is 503 and never 401, and does not make it fetch more often than once in a cool-down.
func TestUnknownKidInAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, nil)
		assert.False(t, has(t, r, "x"))
		time.Sleep(time.Until(r.Health().NextRefresh))
		s.fail(status(500))
		time.Sleep(10 * time.Minute) // the back-off is long by now
		synctest.Wait()
		assert.True(t, has(t, r, "a"))
		s.count()
		began := time.Now()
		for time.Since(began) < 5*time.Minute {
			assert.LessOrEqual(t, retryAfter(t, r, "x"), coolDown)
			assert.True(t, has(t, r, "a"))
			time.Sleep(100 * time.Millisecond)
		}
		n := s.count()
		assert.LessOrEqual(t, n, 5*6+10, "by tokens, and by the back-off")
		assert.GreaterOrEqual(t, n, 5*6)
		s.fail(nil)
		s.rotate("a", "x")
		published := time.Now()
		for !findsSoon(t, r, "x") {
			time.Sleep(time.Second)
		}
		assert.LessOrEqual(t, time.Since(published), coolDown)
	})
}

// TestIDsWaitForTheNextFetch lets the fetch fail that an id waits for: the next good one decides.
func TestIDsWaitForTheNextFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, nil)
		s.fail(status(500))
		wait := retryAfter(t, r, "x")
		assert.LessOrEqual(t, wait, time.Second, "the next fetch is that of the back-off")
		s.fail(nil)
		time.Sleep(wait)
		synctest.Wait()
		assert.False(t, has(t, r, "x"), "401, as it said, without another fetch")
		assert.Equal(t, 3, s.count())
	})
}

// TestSlowServerAndShortCoolDown: whoever waited for a document is answered by it, though it is older than the cool-down.
func TestSlowServerAndShortCoolDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		s.fail(func(http.ResponseWriter, *http.Request) bool { time.Sleep(4 * time.Second); return false })
		r, _ := s.remote(t, func(c *keys.RemoteConfig) { c.CoolDown = time.Second })
		assert.False(t, has(t, r, "x"))
		assert.Equal(t, 2, s.count())
		assert.False(t, has(t, r, "x"))
		assert.Equal(t, 1, s.count(), "but it does not count for the next one")
	})
}
