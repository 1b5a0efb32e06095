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

// abandoned is the configuration of a timeout that ends at once.
var abandoned = timeout.Config{Timeout: time.Millisecond}

// TestNoHandlerRunsAfterTheTimeout has a provider that decides when the client has the answer of Fiber's timeout.New.
func TestNoHandlerRunsAfterTheTimeout(t *testing.T) {
	answered, ended := make(chan struct{}), make(chan error, 1)
	late := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		<-answered
		return nil
	})
	var ran atomic.Int32
	handler := newSecurity(t, late).Secured(func(fiber.Ctx) error { ran.Add(1); return nil })
	app := fiber.New()
	app.Get("/late", timeout.New(func(c fiber.Ctx) error {
		err := handler(c)
		ended <- err
		return err
	}, abandoned))
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
// while the guard has returned and the next request of the connection is served.
func TestHandlerKeepsItsIdentityAfterTheTimeout(t *testing.T) {
	served, done := make(chan struct{}), make(chan string, 1)
	app := fiber.New()
	app.Get("/late", newSecurity(t).Secured(timeout.New(func(c fiber.Ctx) error {
		<-c.Context().Done()
		seen := ""
		for over := false; !over; {
			select {
			case <-served:
				over = true
			default:
			}
			auth, _ := fibersec.Auth(c)
			if seen = auth.Username(); seen != "ann" {
				break
			}
		}
		done <- seen
		return nil
	}, abandoned)))
	app.Get("/x", newSecurity(t).Secured(name))
	c := newClient(t, app)
	status, _ := c.get("/late", "ann")
	assert.Equal(t, http.StatusRequestTimeout, status)
	for range 100 {
		_, body := c.get("/x", "bob")
		assert.Equal(t, "bob", body)
	}
	close(served)
	assert.Equal(t, "ann", <-done)
}

// TestHTTPHandlerAfterTheTimeout has a handler of net/http that answers when the client has the answer of Fiber's timeout.New.
func TestHTTPHandlerAfterTheTimeout(t *testing.T) {
	answered, ended := make(chan struct{}), make(chan error, 1)
	mounted := newSecurity(t).Secured(fibersec.HTTPHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-answered
		_, _ = io.WriteString(w, "for ann")
	})))
	app := fiber.New()
	app.Get("/late", timeout.New(func(c fiber.Ctx) error {
		err := mounted(c)
		ended <- err
		return err
	}, abandoned))
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
	enough := timeout.Config{Timeout: time.Minute}
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
