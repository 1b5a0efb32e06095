package httpseam

import (
	"context"
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/guarded"
)

// Serve calls next, for a framework that keeps the request in a context of its own. r is the request that c has, and ctx the
// context that [Guard] has returned, not one that is derived from it. While next runs, c has a copy of r with the context ctx,
// made by [ServeWithContext]. When next returns or panics, c has r again, whatever was set meanwhile, so that the identity cannot
// be found outside of the call.
//
// A framework may give up a request while its handler runs, and use c for the request of another client. The context of the
// request that was given up has ended by then. Therefore, if ctx has ended, Serve sets r only if the current request of c has a
// context that descends from ctx.
func Serve(ctx context.Context, r *http.Request, c interface {
	Request() *http.Request
	SetRequest(r *http.Request)
}, next func()) {
	ServeWithContext(ctx, r, func(inner *http.Request) {
		defer func() {
			if ctx.Err() == nil || shows(ctx, c.Request()) { // in this order: c may be given to another request meanwhile
				c.SetRequest(r)
			}
		}()
		c.SetRequest(inner)
		next()
	})
}

// shows reports whether a request shows the identity of the guarded call that ctx belongs to. A framework that has given up the
// request may have emptied its context, so r may be nil. A panic on it would end the program, since nothing recovers on the
// goroutine of the handler then.
func shows(ctx context.Context, r *http.Request) bool {
	return r != nil && guarded.Descends(r.Context(), ctx)
}

// ServeWithContext calls serve with a copy of r that has the context ctx. An adapter passes a request on with it after [Guard]
// has returned ctx. The identity ends with the call: r does not have it, and it cannot be found outside of the call. r must be
// the request that the server made, or the request that middleware in front has made of it.
//
// The server keeps using its request after the call, so three things are not lost with the copy. Trailers that a request in
// chunks did not announce are set on the copy and on r. Pattern, and a form that was parsed from the body, are carried back to r
// when serve returns or panics: the server removes the temporary files of the form, and the body cannot be read twice. Any other
// change to the copy ends with it, as behind any middleware that passes a copy on, such as [net/http.StripPrefix]: another Body,
// path values, a form that is in the URL alone.
func ServeWithContext(ctx context.Context, r *http.Request, serve func(*http.Request)) {
	if r.Trailer == nil && len(r.TransferEncoding) > 0 {
		r.Trailer = http.Header{} // otherwise the server makes the map at the end of the body, and only for r
	}
	inner := r.WithContext(ctx)
	defer carryBack(r, inner, formInBody(r))
	serve(inner)
}

// carryBack copies Pattern and a form that was parsed from the body from inner to r. It reads no more than it needs and writes
// only what differs: a goroutine that a handler has left behind may still use inner, and a server or middleware that has stopped
// waiting may read r.
func carryBack(r, inner *http.Request, form bool) {
	if r.Pattern != inner.Pattern {
		r.Pattern = inner.Pattern
	}
	if inner.MultipartForm != nil && r.MultipartForm != inner.MultipartForm {
		r.MultipartForm, form = inner.MultipartForm, true
	}
	if form && r.Form == nil && inner.Form != nil {
		r.Form, r.PostForm = inner.Form, inner.PostForm
	}
}

// formInBody reports whether [net/http.Request.ParseForm] reads the body of r.
func formInBody(r *http.Request) bool {
	if r.Body == nil || r.Body == http.NoBody || r.Method != "POST" && r.Method != "PUT" && r.Method != "PATCH" {
		return false
	}
	const form = "application/x-www-form-urlencoded"
	t := r.Header.Get("Content-Type")
	return len(t) >= len(form) && strings.EqualFold(t[:len(form)], form)
}
