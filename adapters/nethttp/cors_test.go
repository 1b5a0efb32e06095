package nethttp_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
)

// allowOrigin is CORS middleware as that of other packages: it answers preflights, and passes on everything else.
func allowOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "http://a.test")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// TestCORS has CORS middleware in each place of an application. In the right ones, a preflight is answered without a credential,
// and a refusal has the header without which a browser keeps it from the page. Module browser shows the same in a browser.
func TestCORS(t *testing.T) {
	served := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "served") })
	routes := func(h http.Handler) *http.ServeMux {
		mux := http.NewServeMux()
		mux.Handle("GET /x", h)
		return mux
	}
	sec := newSecurity(t)
	open, err := core.NewSecurityChain(core.PublicRoutes("OPTIONS /**"), byName)
	require.NoError(t, err)
	optionsOpen := nethttp.New(open.WithLogger(slog.New(slog.DiscardHandler)))
	for _, c := range []struct {
		name                      string
		h                         http.Handler
		preflight                 int
		preflightRead, othersRead bool
	}{
		{"in front of the chain", allowOrigin(sec.Middleware(routes(served))), 204, true, true},
		{"in front of guarded routes", allowOrigin(routes(sec.Middleware(served))), 204, true, true},
		{"behind the chain", sec.Middleware(allowOrigin(routes(served))), 401, false, false},
		{"behind a chain that opens OPTIONS", optionsOpen.Middleware(allowOrigin(routes(served))), 204, true, false},
		{"on the route", routes(allowOrigin(sec.Middleware(served))), 405, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			send := func(method, user string) (status int, read bool) {
				r := request(method, "/x", user)
				r.Header.Set("Origin", "http://a.test")
				if method == "OPTIONS" {
					r.Header.Set("Access-Control-Request-Method", "GET")
					r.Header.Set("Access-Control-Request-Headers", "authorization")
				}
				w := httptest.NewRecorder()
				c.h.ServeHTTP(w, r)
				return w.Code, w.Header().Get("Access-Control-Allow-Origin") == "http://a.test"
			}
			status, read := send("OPTIONS", "")
			assert.Equal(t, c.preflight, status, "the preflight")
			assert.Equal(t, c.preflightRead, read, "the preflight allows the origin")
			status, read = send("GET", "")
			assert.Equal(t, 401, status)
			assert.Equal(t, c.othersRead, read, "the refusal can be read")
			status, _ = send("GET", "ann")
			assert.Equal(t, 200, status)
		})
	}
}
