package httpseam_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// byName authenticates a request by the name in its X-User field.
var byName = core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, r core.Request, _ core.Response) error {
	if name, n := r.Header("X-User"); n == 1 {
		return sc.SetAuth(core.NewAuth(core.AuthData{Username: name}))
	}
	return nil
})

func newChain(t *testing.T, providers ...core.Provider) *core.SecurityChain {
	t.Helper()
	chain, err := core.NewSecurityChain(append(providers, byName)...)
	require.NoError(t, err)
	return chain.WithLogger(slog.New(slog.DiscardHandler))
}

func from(user string) *at {
	r := httptest.NewRequest(http.MethodGet, "/x", nil)
	if user != "" {
		r.Header.Set("X-User", user)
	}
	return &at{r, httptest.NewRecorder()}
}

func nameOf(ctx context.Context) string {
	auth, _ := core.AuthFrom(ctx)
	return auth.Username()
}

func TestGuard(t *testing.T) {
	var kept *httpseam.Exchange
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		kept, _ = core.RequestAs[*httpseam.Exchange](r)
		assert.IsType(t, new(at), kept.Context)
		return nil
	})
	chain := newChain(t, look)

	ann := from("ann")
	type key struct{}
	ann.r = ann.r.WithContext(context.WithValue(t.Context(), key{}, "of middleware"))
	ctx, ok := httpseam.Guard(chain, ann)
	assert.True(t, ok)
	assert.Equal(t, "ann", nameOf(ctx))
	assert.Equal(t, "of middleware", ctx.Value(key{}), "the context of the request goes in")
	assert.Empty(t, nameOf(ann.r.Context()))
	assert.Empty(t, ann.w.Header())
	assert.Equal(t, httpseam.Exchange{}, *kept, "nothing is left for the next request")

	nobody, next := from(""), from("")
	_, ok = httpseam.Guard(chain, nobody)
	assert.False(t, ok)
	assert.Equal(t, httpseam.Exchange{}, *kept, "the headers that were set included")
	answered := nobody.w.Header().Clone()
	_, ok = httpseam.Guard(chain, next)
	assert.False(t, ok)
	assert.Equal(t, 401, nobody.w.(*httptest.ResponseRecorder).Code)
	assert.Equal(t, "no-store", nobody.w.Header().Get("Cache-Control"))
	assert.Equal(t, answered, nobody.w.Header())
}

// TestServe looks at the framework's context inside and outside of the guarded call.
func TestServe(t *testing.T) {
	for name, do := range map[string]func(c *at){
		"returns":        func(*at) {},
		"sets a request": func(c *at) { c.r = c.r.WithContext(context.WithValue(c.r.Context(), contextKey{}, "inner")) },
		"sets another":   func(c *at) { c.r = from("bob").r },
		"panics":         func(*at) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			c := from("ann")
			before := c.r
			ctx, ok := httpseam.Guard(newChain(t), c)
			require.True(t, ok)
			inside := ""
			serve := func() {
				httpseam.Serve(ctx, c.r, c, func() {
					inside = nameOf(c.r.Context())
					c.r.Pattern = "/{x}"
					do(c)
				})
			}
			if name == "panics" {
				assert.PanicsWithValue(t, http.ErrAbortHandler, serve, "the panic is passed on unchanged")
			} else {
				serve()
			}
			assert.Equal(t, "ann", inside)
			assert.Same(t, before, c.r, "c has its earlier request")
			assert.Equal(t, "/{x}", c.r.Pattern, "what the server needs is carried back")
		})
	}
}

// TestServeGivenUp has a handler that outlives its request. If the framework has given the context to another request meanwhile,
// that request stays there. Otherwise the context shows no identity.
func TestServeGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		then  func(c, next *at)
		keeps bool // what then has set
	}{
		"emptied":                      {func(c, _ *at) { c.r = nil }, true},
		"not used again":               {func(*at, *at) {}, false},
		"the handler sets a request":   {func(c, _ *at) { c.r = c.r.WithContext(context.WithoutCancel(c.r.Context())) }, false},
		"used again":                   {func(c, next *at) { c.r = next.r }, true},
		"used again, behind the chain": {func(c, next *at) { serveAgain(t, c, next) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			ann, bob := from("ann"), from("bob")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			first := ann.r.WithContext(ctx)
			ann.r = first
			guarded, ok := httpseam.Guard(newChain(t), ann)
			require.True(t, ok)
			var set *http.Request
			httpseam.Serve(guarded, ann.r, ann, func() {
				cancel()
				c.then(ann, bob)
				set = ann.r
			})
			if c.keeps {
				assert.NotSame(t, first, ann.r)
				assert.Same(t, set, ann.r)
			} else {
				assert.Same(t, first, ann.r)
			}
		})
	}
}

// ending is a context that ends when it is asked, and calls then at that moment.
type ending struct {
	context.Context
	then func()
}

func (e *ending) Err() error { e.then(); return context.Canceled }

// TestServeGivenUpAtTheEnd has a framework that uses its context again while Serve is about to give it its earlier request.
func TestServeGivenUpAtTheEnd(t *testing.T) {
	ann, bob := from("ann"), from("bob")
	next := bob.r
	ann.r = ann.r.WithContext(&ending{t.Context(), func() { ann.r = next }})
	guarded, ok := httpseam.Guard(newChain(t), ann)
	require.True(t, ok)
	httpseam.Serve(guarded, ann.r, ann, func() {})
	assert.Same(t, next, ann.r)
}

// serveAgain gives c the next request, which has passed a chain of its own and is in its handler.
func serveAgain(t *testing.T, c, next *at) {
	ctx, ok := httpseam.Guard(newChain(t), next)
	require.True(t, ok)
	c.r = next.r.WithContext(ctx)
}
