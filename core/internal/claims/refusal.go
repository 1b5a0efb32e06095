package claims

import (
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// The refusals for claims. All have the same answer to the client, and a reason code for the operator.
var (
	ErrMalformed   = core.InvalidToken(reason.MalformedClaims) // for a payload that Read refuses
	ErrIssuer      = core.InvalidToken(reason.BadIssuer)
	errAudience    = core.InvalidToken(reason.BadAudience)
	errExpired     = core.InvalidToken(reason.Expired)
	errNotYetValid = core.InvalidToken(reason.NotYetValid)
	errBound       = core.InvalidToken(reason.BoundToken)
)

// errMissing has the refusals for claims that a dialect requires. The claim in the reason code is from the dialect, and not from
// the token.
var errMissing = map[string]*core.Error{
	"exp":       core.InvalidToken(reason.MissingClaimExp),
	"sub":       core.InvalidToken(reason.MissingClaimSub),
	"aud":       core.InvalidToken(reason.MissingClaimAud),
	"client_id": core.InvalidToken(reason.MissingClaimClientID),
	"iat":       core.InvalidToken(reason.MissingClaimIat),
	"jti":       core.InvalidToken(reason.MissingClaimJti),
	"userId":    core.InvalidToken(reason.MissingClaimUserID),
	"username":  core.InvalidToken(reason.MissingClaimUsername),
}

// missing returns the refusal for a token without a claim. For a claim without its own reason code that is ErrMalformed.
func missing(claim string) error {
	if e := errMissing[claim]; e != nil {
		return e
	}
	return ErrMalformed
}
