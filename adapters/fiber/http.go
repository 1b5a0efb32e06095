package fibersec

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"github.com/microkubes/microkubes-go/adapters/fiber/internal/fields"
	"github.com/microkubes/microkubes-go/adapters/fiber/internal/mount"
)

// HTTPHandler mounts a handler of net/http, which finds the identity in the context of its request. Fiber's own adaptor
// loses it, as it loses whatever else c.UserContext() has:
//
//	app.All("/files/*", sec.Secured(fibersec.HTTPHandler(files)))
//
// The request is a copy that the handler may keep. It has the fields that the chain has seen, the trailers apart, the method
// and the path that Fiber's router went by, and c.UserContext() as its context.
//
// An answer is sent when the handler returns. It is sent as it is written from the first Flush on, or from 256 KiB on unless the
// body of the request is a stream that has not been read to its end. What differs from a server of net/http:
//
//   - From the first Flush on the body of the request cannot be read, where Fiber streams it.
//   - Flush ends the answer to HEAD: what is written then is an error.
//   - A panic is the caller's, as in any other handler of Fiber. One in an answer that is on its way is logged, and the
//     connection closed, as it is at [http.ErrAbortHandler].
//   - An answer that is shorter than its Content-Length may be cut off from its first byte on.
//   - The [http.ResponseWriter] has no Hijacker, deadlines, full duplex, trailers and informational (1xx) answers.
//   - The context does not end when the client goes away, and a handler that is waiting does not learn of it.
//   - Temporary files of the form are removed when the handler ends. A multipart body that fasthttp has parsed already is
//     encoded anew, with other bytes.
//   - Middleware in front sees the body of an answer that is on its way as a stream.
func HTTPHandler(h http.Handler) fiber.Handler {
	if f, ok := h.(http.HandlerFunc); h == nil || ok && f == nil {
		panic("fibersec: the handler is nil")
	}
	return mount.Handler(h, fields.Method)
}
