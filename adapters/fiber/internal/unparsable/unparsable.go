// Package unparsable removes the text of a request that fasthttp cannot parse from the error that fasthttp makes of it.
package unparsable

import "errors"

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
