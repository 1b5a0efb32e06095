package keys

import (
	"fmt"
	"time"
)

// UnavailableError is an [ErrUnavailable] with the time after which a request may be repeated. The answer to the client is 503
// with this time in Retry-After. The Find method of any Store may return it.
type UnavailableError struct {
	RetryAfter time.Duration // zero: unknown
	Cause      error         // nil: unknown
}

// Error implements error.
func (e *UnavailableError) Error() string {
	text := ErrUnavailable.Error()
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(" for the next %v", e.RetryAfter)
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Is reports whether target is [ErrUnavailable].
func (e *UnavailableError) Is(target error) bool { return target == ErrUnavailable }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Cause }

// unavailable returns an UnavailableError. It rounds wait up to whole seconds, the unit of Retry-After, and to at least one.
func unavailable(wait time.Duration, cause error) error {
	wait = max((wait + time.Second - 1).Truncate(time.Second), time.Second)
	return &UnavailableError{RetryAfter: wait, Cause: cause}
}
