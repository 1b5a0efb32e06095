package interop_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testRotation rotates the keys on the server twice. Each new key works within a cool-down, and the first one until the server
// takes it away.
func testRotation(t *testing.T, s server, services []*service) {
	first := s.token(t)
	for _, service := range services {
		require.Equal(t, http.StatusOK, service.status(t, first), service.name)
	}
	s.rotate(t)
	second := s.token(t)
	require.NotEqual(t, keyID(t, first), keyID(t, second), "the server signs with a new key")
	until(t, http.StatusOK, "the rotated key works", second, services)
	for _, service := range services {
		assert.Equal(t, http.StatusOK, service.status(t, first), "%s: the old key is still published", service.name)
		assert.Equal(t, http.StatusOK, service.status(t, s.token(t)), service.name)
	}

	// A set that has all keys does not ask for others before its next refresh. The third key makes it ask now.
	s.rotate(t)
	s.retire(t, keyID(t, first))
	third := s.token(t)
	until(t, http.StatusOK, "the third key works", third, services)
	until(t, http.StatusUnauthorized, "the first key is refused", first, services)
	for _, service := range services {
		assert.Equal(t, http.StatusOK, service.status(t, second), "%s: the second key is still published", service.name)
	}
}

// until sends the token to all services at once until they answer with the status. Until then the answer may be 503, and for
// no longer than a cool-down and the time of a fetch.
func until(t *testing.T, want int, what, token string, services []*service) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), coolDown+5*time.Second)
	defer cancel()
	var wait sync.WaitGroup
	for _, service := range services {
		wait.Go(func() {
			begin := time.Now()
			for unavailable := 0; ; unavailable++ {
				status, _, err := service.ask(ctx, "/me", token)
				if !assert.NoError(t, err, "%s: %s", service.name, what) {
					return
				}
				if status == want {
					t.Logf("%s: %s after %.2f s and %d answers with 503", service.name, what, time.Since(begin).Seconds(), unavailable)
					return
				}
				if !assert.Equal(t, http.StatusServiceUnavailable, status, "%s: %s", service.name, what) {
					return
				}
				select {
				case <-time.After(50 * time.Millisecond):
				case <-ctx.Done():
				}
			}
		})
	}
	wait.Wait()
}
