// Package unparsable keeps a request that fasthttp cannot parse out of the error that it makes of it.
package unparsable

import "errors"

// Error is an error of fasthttp's with a text that has nothing of the request. What the error is, from which Fiber takes
// the status, is found behind it.
type Error struct{ Cause error }

func (e Error) Error() string {
	var t interface{ Timeout() bool }
	if errors.As(e.Cause, &t) && t.Timeout() {
		return "request timeout" // Fiber takes the status 408 from this word
	}
	return "malformed request"
}

func (e Error) Unwrap() error { return e.Cause }
