package token

import (
	"errors"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

const (
	unavailableMessage = "temporarily unavailable"
	retryAfter         = 5 * time.Second
)

// The refusals for all kinds of credentials. Each has an answer to the client and a reason code for the operator. Package claims
// has the refusals for claims.
var (
	errTooLarge            = core.InvalidToken(reason.TooLarge)
	errMalformed           = core.InvalidToken(reason.MalformedToken)
	errRevoked             = core.InvalidToken(reason.Revoked)
	errRevocationUnchecked = core.Unavailable(unavailableMessage, retryAfter).WithReason(reason.RevocationUnchecked)
	errNotASCII            = core.BadRequest("malformed request").WithReason(reason.MalformedCredential)
)

// The refusals for signed tokens.
var (
	errCritical        = core.InvalidToken(reason.CriticalHeader)
	errAlgorithm       = core.InvalidToken(reason.BadAlgorithm)
	errType            = core.InvalidToken(reason.BadType)
	errUnknownKey      = core.InvalidToken(reason.UnknownKeyID)
	errNoFittingKey    = core.InvalidToken(reason.NoFittingKey)
	errTooManyKeys     = core.InvalidToken(reason.TooManyKeys)
	errSignature       = core.InvalidToken(reason.BadSignature)
	errKeysUnavailable = core.Unavailable(unavailableMessage, retryAfter).WithReason(reason.KeysUnavailable)
	errKeyPending      = core.Unavailable(unavailableMessage, retryAfter).WithReason(reason.KeyPending)
)

// Unavailable returns the refusal for a credential whose issuer cannot be asked about now.
func Unavailable(retryAfter time.Duration) *core.Error {
	return core.Unavailable(unavailableMessage, retryAfter)
}

// parseRefusal returns the refusal for an error of jws.Token.Parse.
func parseRefusal(err error) *core.Error {
	if errors.Is(err, jws.ErrCritical) {
		return errCritical
	}
	return errMalformed
}

// badRequestIfNotASCII returns err, or errNotASCII for a malformed token with bytes that no token may have (RFC 6750, section
// 2.1): then the request is malformed, and not only the token.
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
