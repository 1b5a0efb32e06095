package bunsec_test

import (
	"cmp"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bunrouter"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core"
	bunsec "github.com/microkubes/microkubes-go/examples/customadapter"
)

// The harness begins here.
var harness = conformance.Harness{Name: "bunsec", Serve: serve, Timeout: time.Minute, Exempt: map[string]string{
	"handlers/uploads": "bunrouter gives handlers of net/http a copy of the request, so the server does not see their form",
	"outside/pattern":  "bunrouter gives handlers of net/http a copy of the request, so middleware does not see their Pattern",
}}

func TestConformance(t *testing.T) { conformance.Run(t, harness) }

func FuzzUnparsable(f *testing.F) { conformance.Fuzz(f, harness) }

func serve(app conformance.App) (string, func(), error) {
	middleware := []bunrouter.MiddlewareFunc{around(app)}
	if app.Chain != nil {
		middleware = append(middleware, bunsec.New(app.Chain).Middleware)
	}
	router := bunrouter.New(bunrouter.Use(middleware...))
	for _, r := range app.Routes {
		mount(&router.Group, r)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if app.Override != nil { // it must come before the router
			r.Method = cmp.Or(app.Override(r.Header.Get), r.Method)
		}
		router.ServeHTTP(w, r)
	}))
	return server.Listener.Addr().String(), server.Close, nil
}

func mount(router *bunrouter.Group, r conformance.Route) {
	path := strings.Replace(r.ColonPath(), "*", "*rest", 1)
	h := func(w http.ResponseWriter, req bunrouter.Request) error {
		r.Handle(req.Context(), req.Header.Get).WriteTo(w)
		return nil
	}
	if r.HTTP != nil {
		h = bunrouter.HTTPHandler(r.HTTP)
	}
	switch r.Guard {
	case conformance.Bare:
	case conformance.Public:
		h = bunsec.New(r.Chain).With(r.With...).Public(h)
	case conformance.Grouped:
		router = router.Use(bunsec.New(r.Chain).With(r.With...).Middleware)
	default:
		h = bunsec.New(r.Chain).With(r.With...).Secured(h)
	}
	router.Handle(r.Method, path, h)
}

func around(app conformance.App) bunrouter.MiddlewareFunc {
	return func(next bunrouter.HandlerFunc) bunrouter.HandlerFunc {
		return func(w http.ResponseWriter, req bunrouter.Request) error {
			if app.Front != nil {
				ctx, reply := app.Front(req.Context(), req.Header.Get)
				if reply.WriteTo(w) {
					return nil
				}
				req = req.WithContext(ctx)
			}
			err := next(w, req)
			if app.Back != nil {
				app.Back(req.Context(), req.Pattern)
			}
			return err
		}
	}
}

// And here it ends.

// TestHarnessIsShort keeps the promise of the README: a harness of seventy lines.
func TestHarnessIsShort(t *testing.T) {
	source, err := os.ReadFile("bunsec_test.go")
	require.NoError(t, err)
	_, after, found := strings.Cut(string(source), "// The harness begins"+" here.\n")
	require.True(t, found)
	harness, _, found := strings.Cut(after, "// And here it"+" ends")
	require.True(t, found)
	assert.LessOrEqual(t, strings.Count(harness, "\n"), 70)
}

// TestExemptionsOnABareRouter measures the reasons of the exemptions without an adapter: a handler of net/http behind bunrouter
// gets a copy of the request.
func TestExemptionsOnABareRouter(t *testing.T) {
	var inner *http.Request
	router := bunrouter.New(bunrouter.Use(func(next bunrouter.HandlerFunc) bunrouter.HandlerFunc {
		return func(w http.ResponseWriter, req bunrouter.Request) error {
			err := next(w, req)
			assert.NotSame(t, req.Request, inner)
			assert.Empty(t, req.Pattern)
			assert.Nil(t, req.MultipartForm)
			return err
		}
	}))
	router.GET("/x", bunrouter.HTTPHandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		inner, r.Pattern, r.MultipartForm = r, "GET /x", new(multipart.Form)
	}))
	router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/x", nil))
	assert.NotNil(t, inner)
}

// newSecurity returns a chain that takes the caller's name from the X-User field.
func newSecurity(t *testing.T) *bunsec.Security {
	t.Helper()
	chain, err := core.NewSecurityChain(core.ProviderFunc(
		func(_ context.Context, sc core.SecurityContext, r core.Request, _ core.Response) error {
			native, ok := bunsec.Unwrap(r)
			assert.True(t, ok)
			if name := native.Header.Get("X-User"); name != "" {
				return sc.SetAuth(core.NewAuth(core.AuthData{UserID: name}))
			}
			return nil
		}))
	require.NoError(t, err)
	return bunsec.New(chain)
}

// TestHandler has a guarded handler that returns an error. Middleware outside gets it, and sees no identity. A refusal is not an
// error: it has been sent.
func TestHandler(t *testing.T) {
	failed := errors.New("of the handler")
	var got error
	outside := bunrouter.Use(func(next bunrouter.HandlerFunc) bunrouter.HandlerFunc {
		return func(w http.ResponseWriter, req bunrouter.Request) error {
			got = next(w, req)
			_, ok := bunsec.Auth(req)
			assert.False(t, ok)
			return got
		}
	})
	inside := ""
	router := bunrouter.New(outside)
	router.GET("/hello/:name", newSecurity(t).Secured(func(_ http.ResponseWriter, req bunrouter.Request) error {
		auth, _ := bunsec.Auth(req)
		inside = auth.UserID() + " " + req.Param("name") + " " + req.Route()
		return failed
	}))
	for user, want := range map[string]error{"ann": failed, "": nil} {
		inside = ""
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/hello/you", nil)
		r.Header.Set("X-User", user)
		router.ServeHTTP(w, r)
		assert.Equal(t, want, got)
		assert.Equal(t, map[string]string{"ann": "ann you /hello/:name"}[user], inside)
		assert.Equal(t, map[string]int{"ann": 200, "": 401}[user], w.Code)
	}
	assert.Panics(t, func() { newSecurity(t).Secured(nil) })
	assert.Panics(t, func() { bunsec.New(nil) })
}

// TestUseReturnsAGroup states what the package comment says of bunrouter.
func TestUseReturnsAGroup(t *testing.T) {
	h := func(http.ResponseWriter, bunrouter.Request) error { return nil }
	router := bunrouter.New()
	group := router.Use(newSecurity(t).Middleware)
	router.GET("/open", h)
	group.GET("/guarded", h)
	whole := bunrouter.New(bunrouter.Use(newSecurity(t).Middleware))
	whole.GET("/guarded", h)
	for _, c := range []struct {
		router *bunrouter.Router
		path   string
		code   int
	}{{router, "/open", 200}, {router, "/guarded", 401}, {router, "/none", 404}, {whole, "/guarded", 401}, {whole, "/none", 401}} {
		w := httptest.NewRecorder()
		c.router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.path, nil))
		assert.Equal(t, c.code, w.Code, c.path)
	}
}
