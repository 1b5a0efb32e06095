package registrator_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/registrator"
)

// TestWaitLiveAsksAllWorkers has a proxy of which one worker knows the route later than the other.
func TestWaitLiveAsksAllWorkers(t *testing.T) {
	const late = 15
	var asked atomic.Int32
	connections := map[string]bool{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connections[r.RemoteAddr] = true
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
	for _, status := range []int{200, 302, 401, 404, 426, 502, 503} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		assert.NoError(t, registrator.WaitLive(t.Context(), proxy.URL), "%d", status)
		proxy.Close()
	}
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
