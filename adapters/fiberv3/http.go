package fibersec

import (
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/log"

	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/mount"
	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/serving"
	"github.com/microkubes/microkubes-go/adapters/internal/fasthttpseam/unparsable"
)

// HTTPHandler mounts h, a handler of net/http, which finds the identity in the context of its request. Fiber's own adaptor loses
// the identity, and everything else that c.Context() has. HTTPHandler panics if h is nil.
//
//	app.All("/files/*", sec.Secured(fibersec.HTTPHandler(files)))
//
// The request is a copy that h may keep. It has the header fields that the chain has seen, the trailers apart from them, the
// method and the path that Fiber's router went by, and c.Context() as its context.
//
// The answer is sent when h returns, with two exceptions. From the first Flush on it is sent as it is written. So is an answer
// of more than 256 KiB, unless Fiber streams the body of the request and h has not read it to its end.
//
// The differences from a server of net/http:
//
//   - If Fiber streams the body of the request, h cannot read it after the first Flush.
//   - Flush ends the answer to HEAD. A later Write fails.
//   - A panic is passed on to the caller, as from any other handler of Fiber. After the first bytes of the answer were sent it is
//     logged instead, and the connection is closed, as it is for [http.ErrAbortHandler].
//   - The client may get nothing of an answer that is shorter than its Content-Length.
//   - The [http.ResponseWriter] supports no hijacking, deadlines, full duplex, trailers and informational (1xx) answers.
//   - The context does not end when the client goes away, and a handler that waits is not told.
//   - Temporary files of the form are removed when h returns. A multipart body that fasthttp has parsed already is encoded again,
//     so its bytes differ from those that were sent.
//   - Middleware in front sees the body of an answer that is being sent as a stream.
func HTTPHandler(h http.Handler) fiber.Handler {
	if f, ok := h.(http.HandlerFunc); h == nil || ok && f == nil {
		panic("fibersec: the handler is nil")
	}
	return func(c fiber.Ctx) error {
		if unparsable.Is(c.RequestCtx()) { // the server refuses the request with its own answer
			return nil
		}
		begun := serving.Of(c.RequestCtx())
		err := mount.Serve(h, mount.Call{
			Ctx: c.RequestCtx(), Context: c.Context(), Method: c.Method(), Path: c.Path(),
			NoDefaultType: c.App().Server().NoDefaultContentType,
			Serves:        func() bool { return serves(c, begun) }, Log: log.Errorf,
		})
		if errors.Is(err, mount.ErrMalformed) {
			return fiber.ErrBadRequest
		}
		return err
	}
}
