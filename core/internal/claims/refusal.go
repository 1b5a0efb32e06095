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

// errMissing has the refusals for required claims that have a reason code of their own. The claim in the code, as in the cause of
// other refusals, is from the dialect, and not from the token.
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

// missing returns the refusal for a token without a claim.
func missing(claim string) *core.Error {
	if e := errMissing[claim]; e != nil {
		return e
	}
	return core.InvalidToken(reason.MissingClaim).WithCause(reason.Detail{Claim: claim})
}

// badValue returns the refusal for a token with a value that a claim must not have.
func badValue(claim string) *core.Error {
	return core.InvalidToken(reason.BadClaimValue).WithCause(reason.Detail{Claim: claim})
}
