package fibersec_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

func wire(user string) *fasthttp.RequestCtx {
	ctx := &fasthttp.RequestCtx{}
	ctx.Request.Header.SetMethod("GET")
	ctx.Request.SetRequestURI("/x")
	ctx.Request.Header.Set("X-User", user)
	return ctx
}

// givenUp runs a handler whose request is given up when the handler calls giveUp, as behind Fiber's timeout.New. If reused, Fiber
// then uses the context for bob's request. givenUp returns the context of that request. Nothing may be written to that of ann's
// request either: the server of fasthttp may be sending it, or use it for a request of another client.
func givenUp(t *testing.T, reused bool, handler func(giveUp func()) fiber.Handler) *fasthttp.RequestCtx {
	t.Helper()
	app, bob := fiber.New(), wire("bob")
	for range 1000 { // the pool may give out another context
		sent := wire("ann")
		ann, same := app.AcquireCtx(sent), !reused
		err := handler(func() {
			app.ReleaseCtx(ann)
			if reused {
				same = app.AcquireCtx(bob) == ann
			}
		})(ann)
		require.ErrorContains(t, err, "given up")
		assert.Empty(t, sent.Response.Header.Peek("X-Late"))
		assert.Empty(t, sent.Response.Header.Peek("Cache-Control"))
		assert.Equal(t, http.StatusOK, sent.Response.StatusCode())
		assert.Empty(t, sent.Response.Body())
		if same {
			return bob
		}
	}
	t.Fatal("Fiber does not use its contexts again")
	return nil
}

// TestRequestGivenUpWhileTheChainRuns has a slow provider, and a request that is given up meanwhile.
func TestRequestGivenUpWhileTheChainRuns(t *testing.T) {
	for name, late := range map[string]func(core.Response) error{
		"passes": func(core.Response) error { return nil },
		"refuses": func(res core.Response) error {
			res.SetHeader("X-Late", "ann")
			res.AddHeader("X-Late", "ann")
			return core.Forbidden("not for ann")
		},
		"answers": func(res core.Response) error { return res.Send(http.StatusTeapot, []byte("for ann")) },
	} {
		for state, reused := range map[string]bool{"the context serves nobody": false, "the context serves bob": true} {
			t.Run(name+", "+state, func(t *testing.T) {
				bob := givenUp(t, reused, func(giveUp func()) fiber.Handler {
					slow := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, _ core.Request, res core.Response) error {
						giveUp()
						return late(res)
					})
					return newSecurity(t, slow).Secured(func(fiber.Ctx) error {
						t.Error("the handler runs")
						return nil
					})
				})
				assert.Equal(t, http.StatusOK, bob.Response.StatusCode())
				assert.Empty(t, bob.Response.Header.Peek("X-Late"))
				assert.Empty(t, bob.Response.Header.Peek("Cache-Control"))
				assert.Empty(t, bob.Response.Body())
			})
		}
	}
}

// TestRequestGivenUpWhileItsHandlerRuns has a handler of net/http that answers too late.
func TestRequestGivenUpWhileItsHandlerRuns(t *testing.T) {
	for name, flush := range map[string]bool{"at once": false, "in parts": true} {
		t.Run(name, func(t *testing.T) {
			told := make(chan bool, 1)
			bob := givenUp(t, true, func(giveUp func()) fiber.Handler {
				return fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					giveUp()
					w.Header().Set("X-Late", "ann")
					_, err := io.WriteString(w, "for ann")
					if flush {
						w.(http.Flusher).Flush()
						_, err = io.WriteString(w, "for ann")
					}
					select {
					case <-told: // of a try before, for which the pool gave out another context
					default:
					}
					told <- err != nil
				}))
			})
			assert.Equal(t, flush, <-told, "it is told where it goes on")
			assert.Empty(t, bob.Response.Header.Peek("X-Late"))
			assert.Empty(t, bob.Response.Body())
		})
	}
}

// TestSetHeaderReplacesAllLines has fields of which Set of fasthttp replaces only the first line, or the cookie of the same name.
func TestSetHeaderReplacesAllLines(t *testing.T) {
	for name, field := range map[string]string{"any": "X-Any", "cookies": "Set-Cookie", "of the framework": "Cache-Control", "type": "Content-Type"} {
		t.Run(name, func(t *testing.T) {
			sets := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, _ core.Request, res core.Response) error {
				res.AddHeader(field, "b=1")
				res.SetHeader(field, "c=2")
				return res.Send(http.StatusTeapot, nil)
			})
			app := fiber.New()
			app.Use(func(c fiber.Ctx) error {
				c.Response().Header.Add(field, "a=1")
				c.Response().Header.Add(field, "a=2")
				return c.Next()
			}, newSecurity(t, sets).Middleware)
			res, _ := do(t, app, request("GET", "/x", ""))
			assert.Equal(t, []string{"c=2"}, res.Header.Values(field))
		})
	}
}
