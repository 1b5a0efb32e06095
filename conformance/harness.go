package conformance

import (
	"context"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core"
)

// Harness tells the suite how to run on one adapter.
type Harness struct {
	// Name is the adapter's name in test names and reports.
	Name string
	// Serve mounts the app, listens on a loopback address and returns that address. stop ends the server and frees
	// the address. Serve is called once for each case.
	Serve func(app App) (addr string, stop func(), err error)
	// Timeout bounds each wait for the server: to begin, to answer, to stop. Zero: 5 s.
	Timeout time.Duration
	// Exempt names cases that the adapter cannot pass, each with the reason. They still run, and one that passes is
	// a failure: the exemption has become untrue.
	Exempt map[string]string
}

// App is what a harness mounts.
type App struct {
	// Front is a middleware before all else. The request goes on with the context it returns, unless its Reply has a
	// Status. Nil: there is none.
	Front func(ctx context.Context, header func(name string) string) (context.Context, Reply)
	// Override is a method override in front of the router: where it returns a method, the request is dispatched on that
	// one, in the way of the framework's own middleware for it. Nil: there is none.
	Override func(header func(name string) string) (method string)
	// Back is called by the same middleware as Front when everything behind it has returned: with the context of the request
	// as that middleware sees it then, and with the Pattern of its *http.Request, empty where the framework has none. Nil:
	// nothing is called.
	Back func(ctx context.Context, pattern string)
	// Chain stands in front of the whole application, with the adapter's Middleware. Nil: nothing does.
	Chain *core.SecurityChain
	// Routes are to be mounted in this order.
	Routes []Route
}

// Route is one route of an [App].
type Route struct {
	Method string
	// Path is a pattern in the syntax of [net/http.ServeMux]: /things/{id}, /files/{rest...}. ColonPath has it for
	// other routers.
	Path string
	// Guard says how the chain is put in front of the handler.
	Guard Guard
	// Chain is the chain of this route. Nil: none.
	Chain *core.SecurityChain
	// With are providers to add with the adapter's With.
	With []core.Provider
	// Handle is what the handler does: call it with the context of the request, answer what it returns.
	Handle Handler
	// HTTP is the handler in place of Handle, mounted in the way in which handlers of net/http are mounted there. Nil: Handle
	// is the handler.
	HTTP http.Handler
}

// Guard is how a route gets its chain.
type Guard int

const (
	// Secured wraps the handler with the adapter's Secured.
	Secured Guard = iota
	// Public wraps the handler with the adapter's Public.
	Public
	// Grouped puts the adapter's Middleware on a group that holds the route alone.
	Grouped
	// Bare leaves the handler as it is.
	Bare
)

// Handler is a handler of the suite. The context is the one that the service layer would be given, header the
// framework's own way to read a request header.
type Handler func(ctx context.Context, header func(name string) string) Reply

// Reply is what a handler answers: headers to set, the status, the body as text/plain, and parts that follow it, each
// flushed to the client before the next is asked for.
type Reply struct {
	Header map[string]string
	Status int
	Body   string
	Stream iter.Seq[string]
}

// WriteTo writes a Reply where the framework has an [http.ResponseWriter]. Without a Status it sets the headers, and
// returns false: nothing was answered.
func (r Reply) WriteTo(w http.ResponseWriter) (answered bool) {
	for name, value := range r.Header {
		w.Header().Set(name, value)
	}
	if r.Status == 0 {
		return false
	}
	w.WriteHeader(r.Status)
	_, _ = io.WriteString(w, r.Body)
	if r.Stream != nil {
		for part := range r.Stream {
			_, _ = io.WriteString(w, part)
			_ = http.NewResponseController(w).Flush()
		}
	}
	return true
}

// ColonPath is the path of a route in the syntax of Echo, Fiber, Gin and Chi's kin: /things/:id, /files/*.
func (r Route) ColonPath() string {
	segments := strings.Split(r.Path, "/")
	for i, s := range segments {
		switch name, ok := strings.CutPrefix(s, "{"); {
		case strings.HasSuffix(name, "...}"):
			segments[i] = "*"
		case ok:
			segments[i] = ":" + strings.TrimSuffix(name, "}")
		}
	}
	return strings.Join(segments, "/")
}
