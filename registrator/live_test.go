package registrator_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/registrator/kongtest"
)

// TestWaitLiveAsksAllWorkers has a proxy of which one worker knows the route later than the other.
func TestWaitLiveAsksAllWorkers(t *testing.T) {
	const late = 15
	var asked atomic.Int32
	connections := map[string]bool{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connections[r.RemoteAddr] = true
		w.Header().Set("X-Kong-Response-Latency", "0")
		if n := asked.Add(1); n <= late && n%3 == 0 {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"message":"no Route matched with those values"}`)
		}
	}))
	defer proxy.Close()
	require.NoError(t, registrator.WaitLive(t.Context(), proxy.URL))
	assert.EqualValues(t, late+10, asked.Load())
	assert.Len(t, connections, late+10, "each request over a connection of its own")
}

func TestWaitLiveTakesAnyAnswerOfTheRoute(t *testing.T) {
	for _, header := range [][2]string{
		{"Via", "1.1 kong/3.9.3"}, {"Via", "kong/2.8.5"}, {"X-Kong-Response-Latency", "0"}, {"X-Kong-Proxy-Latency", "1"},
	} {
		for _, status := range []int{200, 302, 401, 404, 426, 502, 503} {
			assert.NoError(t, waitFor(t, time.Minute, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(header[0], header[1])
				w.WriteHeader(status)
			}), "%d", status)
		}
	}
}

func waitFor(t *testing.T, patience time.Duration, answer http.HandlerFunc) error {
	t.Helper()
	proxy := httptest.NewServer(answer)
	defer proxy.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return registrator.WaitLive(ctx, proxy.URL)
}

// TestWaitLiveTakesNobodyElsesAnswer has what stands where the proxy should be.
func TestWaitLiveTakesNobodyElsesAnswer(t *testing.T) {
	for _, status := range []int{200, 400, 404, 502, 503} {
		err := waitFor(t, 300*time.Millisecond, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Server", "nginx")
			w.WriteHeader(status)
		})
		require.ErrorIs(t, err, registrator.ErrUnavailable, "%d", status)
		assert.ErrorContains(t, err, "no header of Kong's proxy")
	}
	k := kongtest.Start(kongtest.Config{})
	defer k.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, registrator.WaitLive(ctx, k.AdminURL()), registrator.ErrUnavailable, "the Admin API")
}

func TestWaitLiveSaysWhatIsWrong(t *testing.T) {
	for _, url := range []string{"", "http://a b/", "localhost:8000/hello", "ftp://kong/hello", "http:///hello"} {
		assert.ErrorIs(t, registrator.WaitLive(t.Context(), url), registrator.ErrInvalid, url)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := registrator.WaitLive(ctx, "http://127.0.0.1:1/?token=secret")
	assert.ErrorIs(t, err, registrator.ErrUnavailable)
	assert.ErrorIs(t, err, context.Canceled)
	assert.NotContains(t, err.Error(), "secret")
}
