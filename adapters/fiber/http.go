package fibersec

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/microkubes/microkubes-go/adapters/fiber/internal/mount"
)

// HTTPHandler mounts a handler of net/http, which finds the identity in the context of its request. Fiber's own adaptor
// loses it, as it loses whatever else c.UserContext() has:
//
//	app.All("/files/*", sec.Secured(fibersec.HTTPHandler(files)))
//
// The request is a copy that the handler may keep. It has the fields that the chain has seen, the trailers apart, the method
// and the path that Fiber's router went by, and c.UserContext() as its context. Temporary files of its form are removed
// when the handler ends. A multipart body that fasthttp has parsed already is encoded anew, with other bytes.
//
// An answer is sent when the handler returns, or from its first Flush on as it is written; from then on the body of the
// request cannot be read. A panic is the caller's as in any other handler of Fiber. After a Flush it is logged; the
// connection is closed, as it is at [http.ErrAbortHandler]. The [http.ResponseWriter] has no Hijacker, deadlines, trailers
// and informational (1xx) answers.
func HTTPHandler(h http.Handler) fiber.Handler {
	if f, ok := h.(http.HandlerFunc); h == nil || ok && f == nil {
		panic("fibersec: the handler is nil")
	}
	return mount.Handler(h, method)
}
