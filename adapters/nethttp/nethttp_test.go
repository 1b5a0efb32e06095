package nethttp_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
)

// byName authenticates a request by the name in its X-User field.
var byName = core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, r core.Request, _ core.Response) error {
	if name, n := r.Header("X-User"); n == 1 {
		return sc.SetAuth(core.NewAuth(core.AuthData{Username: name}))
	}
	return nil
})

func newSecurity(t testing.TB, providers ...core.Provider) *nethttp.Security {
	t.Helper()
	chain, err := core.NewSecurityChain(append(providers, byName)...)
	require.NoError(t, err)
	return nethttp.New(chain.WithLogger(slog.New(slog.DiscardHandler)))
}

func request(method, target, user string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	if user != "" {
		r.Header.Set("X-User", user)
	}
	return r
}

func TestNilIsRefusedAtStart(t *testing.T) {
	sec := newSecurity(t)
	assert.PanicsWithValue(t, "nethttp: New: the chain is nil: handle the error of core.NewSecurityChain",
		func() { nethttp.New(nil) })
	assert.Panics(t, func() { sec.Secured(nil) })
	assert.Panics(t, func() { sec.Public(nil) })
	assert.Panics(t, func() { sec.Middleware(nil) })
	assert.Panics(t, func() { sec.With(core.Optional()) })
}

func TestHandlerReadsAuthAndRequest(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", newSecurity(t).Secured(func(w http.ResponseWriter, r *http.Request) {
		auth, ok := nethttp.Auth(r)
		assert.True(t, ok)
		_, _ = io.WriteString(w, auth.Username()+" "+r.PathValue("name")+" "+r.Pattern)
	}))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, request("GET", "/hello/you", "ann"))
	assert.Equal(t, "ann you GET /hello/{name}", w.Body.String())
}

func TestProviderUnwrapsRequest(t *testing.T) {
	var kept core.Request
	peek := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		native, ok := nethttp.Unwrap(r)
		assert.True(t, ok)
		assert.Equal(t, "/x", native.URL.Path)
		assert.Equal(t, []string{"http", "example.com", "192.0.2.1:1234", "a=b"},
			[]string{r.Scheme(), r.Host(), r.RemoteAddr(), r.RawQuery()})
		kept = r
		return nil
	})
	served := false
	newSecurity(t, peek).Secured(func(http.ResponseWriter, *http.Request) {
		served = true
		_, ok := nethttp.Unwrap(kept)
		assert.False(t, ok, "the chain has ended")
	})(httptest.NewRecorder(), request("GET", "/x?a=b", "ann"))
	assert.True(t, served)
}

func TestParentContextSurvives(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "outer"))
	newSecurity(t).Secured(func(_ http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "outer", r.Context().Value(key{}))
		require.NoError(t, r.Context().Err())
		cancel()
		assert.ErrorIs(t, r.Context().Err(), context.Canceled)
	})(httptest.NewRecorder(), request("GET", "/x", "ann").WithContext(ctx))
	assert.Error(t, ctx.Err(), "the handler ran")
}

func TestResponseWriterIsHandedOnUntouched(t *testing.T) {
	w := httptest.NewRecorder()
	newSecurity(t).Secured(func(got http.ResponseWriter, _ *http.Request) {
		assert.Same(t, w, got)
	})(w, request("GET", "/x", "ann"))
}

// TestStreaming flushes a first line. The client must get it before the handler continues.
func TestStreaming(t *testing.T) {
	next := make(chan struct{})
	server := httptest.NewServer(newSecurity(t).Secured(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		assert.NoError(t, http.NewResponseController(w).Flush())
		select {
		case <-next:
		case <-time.After(time.Minute):
			t.Error("the client did not get the first line")
		}
		_, _ = io.WriteString(w, "second\n")
	}))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	r.Header.Set("X-User", "ann")
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	require.True(t, lines.Scan())
	close(next)
	require.True(t, lines.Scan())
	assert.Equal(t, "second", lines.Text())
}

// TestHeadersSetBeforeSurviveRefusal has CORS and request-id middleware in front of the chain.
func TestHeadersSetBeforeSurviveRefusal(t *testing.T) {
	cors := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.Header().Set("X-Request-Id", "7")
			w.Header().Set("Content-Length", "99")
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	h := cors(newSecurity(t).Middleware(http.NotFoundHandler()))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request("GET", "/x", ""))
	assert.Equal(t, 401, w.Code)
	assert.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "7", w.Header().Get("X-Request-Id"))
	assert.Empty(t, w.Header().Get("Content-Length"), "it was for a body that is not sent")

	preflight := request("OPTIONS", "/x", "")
	preflight.Header.Set("Access-Control-Request-Method", "GET")
	w = httptest.NewRecorder()
	h.ServeHTTP(w, preflight)
	assert.Equal(t, 204, w.Code, "answered in front of the chain")
}
