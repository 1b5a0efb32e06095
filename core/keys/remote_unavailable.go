package keys

import (
	"fmt"
	"time"
)

// UnavailableError is an [ErrUnavailable] with the time after which a request may be repeated. The answer to the client is 503
// with this time in Retry-After. The Find method of any Store may return it.
type UnavailableError struct {
	RetryAfter time.Duration // zero: unknown
	// KeyPending says that the store has keys, and cannot tell yet whether the key ID of the token is that of a new key. Anyone
	// can cause this with a made-up key ID, so it is logged at info level, with the reason key_pending.
	KeyPending bool
	Cause      error // nil: unknown
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

// unavailable returns the error of Find for a key that the set does not have, as the set cannot say yet whether there is one. The
// lock is held.
func (r *RemoteSet) unavailable(cause error) error {
	wait := wholeSeconds(time.Until(r.nextFetch()))
	return &UnavailableError{RetryAfter: wait, KeyPending: r.current().isUsable(), Cause: cause}
}

// wholeSeconds rounds up to the unit of Retry-After, and to at least one.
func wholeSeconds(wait time.Duration) time.Duration {
	return max((wait + time.Second - 1).Truncate(time.Second), time.Second)
}
