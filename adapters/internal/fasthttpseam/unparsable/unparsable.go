// Package unparsable is about requests that fasthttp cannot parse. Fiber v3 runs the middleware of the app on such a request,
// with what was parsed of it, before its error handler. The package tells them from other requests, and removes their text from
// the error that fasthttp makes of it.
package unparsable

import (
	"errors"

	"github.com/valyala/fasthttp"
)

// Error is an error of fasthttp with a text that holds nothing of the request. Unwrap returns the original error, from whose type
// Fiber takes the status.
type Error struct{ Cause error }

func (e Error) Error() string {
	var t interface{ Timeout() bool }
	if errors.As(e.Cause, &t) && t.Timeout() {
		return "request timeout" // Fiber takes the status 408 from this word
	}
	return "malformed request"
}

func (e Error) Unwrap() error { return e.Cause }

// mark is the key of a user value that a request has while its error is handled.
type mark struct{}

// Handler returns an error handler of a server of fasthttp that calls handle with an Error. [Is] reports true meanwhile.
func Handler(handle func(*fasthttp.RequestCtx, error)) func(*fasthttp.RequestCtx, error) {
	return func(ctx *fasthttp.RequestCtx, err error) {
		ctx.SetUserValue(mark{}, true)
		defer ctx.RemoveUserValue(mark{})
		handle(ctx, Error{Cause: err})
	}
}

// Is reports whether the server could not parse the request of ctx. It is false where no [Handler] was set.
func Is(ctx *fasthttp.RequestCtx) bool { return ctx.UserValue(mark{}) != nil }
