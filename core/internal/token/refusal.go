package token

import (
	"errors"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/jws"
)

const (
	unavailableMessage = "temporarily unavailable"
	retryAfter         = 5 * time.Second
)

// The refusals of any credential. Each has one answer to the client and a reason code for the operator; those by claims are in
// package claims.
var (
	errTooLarge            = core.InvalidToken("too_large")
	errMalformed           = core.InvalidToken("malformed_token")
	errRevoked             = core.InvalidToken("revoked")
	errRevocationUnchecked = core.Unavailable(unavailableMessage, retryAfter).WithReason("revocation_unchecked")
	errNotASCII            = core.BadRequest("malformed request").WithReason("malformed_credential")
)

// The refusals of a signed token.
var (
	errCritical        = core.InvalidToken("critical_header")
	errAlgorithm       = core.InvalidToken("bad_algorithm")
	errType            = core.InvalidToken("bad_type")
	errUnknownKey      = core.InvalidToken("unknown_kid")
	errNoFittingKey    = core.InvalidToken("no_fitting_key")
	errTooManyKeys     = core.InvalidToken("too_many_keys")
	errSignature       = core.InvalidToken("bad_signature")
	errKeysUnavailable = core.Unavailable(unavailableMessage, retryAfter).WithReason("keys_unavailable")
)

// parseRefusal is the refusal for an error of jws.Token.Parse.
func parseRefusal(err error) *core.Error {
	if errors.Is(err, jws.ErrCritical) {
		return errCritical
	}
	return errMalformed
}

// badRequestIfNotASCII answers 400 where a malformed token has bytes that no token may have (RFC 6750, section 2.1): then the
// request is malformed, not only the token.
func badRequestIfNotASCII(text string, err error) error {
	if errors.Is(err, errMalformed) {
		for i := range len(text) {
			if c := text[i]; c < 0x20 || c > 0x7e {
				return errNotASCII
			}
		}
	}
	return err
}
