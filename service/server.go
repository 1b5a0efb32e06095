package service

import (
	"context"
	"net"
	"net/http"
	"reflect"
	"time"

	"github.com/microkubes/microkubes-go/core"
)

// Server serves the requests that come in at l until ctx ends. It then closes l, completes the requests in progress, and returns
// nil, or why it could not. If the time to stop ends before, the connections of l are closed. A Server does not wait long for the
// rest of a request that has not arrived completely. [HTTP] makes one from a handler of net/http, and Serve of the packages for
// Fiber one from an app.
//
// front has the health and version endpoints, which are open and in front of everything else. The Server calls it for every
// request, with the path as it was sent. If the status is 0, the request is for the service. Otherwise the Server answers with
// the status and the body, which is JSON.
type Server func(ctx context.Context, l net.Listener, front func(method, path string) (status int, body []byte)) error

// Limits of the server that HTTP makes. A gateway closes its idle connections first: Kong does after 60 seconds by default. Were
// the server first, it could close a connection on which a request is on its way.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 90 * time.Second
)

// HTTP returns the Server for a handler of net/http, such as an http.ServeMux, an Echo, a gin.Engine or a chi.Router. A client
// has 10 seconds to send the header of a request, and a connection without requests is closed after 90 seconds. There is no
// limit for bodies and answers, which may be streams: a handler sets one with [net/http.ResponseController]. If h is nil, or
// a nil pointer or function, HTTP returns nil, which Run refuses.
func HTTP(h http.Handler) Server {
	if isNil(h) {
		return nil
	}
	return func(ctx context.Context, l net.Listener, front func(method, path string) (status int, body []byte)) error {
		server := &http.Server{Handler: inFront(front, h), ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
			DisableGeneralOptionsHandler: true} // OPTIONS * is for the chain, as on other servers
		ended := make(chan error, 1)
		running := context.AfterFunc(ctx, func() { ended <- server.Shutdown(context.WithoutCancel(ctx)) })
		err := server.Serve(l)
		if running() {
			return err // Shutdown was not called
		}
		return <-ended
	}
}

// isNil reports whether a handler is nil, or a nil pointer or function, which panics when it is called.
func isNil(h http.Handler) bool {
	v := reflect.ValueOf(h)
	return h == nil || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Func) && v.IsNil()
}

// inFront returns a handler that answers the requests for front, and passes the others to next.
func inFront(front func(method, path string) (status int, body []byte), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, body := front(r.Method, core.RoutePath(r.URL))
		if status == 0 {
			next.ServeHTTP(w, r)
			return
		}
		header := w.Header()
		header.Set("Content-Type", "application/json; charset=utf-8")
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(status)
		_, _ = w.Write(body) // net/http sends no body in an answer to HEAD
	})
}
