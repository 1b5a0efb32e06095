package httpseam

import (
	"context"
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// Serve calls next for a framework that keeps the request in a context of its own. r is the request that c has, and ctx the
// context that [Guard] has returned. While next runs, c has a copy of r with that context, made by [ServeWithContext]. When next
// returns or panics, c has r again, whatever was set meanwhile, so whatever runs outside does not find the identity.
//
// A framework may give up a request while its handler runs, and use c for another client's request. The context of the request
// has ended by then. Therefore c is left alone if ctx has ended and the request that c has by then does not descend from it
// ([core.Descends]).
func Serve(ctx context.Context, r *http.Request, c interface {
	Request() *http.Request
	SetRequest(r *http.Request)
}, next func()) {
	ServeWithContext(ctx, r, func(inner *http.Request) {
		defer func() {
			if ctx.Err() == nil || core.Descends(c.Request().Context(), ctx) {
				c.SetRequest(r)
			}
		}()
		c.SetRequest(inner)
		next()
	})
}

// ServeWithContext calls serve with a copy of r that has the context ctx. An adapter hands a request on with it after [Guard]
// has returned ctx, so that the identity ends with the guarded call: r does not have it, and neither does whatever runs outside.
// r must be the request that the server made, or the one that middleware in front has made of it.
//
// A server keeps using the request that it made, so three things must not be lost with a copy. Trailers that a request in
// chunks did not announce are seen on the copy and on r. Pattern, and a form that was parsed from the body, are carried
// back to r when serve returns or panics: the server removes the form's temporary files, and the body cannot be read
// twice. Everything else that is set on the copy ends with it, as it does behind every middleware that hands on a copy,
// such as [net/http.StripPrefix]: another Body, path values, a form that is in the URL alone.
func ServeWithContext(ctx context.Context, r *http.Request, serve func(*http.Request)) {
	if r.Trailer == nil && len(r.TransferEncoding) > 0 {
		r.Trailer = http.Header{} // else the server makes the map when the body ends, and only for r
	}
	inner := r.WithContext(ctx)
	defer carryBack(r, inner, formInBody(r))
	serve(inner)
}

// carryBack reads no more than it needs, and writes only what differs. A goroutine that a handler has left behind may still use
// inner, and a server or a middleware that gave up waiting may look at r.
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
