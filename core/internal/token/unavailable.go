package token

import (
	"errors"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/keys"
)

// keysUnavailable is the refusal where a key cannot be had, with the Retry-After of the store if it knows one.
func keysUnavailable(err error) *core.Error {
	refusal := errKeysUnavailable
	var known *keys.UnavailableError
	if errors.As(err, &known) {
		if known.KeyPending {
			refusal = errKeyPending
		}
		if known.RetryAfter > 0 {
			refusal = core.Unavailable(unavailableMessage, known.RetryAfter).WithReason(refusal.Reason())
		}
	}
	return refusal.WithCause(err)
}
