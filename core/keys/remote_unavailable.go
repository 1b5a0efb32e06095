package keys

import (
	"fmt"
	"time"
)

// UnavailableError is an [ErrUnavailable] that says when to come back: the answer is 503 with this Retry-After. A Store of your
// own may return it from Find.
type UnavailableError struct {
	RetryAfter time.Duration // zero: not known
	Cause      error         // nil: not known
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

// unavailable rounds up to whole seconds, as Retry-After has them.
func unavailable(wait time.Duration, cause error) error {
	wait = max((wait + time.Second - 1).Truncate(time.Second), time.Second)
	return &UnavailableError{RetryAfter: wait, Cause: cause}
}
