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

// Harness describes how to serve the suite's app with one adapter.
type Harness struct {
	// Name is the name of the adapter in reports. It must be usable as a file name.
	Name string
	// Serve mounts the app, listens on a loopback address and returns the address. stop ends the server and frees the address.
	// Serve is called once for each case.
	Serve func(app App) (addr string, stop func(), err error)
	// Timeout bounds each wait for the server: for the start, for an answer, for the stop. Zero means 5 seconds. A longer time
	// costs nothing on an adapter that answers, and keeps a busy machine from failing it: cases that are exempt wait for 5
	// seconds at most.
	Timeout time.Duration
	// Exempt has the names of cases that the adapter cannot pass, each with the reason. These cases run too. One that passes is
	// reported as a failure, because its exemption is out of date.
	Exempt map[string]string
}

// App is an application that a harness mounts: middleware and routes.
type App struct {
	// Front is middleware in front of everything else but Override. If its Reply has a Status, that is the answer; if not, the
	// request goes on with the context that Front returns. Nil means no middleware.
	Front func(ctx context.Context, header func(name string) string) (context.Context, Reply)
	// Override is a method override in front of the router. If it returns a method, the router dispatches on that method, as it
	// does behind the framework's own middleware for overrides. Nil means no override.
	Override func(header func(name string) string) (method string)
	// Back is called by the middleware that calls Front, after everything behind it has returned. ctx is the context that the
	// request has there at that moment. pattern is the Pattern of the *http.Request there, empty where the framework has none.
	// Nil means that nothing is called.
	Back func(ctx context.Context, pattern string)
	// Chain is put in front of the whole application with the adapter's Middleware. Nil means no chain.
	Chain *core.SecurityChain
	// Routes are mounted in this order.
	Routes []Route
}

// Route is one route of an [App].
type Route struct {
	Method string
	// Path is a pattern in the syntax of [net/http.ServeMux]: /things/{id}, /files/{rest...}. ColonPath returns it in the syntax
	// of other routers.
	Path string
	// Guard says how the chain is put in front of the handler.
	Guard Guard
	// Chain is the chain of this route. It is nil if Guard is Bare.
	Chain *core.SecurityChain
	// With are the providers to add with the adapter's With.
	With []core.Provider
	// Handle is the handler. The harness calls it with the context of the request and writes the Reply.
	Handle Handler
	// HTTP, if not nil, is the handler in place of Handle. The harness mounts it as the framework mounts handlers of net/http.
	HTTP http.Handler
}

// Guard says how a chain is put in front of a route.
type Guard int

const (
	// Secured wraps the handler with the adapter's Secured.
	Secured Guard = iota
	// Public wraps the handler with the adapter's Public.
	Public
	// Grouped puts the adapter's Middleware on a group that holds the route alone.
	Grouped
	// Bare puts no chain in front of the handler.
	Bare
)

// Handler is a handler of the suite. ctx is the context that a handler hands to the layers below it. header reads a request
// header in the framework's own way.
type Handler func(ctx context.Context, header func(name string) string) Reply

// Reply is the answer of a handler.
type Reply struct {
	Header map[string]string // to set; other headers stay
	Status int               // zero, from Front: the request is not answered and goes on
	Body   string            // of type text/plain
	Stream iter.Seq[string]  // parts after Body, each flushed before the next is pulled; nil for none
}

// WriteTo writes r to w, for frameworks that have an [http.ResponseWriter]. It reports whether it has answered the request:
// without a Status it sets the headers only.
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

// ColonPath returns the path of a route in the syntax of Echo and Fiber: /things/:id, /files/*. Gin needs a name behind
// the asterisk.
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
