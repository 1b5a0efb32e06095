package keys_test

import (
	"net/http"
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
		_, err := r.Find(t.Context(), "x", "RS256")
		assert.ErrorIs(t, err, keys.ErrUnknownKey, "for whatever algorithm")
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

// TestFailureAfterALackingDocument: while the last fetch failed nobody is refused for an id, also where a young document lacks it.
func TestFailureAfterALackingDocument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, func(c *keys.RemoteConfig) { c.CoolDown, c.MaxAge = time.Minute, time.Minute })
		assert.False(t, has(t, r, "x"))
		s.fail(status(500))
		time.Sleep(time.Until(r.Health().NextRefresh)) // half a minute at most
		synctest.Wait()
		assert.LessOrEqual(t, retryAfter(t, r, "x"), time.Second)
		s.fail(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		assert.False(t, has(t, r, "x"))
	})
}

// TestNewKeyForAnotherAlgorithm: the fetch brings the key, and its algorithm is not the one of the token.
func TestNewKeyForAnotherAlgorithm(t *testing.T) {
	s := newKeyServer("a")
	r, _ := s.remote(t, nil)
	s.rotate("a", "new")
	_, err := r.Find(t.Context(), "new", "RS256")
	assert.ErrorIs(t, err, keys.ErrNoFittingKey)
	assert.Equal(t, 2, s.count())
}

// TestIDsWaitForTheNextFetch lets the fetch fail that ids wait for: the next good one decides about all of them.
func TestIDsWaitForTheNextFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, nil)
		assert.False(t, has(t, r, "w")) // the cool-down begins
		assert.Equal(t, coolDown, retryAfter(t, r, "x"))
		s.fail(status(500))
		time.Sleep(coolDown)
		assert.LessOrEqual(t, retryAfter(t, r, "y"), time.Second, "the next fetch is that of the back-off")
		s.fail(nil)
		s.count()
		time.Sleep(time.Second)
		synctest.Wait()
		assert.False(t, has(t, r, "x"), "401 without another fetch")
		assert.False(t, has(t, r, "y"))
		assert.Equal(t, 1, s.count())
	})
}

// TestNoSecondFetchAfterAFailure has a token wait for a scheduled fetch that fails.
func TestNoSecondFetchAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer("a")
		r, _ := s.remote(t, nil)
		s.fail(hang)
		time.Sleep(time.Until(r.Health().NextRefresh) + time.Second)
		s.count()
		began := time.Now()
		assert.Equal(t, time.Second, retryAfter(t, r, "x"))
		assert.Equal(t, fetchTimeout-time.Second, time.Since(began))
		assert.Zero(t, s.count())
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
