package fibersec_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// TestFibersOwnMountsSeeNobody has handlers of net/http and of fasthttp that Fiber converts itself, behind a guard, and two callers
// on one connection.
func TestFibersOwnMountsSeeNobody(t *testing.T) {
	plain := func(w http.ResponseWriter, r *http.Request) {
		auth, ok := core.AuthFrom(r.Context())
		_, _ = fmt.Fprint(w, "sees ", auth.Username(), ok)
	}
	sec := newSecurity(t)
	app := fiber.New()
	app.Get("/func", sec.Middleware, plain)
	app.Get("/handler", sec.Middleware, http.HandlerFunc(plain))
	app.Get("/adaptor", sec.Secured(adaptor.HTTPHandler(http.HandlerFunc(plain))))
	app.Get("/fasthttp", sec.Middleware, fasthttp.RequestHandler(func(ctx *fasthttp.RequestCtx) {
		auth, ok := core.AuthFrom(ctx)
		_, _ = fmt.Fprint(ctx, "sees ", auth.Username(), ok)
	}))
	app.Get("/middleware", sec.Middleware, adaptor.HTTPMiddleware(func(next http.Handler) http.Handler { return next }),
		func(c fiber.Ctx) error {
			auth, ok := core.AuthFrom(c.RequestCtx())
			return c.SendString(fmt.Sprint("sees ", auth.Username(), ok))
		})
	app.Get("/c", sec.Secured(func(c fiber.Ctx) error {
		auth, ok := core.AuthFrom(c)
		return c.SendString(fmt.Sprint("sees ", auth.Username(), ok))
	}))
	app.Get("/ours", sec.Middleware, fibersec.HTTPHandler(http.HandlerFunc(plain)))
	c := newClient(t, app)
	for _, user := range []string{"ann", "bob", "ann"} {
		for _, path := range []string{"/func", "/handler", "/adaptor", "/fasthttp", "/middleware", "/c"} {
			_, body := c.get(path, user)
			assert.Equal(t, "sees false", body, path)
		}
		_, body := c.get("/ours", user)
		assert.Equal(t, "sees "+user+"true", body)
	}
}

// TestKeptContextSeesNobody keeps c, which is a context.Context itself, and reads it while Fiber uses it for the next request.
// Requests are sent until that has occurred often enough: Fiber takes its contexts from a pool, which may give out another one.
func TestKeptContextSeesNobody(t *testing.T) {
	var kept fiber.Ctx
	reused := 0
	app := fiber.New()
	app.Get("/x", newSecurity(t).Secured(func(c fiber.Ctx) error {
		if kept == c {
			reused++
		}
		if kept != nil {
			for _, ctx := range []context.Context{kept, context.WithValue(kept, key{}, 1)} {
				auth, found := core.AuthFrom(ctx)
				assert.False(t, found, "%s", auth.Username())
			}
		}
		kept = c
		return name(c)
	}))
	c := newClient(t, app)
	for i := 0; i < 100 || reused < 10; i++ {
		require.Less(t, i, 10_000, "Fiber does not use its contexts again")
		user := fmt.Sprint("user", i)
		_, body := c.get("/x", user)
		assert.Equal(t, user, body)
	}
}

// TestUserValuesHoldNoIdentity looks at everything that fasthttp has of a guarded request: the context that c.Context() returns,
// under a key of Fiber's own, and nothing of package core.
func TestUserValuesHoldNoIdentity(t *testing.T) {
	app := fiber.New()
	app.Get("/x", newSecurity(t).Secured(func(c fiber.Ctx) error {
		var keys []string
		c.RequestCtx().VisitUserValuesAll(func(key, _ any) { keys = append(keys, fmt.Sprintf("%T", key)) })
		return c.SendString(strings.Join(keys, " "))
	}))
	_, body := do(t, app, request("GET", "/x", "ann"))
	assert.Equal(t, "fiber.contextKey", body)
}

// TestHTTPMiddlewareInFront has middleware of net/http in front of a chain. It writes the request again: no line may get lost.
func TestHTTPMiddlewareInFront(t *testing.T) {
	find := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, r core.Request, _ core.Response) error {
		token, err := core.Cookie(r, "token")
		if err != nil || token == "" {
			return err
		}
		return sc.SetAuth(core.NewAuth(core.AuthData{Username: token}))
	})
	chain, err := core.NewSecurityChain(find)
	require.NoError(t, err)
	app := fiber.New()
	app.Use(adaptor.HTTPMiddleware(func(next http.Handler) http.Handler { return next }))
	app.Use(fibersec.New(chain).Middleware, name)
	addr := prepared(t, app)
	for _, c := range []struct{ sent, status, body string }{
		{"Cookie: token=ann; a=b\r\n", "200", "ann"},
		{"Cookie: a=b\r\nCookie: token=ann\r\n", "200", "ann"},
		{"Cookie: token=ann\r\nCookie: token=bob\r\n", "400", ""},
		{"Cookie: token=ann; token=bob\r\n", "400", ""},
		{"Cookie: a=b\r\n", "401", ""},
	} {
		answer := exchange(t, addr, "GET /x HTTP/1.1\r\nHost: a\r\n"+c.sent+"\r\n")
		assert.Contains(t, answer, "HTTP/1.1 "+c.status+" ", "%+v", c)
		assert.True(t, strings.HasSuffix(answer, c.body), "%+v", c)
	}
}
