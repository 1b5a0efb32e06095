package fibersec_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/timeout"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
	"github.com/microkubes/microkubes-go/core"
)

// client sends requests on one connection.
type client struct {
	t    *testing.T
	conn io.Writer
	in   *bufio.Reader
}

func newClient(t *testing.T, app *fiber.App) *client {
	conn := dial(t, prepared(t, app))
	return &client{t, conn, bufio.NewReader(conn)}
}

func (c *client) get(path, user string) (int, string) {
	c.t.Helper()
	_, err := fmt.Fprintf(c.conn, "GET %s HTTP/1.1\r\nHost: a\r\nX-User: %s\r\n\r\n", path, user)
	require.NoError(c.t, err)
	res, err := http.ReadResponse(c.in, nil)
	require.NoError(c.t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	_ = res.Body.Close()
	return res.StatusCode, string(body)
}

func name(c fiber.Ctx) error {
	auth, _ := fibersec.Auth(c)
	return c.SendString(auth.Username())
}

// timed returns middleware for the front of Fiber's timeout.New. When giveUp is called, the time of the request is over. The test
// chooses that moment because Fiber before 3.4 uses the response then, even if the handler uses it at the same time.
func timed(t *testing.T) (front fiber.Handler, giveUp func()) {
	ctx, cancel := context.WithCancel(t.Context())
	return func(c fiber.Ctx) error { c.SetContext(ctx); return c.Next() }, cancel
}

// enough is the configuration of a timeout that does not end by itself.
var enough = timeout.Config{Timeout: time.Minute}

// TestNoHandlerRunsAfterTheTimeout has a provider that decides when the client has the answer of Fiber's timeout.New.
func TestNoHandlerRunsAfterTheTimeout(t *testing.T) {
	answered, ended := make(chan struct{}), make(chan error, 1)
	front, giveUp := timed(t)
	late := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		giveUp()
		<-answered
		return nil
	})
	var ran atomic.Int32
	handler := newSecurity(t, late).Secured(func(fiber.Ctx) error { ran.Add(1); return nil })
	app := fiber.New()
	app.Get("/late", front, timeout.New(func(c fiber.Ctx) error {
		err := handler(c)
		ended <- err
		return err
	}, enough))
	app.Get("/x", newSecurity(t).Secured(name))
	c := newClient(t, app)
	status, _ := c.get("/late", "ann")
	assert.Equal(t, http.StatusRequestTimeout, status)
	close(answered)
	assert.ErrorContains(t, <-ended, "given up")
	assert.Zero(t, ran.Load())
	_, body := c.get("/x", "bob")
	assert.Equal(t, "bob", body)
}

// TestHandlerKeepsItsIdentityAfterTheTimeout has a guard around Fiber's timeout.New. The handler goes on, and reads the identity
// while the guard has returned and the next requests of the connection are served.
func TestHandlerKeepsItsIdentityAfterTheTimeout(t *testing.T) {
	look, done := make(chan struct{}), make(chan string, 1)
	front, giveUp := timed(t)
	app := fiber.New()
	app.Get("/late", front, newSecurity(t).Secured(timeout.New(func(c fiber.Ctx) error {
		giveUp()
		seen := "ann"
		for range look {
			if auth, _ := fibersec.Auth(c); seen == "ann" {
				seen = auth.Username()
			}
		}
		done <- seen
		return nil
	}, enough)))
	app.Get("/x", newSecurity(t).Secured(name))
	c := newClient(t, app)
	status, _ := c.get("/late", "ann")
	assert.Equal(t, http.StatusRequestTimeout, status)
	for range 100 {
		look <- struct{}{} // while the next request is served
		_, body := c.get("/x", "bob")
		assert.Equal(t, "bob", body)
	}
	close(look)
	assert.Equal(t, "ann", <-done)
}

// TestHTTPHandlerAfterTheTimeout has a handler of net/http that answers when the client has the answer of Fiber's timeout.New.
func TestHTTPHandlerAfterTheTimeout(t *testing.T) {
	answered, ended := make(chan struct{}), make(chan error, 1)
	front, giveUp := timed(t)
	mounted := newSecurity(t).Secured(fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		giveUp()
		<-answered
		_, _ = io.WriteString(w, "for ann")
	})))
	app := fiber.New()
	app.Get("/late", front, timeout.New(func(c fiber.Ctx) error {
		err := mounted(c)
		ended <- err
		return err
	}, enough))
	app.Get("/x", newSecurity(t).Secured(name))
	c := newClient(t, app)
	status, body := c.get("/late", "ann")
	assert.Equal(t, http.StatusRequestTimeout, status)
	assert.NotContains(t, body, "ann")
	close(answered)
	assert.ErrorContains(t, <-ended, "given up")
	_, body = c.get("/x", "bob")
	assert.Equal(t, "bob", body)
}

// TestTimeoutThatIsKept has handlers that are in time, behind the guard and in front of it.
func TestTimeoutThatIsKept(t *testing.T) {
	app := fiber.New()
	app.Get("/inner", newSecurity(t).Secured(timeout.New(name, enough)))
	app.Get("/outer", timeout.New(newSecurity(t).Secured(name), enough))
	for _, path := range []string{"/inner", "/outer"} {
		_, body := do(t, app, request("GET", path, "ann"))
		assert.Equal(t, "ann", body, path)
		res, _ := do(t, app, request("GET", path, ""))
		assert.Equal(t, 401, res.StatusCode, path)
	}
}
