package claims

import (
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// The refusals by claims: one answer to the client, a reason code for the operator.
var (
	ErrMalformed   = core.InvalidToken(reason.MalformedClaims) // of a payload that Read fails on
	ErrIssuer      = core.InvalidToken(reason.BadIssuer)
	errAudience    = core.InvalidToken(reason.BadAudience)
	errExpired     = core.InvalidToken(reason.Expired)
	errNotYetValid = core.InvalidToken(reason.NotYetValid)
	errBound       = core.InvalidToken(reason.BoundToken)
)

// errMissing has the refusal for each claim that may be required. The reason names the claim, which is the rule's and not the
// token's.
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

// missing refuses a token without a claim. One that has no reason code of its own is malformed_claims.
func missing(claim string) error {
	if e := errMissing[claim]; e != nil {
		return e
	}
	return ErrMalformed
}
