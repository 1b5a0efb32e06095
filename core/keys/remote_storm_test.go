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

	"github.com/microkubes/microkubes-go/core/keys"
)

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
		assert.Equal(t, 1024-1, refused, "and the first")
		time.Sleep(coolDown)
		s.rotate("a", "4999")
		assert.True(t, has(t, r, "4999"))
	})
}
