package claims

import "github.com/microkubes/microkubes-go/core"

// The refusals by claims: one answer to the client, a reason code for the operator.
var (
	ErrMalformed   = core.InvalidToken("malformed_claims") // of a payload that Read fails on
	ErrIssuer      = core.InvalidToken("bad_issuer")
	errAudience    = core.InvalidToken("bad_audience")
	errExpired     = core.InvalidToken("expired")
	errNotYetValid = core.InvalidToken("not_yet_valid")
	errBound       = core.InvalidToken("bound_token")
)

// errMissing has the refusal for each claim that may be required. The reason names the claim, which is the rule's and not the
// token's.
var errMissing = map[string]*core.Error{
	"exp":       core.InvalidToken("missing_claim_exp"),
	"sub":       core.InvalidToken("missing_claim_sub"),
	"aud":       core.InvalidToken("missing_claim_aud"),
	"client_id": core.InvalidToken("missing_claim_client_id"),
	"iat":       core.InvalidToken("missing_claim_iat"),
	"jti":       core.InvalidToken("missing_claim_jti"),
	"userId":    core.InvalidToken("missing_claim_userId"),
	"username":  core.InvalidToken("missing_claim_username"),
}

// missing refuses a token without a claim. One that has no reason code of its own is malformed_claims.
func missing(claim string) error {
	if e := errMissing[claim]; e != nil {
		return e
	}
	return ErrMalformed
}
