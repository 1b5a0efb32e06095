package fibersec_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// onBoth serves a handler on net/http and on Fiber, with and without the streaming of request bodies.
func onBoth(t *testing.T, h http.HandlerFunc) map[string]net.Addr {
	t.Helper()
	model := httptest.NewServer(h)
	t.Cleanup(model.Close)
	servers := map[string]net.Addr{"net/http": model.Listener.Addr()}
	for _, streams := range []bool{false, true} {
		app := fiber.New(fiber.Config{StreamRequestBody: streams})
		app.Use(fibersec.HTTPHandler(h))
		servers[fmt.Sprint("fiber, streams ", streams)] = prepared(t, app)
	}
	return servers
}

func parse(t *testing.T, answer, method string) (*http.Response, string) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), &http.Request{Method: method})
	require.NoError(t, err, answer)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	_ = res.Body.Close()
	return res, string(body)
}

func TestHTTPHandlerHasTheContext(t *testing.T) {
	var body string
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error {
		c.Set("X-Front", "1")
		c.Set("Vary", "Origin")
		c.Set("X-Changed", "1")
		return c.Next()
	}, newSecurity(t).Middleware, func(c fiber.Ctx) error {
		ctx := c.Context()
		if c.Query("rewrite") != "" {
			c.Path("/new%2Fone")
			c.Method("PUT")
			c.Request().Header.Set("X-User", "eve")
		}
		return fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, ctx, r.Context())
			auth, _ := core.AuthFrom(r.Context())
			w.Header().Add("Vary", "Accept")
			w.Header().Set("X-Changed", w.Header().Get("X-Changed")+"2")
			body = fmt.Sprint(auth.Username(), r.Method, r.URL, r.URL.Path, r.RequestURI, r.Header["X-User"])
		}))(c)
	})
	res, _ := do(t, app, request("GET", "/x?y=z", "ann"))
	assert.Equal(t, "annGET/x?y=z/x/x?y=z[ann]", body)
	assert.Equal(t, []string{"Origin", "Accept"}, res.Header["Vary"])
	assert.Equal(t, []string{"12"}, res.Header["X-Changed"])
	assert.Equal(t, []string{"1"}, res.Header["X-Front"])
	do(t, app, request("GET", "/x?rewrite=1", "ann"))
	assert.Equal(t, "annPUT/new%2Fone?rewrite=1/new/one/x?rewrite=1[eve]", body, "as the router has it")
	assert.Panics(t, func() { fibersec.HTTPHandler(nil) })
	assert.Panics(t, func() { fibersec.HTTPHandler(http.HandlerFunc(nil)) })
}
