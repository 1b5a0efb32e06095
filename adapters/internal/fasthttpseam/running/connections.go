package running

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// unreceived is how long Until waits for the rest of a request after its context has ended. It is how long net/http waits for a
// connection that has sent no complete header.
const unreceived = 5 * time.Second

// connections has the open connections of a server. When fasthttp stops, it waits for each that has begun a request, or sent
// nothing yet, although the request may never be complete.
type connections struct {
	answering sync.Map // of net.Conn to *atomic.Bool: true from the start of a handler until its answer is sent
}

// watch makes the server report its connections.
func (c *connections) watch(server *fasthttp.Server) {
	next := server.ConnState
	server.ConnState = func(conn net.Conn, state fasthttp.ConnState) {
		switch state {
		case fasthttp.StateNew:
			c.answering.Store(conn, new(atomic.Bool))
		case fasthttp.StateIdle:
			c.set(conn, false)
		case fasthttp.StateClosed, fasthttp.StateHijacked:
			c.answering.Delete(conn)
		}
		if next != nil {
			next(conn, state)
		}
	}
}

// serve returns a handler that marks its connection, and calls next.
func (c *connections) serve(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		c.set(ctx.Conn(), true)
		next(ctx)
	}
}

func (c *connections) set(conn net.Conn, answering bool) {
	if mark, ok := c.answering.Load(conn); ok {
		mark.(*atomic.Bool).Store(answering)
	}
}

// close closes the connections without a complete request.
func (c *connections) close() {
	c.answering.Range(func(conn, mark any) bool {
		if !mark.(*atomic.Bool).Load() {
			_ = conn.(net.Conn).Close()
		}
		return true
	})
}
