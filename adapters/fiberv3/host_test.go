package fibersec_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/valyala/fasthttp"

	"github.com/microkubes/microkubes-go/core"
)

// TestHostIsAsOnNetHTTP sends requests that servers read in different ways. The expected status and host are those of a server
// of net/http.
func TestHostIsAsOnNetHTTP(t *testing.T) {
	tells := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, res core.Response) error {
		return res.Send(http.StatusOK, []byte(r.Host()))
	})
	servers := onBoth(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	app := fiber.New(fiber.Config{})
	app.Use(newSecurity(t, tells).Middleware)
	servers["chain"] = prepared(t, app)
	for name, c := range map[string]struct {
		request string // but for the end
		status  int
	}{
		"a name":                    {"GET / HTTP/1.1\r\nHost: a.test\r\n", 200},
		"capitals, and a port":      {"GET / HTTP/1.1\r\nHost: A.Test:8080\r\n", 200},
		"an address":                {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n", 200},
		"two":                       {"GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n", 400},
		"the same twice":            {"GET / HTTP/1.1\r\nHost: a.test\r\nhOST: a.test\r\n", 400},
		"an empty one behind":       {"GET / HTTP/1.1\r\nHost: a.test\r\nHost:\r\n", 400},
		"none":                      {"GET / HTTP/1.1\r\nX-A: b\r\n", 400},
		"no field at all":           {"GET / HTTP/1.1\r\n", 400},
		"none in HTTP/1.0":          {"GET / HTTP/1.0\r\nX-A: b\r\n", 200},
		"two in HTTP/1.0":           {"GET / HTTP/1.0\r\nHost: a.test\r\nHost: b.test\r\n", 400},
		"with a user":               {"GET / HTTP/1.1\r\nHost: a@b.test\r\n", 400},
		"with a path":               {"GET / HTTP/1.1\r\nHost: a.test/b\r\n", 400},
		"not ASCII":                 {"GET / HTTP/1.1\r\nHost: \xc3\xa4.test\r\n", 400},
		"with quotes":               {"GET / HTTP/1.1\r\nHost: \"a\"\r\n", 400},
		"absolute target":           {"GET http://B.test:81/ HTTP/1.1\r\nHost: a.test\r\n", 200},
		"absolute target, a user":   {"GET http://a:b@B.test/?c@d HTTP/1.1\r\nHost: a.test\r\n", 200},
		"absolute target, no host":  {"GET http:///x HTTP/1.1\r\nHost: a.test\r\n", 200},
		"absolute target, bad port": {"GET http://b.test:x/ HTTP/1.1\r\nHost: a.test\r\n", 400},
		"absolute target, two":      {"GET http://b.test/ HTTP/1.1\r\nHost: b.test\r\nHost: b.test\r\n", 400},
		"absolute target, none":     {"GET http://b.test/ HTTP/1.1\r\nX-A: b\r\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			want, host := parse(t, exchange(t, servers["net/http"], c.request+"\r\n"), "GET")
			assert.Equal(t, c.status, want.StatusCode)
			for server, addr := range servers {
				got, body := parse(t, exchange(t, addr, c.request+"\r\n"), "GET")
				assert.Equal(t, c.status, got.StatusCode, server)
				if c.status == http.StatusOK {
					assert.Equal(t, host, body, server)
				}
			}
		})
	}
}

// TestHostOfMiddleware has middleware that replaces the host that was sent.
func TestHostOfMiddleware(t *testing.T) {
	tells := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, res core.Response) error {
		return res.Send(http.StatusOK, []byte(r.Host()))
	})
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error { c.Request().SetHost("other.test"); return c.Next() }, newSecurity(t, tells).Middleware)
	_, body := do(t, app, request("GET", "/x", ""))
	assert.Equal(t, "other.test", body)
}

// TestRequestThatWasNotSent has requests that were made by hand: without a connection, and without field lines.
func TestRequestThatWasNotSent(t *testing.T) {
	app := fiber.New()
	app.Use(newSecurity(t).Middleware)
	app.Get("/x", ok)
	bare, made := wire("ann"), &fasthttp.RequestCtx{}
	named := &wire("ann").Request
	named.Header.SetHost("a.test")
	made.Init(named, nil, nil)
	for _, ctx := range []*fasthttp.RequestCtx{bare, made} {
		app.Handler()(ctx)
		assert.Equal(t, http.StatusOK, ctx.Response.StatusCode())
	}
}

// TestEmptyHost has a request that net/http serves. fasthttp serves it too, and since 1.70 refuses it.
func TestEmptyHost(t *testing.T) {
	const sent = "GET / HTTP/1.1\r\nHost:\r\nX-User: ann\r\n\r\n"
	tells := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, res core.Response) error {
		return res.Send(http.StatusOK, []byte("host: "+r.Host()))
	})
	bare, app := fiber.New(), fiber.New()
	bare.Use(func(c fiber.Ctx) error { return c.SendString("host: " + c.Host()) })
	app.Use(newSecurity(t, tells).Middleware)
	want, host := parse(t, exchange(t, prepared(t, bare), sent), "GET")
	got, body := parse(t, exchange(t, prepared(t, app), sent), "GET")
	assert.Equal(t, want.StatusCode, got.StatusCode)
	assert.Equal(t, host, body)
	if want.StatusCode == http.StatusOK {
		assert.Equal(t, "host: ", body)
	}
}
