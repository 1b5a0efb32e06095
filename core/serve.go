package core

import (
	"context"
	"net/http"
	"strings"
)

// ServeWithContext calls serve with a copy of r that has the context ctx. An adapter of a framework on net/http hands a
// request on with it after [SecurityChain.Guard] has returned ctx, so that the identity ends with the guarded call: r does
// not have it, and neither does whatever runs outside.
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

// carryBack reads no more than it needs, and writes what differs only: work that a handler left behind may still use inner,
// and a server or a middleware that gave up waiting may look at r.
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

// Descends reports whether ctx is guarded, a context that [SecurityChain.Guard] has returned, or derived from it. An adapter
// asks it of the context that its framework has when a guarded call ends: only where ctx descends from the guarded one does
// it still show the identity of that call. A framework that reuses its contexts may have given this one to another request.
func Descends(ctx, guarded context.Context) bool {
	for {
		x, ok := ctx.Value(exchangeKey{}).(*exchange)
		if !ok || x == guarded {
			return ok
		}
		ctx = x.Context
	}
}
