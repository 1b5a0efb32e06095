package fibersec_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/assert"

	fibersec "github.com/microkubes/microkubes-go/adapters/fiberv3"
)

// TestBadAbsoluteForm sends targets in absolute form whose scheme or authority is not one. A server of net/http refuses them.
func TestBadAbsoluteForm(t *testing.T) {
	app := fiber.New()
	app.Get("/x", newSecurity(t).Secured(ok))
	addr := prepared(t, app)
	for target, status := range map[string]string{
		"http://h/x": "200", "http://h:80/x": "200", "http://h:x/x": "400", "http://[h/x": "400", "http://h:80:80/x": "400",
		"1http://h/x": "400", "://h/x": "400", "ht_tp://h/x": "400",
	} {
		answer := exchange(t, addr, "GET "+target+" HTTP/1.1\r\nHost: h\r\nX-User: ann\r\nConnection: close\r\n\r\n")
		assert.Regexp(t, "^HTTP/1.1 "+status+" ", answer, target)
	}
}

// TestHeaderOfMiddlewareWithoutChunks has middleware that sets the user, on a request that names a transfer coding and has no
// chunks: the field cannot be a trailer.
func TestHeaderOfMiddlewareWithoutChunks(t *testing.T) {
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error {
		c.Request().Header.Set("X-User", "ann")
		return c.Next()
	}, newSecurity(t).Middleware)
	app.Get("/x", ok)
	answer := exchange(t, prepared(t, app),
		"GET /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\nConnection: close\r\n\r\n")
	assert.Regexp(t, "^HTTP/1.1 200 ", answer)
}

// TestKeptRequestHasItsPath has middleware that rewrites the path, and a handler of net/http that keeps its request. Fiber uses the
// memory of the path for the next request.
func TestKeptRequestHasItsPath(t *testing.T) {
	var kept []*http.Request
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error {
		c.Path("/of/" + c.Get("X-User"))
		return c.Next()
	}, newSecurity(t).Middleware)
	app.Get("/of/:user", fibersec.HTTPHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		kept = append(kept, r)
	})))
	addr := prepared(t, app)
	users := []string{"ann", "bob", "eve"}
	for _, user := range users {
		exchange(t, addr, "GET /x HTTP/1.1\r\nHost: h\r\nX-User: "+user+"\r\nConnection: close\r\n\r\n")
	}
	for i, user := range users {
		assert.Equal(t, "/of/"+user, kept[i].URL.Path)
	}
}

// TestKeptStreamIsClosed has a handler of net/http that keeps the body of its request, which Fiber streams. After the handler has
// returned, the stream belongs to the server.
func TestKeptStreamIsClosed(t *testing.T) {
	kept := make(chan io.Reader, 1)
	app := fiber.New(fiber.Config{StreamRequestBody: true})
	app.Post("/x", newSecurity(t).Secured(fibersec.HTTPHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		kept <- r.Body
	}))))
	exchange(t, prepared(t, app), "POST /x HTTP/1.1\r\nHost: h\r\nX-User: ann\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody")
	_, err := (<-kept).Read(make([]byte, 4))
	assert.ErrorIs(t, err, http.ErrBodyReadAfterClose)
}
