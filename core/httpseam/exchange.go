package httpseam

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"sync"

	"github.com/microkubes/microkubes-go/core"
)

// Context says where a framework keeps one request and its response writer. An adapter implements it over the context that the
// framework gives to handlers. A struct whose only field is a pointer to that context needs no allocation.
type Context interface {
	// Request returns the request that the framework has now. It is called for each method of [core.Request], since a provider
	// may set another request in the framework's context.
	Request() *http.Request
	// Response returns the response writer. It returns nil if nothing may be written any more: then no header is set, and the
	// Send method of the [Exchange] returns an error.
	Response() http.ResponseWriter
}

// Guard runs chain for the request of c, as [core.SecurityChain.Guard] does. If the request may pass, Guard returns the context
// for the handler and true: continue with [Serve] or [ServeWithContext]. Otherwise the request has been answered and Guard
// returns false: no handler may run.
//
// While the chain runs, core.RequestAs[*Exchange] finds the [Exchange] that holds c. The Unwrap function of an adapter uses it.
// Afterwards Guard uses the Exchange for other requests.
func Guard(chain *core.SecurityChain, c Context) (context.Context, bool) {
	x := pool.Get().(*Exchange)
	x.Context = c
	ctx, ok := chain.Guard(c.Request().Context(), x, x)
	*x = Exchange{}
	pool.Put(x) // the chain has taken x back from its providers
	return ctx, ok
}

var pool = sync.Pool{New: func() any { return new(Exchange) }}

var (
	errNoResponse = errors.New("httpseam: the response can no longer be written")
	errUnsent     = errors.New("httpseam: the refusal was not sent: the response writer panicked")
)

// Exchange implements [core.Request], [core.FieldLines] and [core.Response] over the request and the response writer of Context,
// which must be set. It reads no forwarding headers. The methods of core.Response are not safe for concurrent use.
//
// An Exchange is for one request. When [core.SecurityChain.Guard] has returned, it may be set to a new value and used for
// another.
type Exchange struct {
	Context Context

	begun  *http.Request // set by Handle: the request that Context had when the chain began
	unsent error         // for Handle: why no answer was sent
	values []string      // the values of the response headers, in one array
}

// Method implements [core.Request].
func (x *Exchange) Method() string { return x.request().Method }

// Scheme implements [core.Request]. It returns "https" if the connection to this server is TLS, and "http" otherwise.
func (x *Exchange) Scheme() string {
	if x.request().TLS != nil {
		return "https"
	}
	return "http"
}

// Host implements [core.Request].
func (x *Exchange) Host() string { return x.request().Host }

// RoutePath implements [core.Request]. It returns the [core.RoutePath] of the request's URL. Override it for a router that
// dispatches on a path that is kept elsewhere.
func (x *Exchange) RoutePath() string { return core.RoutePath(x.request().URL) }

// RawQuery implements [core.Request].
func (x *Exchange) RawQuery() string { return x.request().URL.RawQuery }

// RemoteAddr implements [core.Request].
func (x *Exchange) RemoteAddr() string { return x.request().RemoteAddr }

// Header implements [core.Request]. It counts the lines, since [net/http.Header.Get] would hide a second one.
func (x *Exchange) Header(name string) (first string, count int) {
	values := x.request().Header[name]
	if len(values) == 0 {
		return "", 0
	}
	return values[0], len(values)
}

// FieldLines implements [core.FieldLines].
func (x *Exchange) FieldLines(name string) []string { return x.request().Header[name] }

// TLSState returns the state of the TLS connection to this server, or nil if the connection is not TLS. It is for providers that
// look at the client certificate, such as that of package kong. The caller must not change the state.
func (x *Exchange) TLSState() *tls.ConnectionState { return x.request().TLS }

// SetHeader implements [core.Response].
func (x *Exchange) SetHeader(name, value string) {
	if w := x.response(); w != nil {
		x.set(w.Header(), name, value)
	}
}

// AddHeader implements [core.Response].
func (x *Exchange) AddHeader(name, value string) {
	w := x.response()
	if w == nil {
		return
	}
	if header := w.Header(); len(header[name]) > 0 {
		header[name] = append(header[name], value)
	} else {
		x.set(header, name, value)
	}
}

// set replaces a header. It allocates once for all headers of a refusal.
func (x *Exchange) set(header http.Header, name, value string) {
	if x.values == nil {
		x.values = make([]string, 0, 4)
	}
	x.values = append(x.values, value)
	n := len(x.values)
	header[name] = x.values[n-1 : n : n] // AddHeader must not write into the next value
}

// Send implements [core.Response]. It removes a Content-Length that middleware in front has set for another body. It writes an
// empty body, too, since some frameworks keep the status until the first write. The server drops the body in answer to HEAD.
func (x *Exchange) Send(status int, body []byte) error {
	w := x.response()
	if err := x.givenUp(); err != nil {
		x.unsent = err
		return err
	}
	if w == nil {
		x.unsent = nil
		return errNoResponse
	}
	delete(w.Header(), "Content-Length")
	w.WriteHeader(status)
	_, err := w.Write(body)
	x.unsent = nil
	return err
}
