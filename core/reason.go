package core

// reasons is the closed set of codes that say in logs and events why a request was refused, with what each means.
// They are for operators: a client never sees one. A test holds it equal to the table in ARCHITECTURE.md.
var reasons = map[string]string{ //nolint:gosec // codes, and no credentials
	// The chain.
	"no_credential":        "no credential that any provider knows was sent",
	"not_mine":             "a credential was sent, and no provider owns it",
	"malformed_path":       "the target has an encoded separator, a dot segment, `//`, `#` or broken percent-encoding",
	"malformed_credential": "the credential is not in the form its scheme has",
	"duplicate_credential": "the credential was sent twice, or in two places",
	"insufficient_scope":   "authenticated, but a required scope is missing",
	"insufficient_role":    "authenticated, but a required role is missing",
	"refused":              "a provider refused and gave no code of this table",
	"answered":             "a provider wrote the response itself",
	"unavailable":          "the decision could not be made, because another service cannot be had",
	"panic":                "a provider panicked",
	"unforeseen":           "a provider returned an error that is not a refusal",
	"misuse":               "a provider broke its contract: see Provider",
	"auth_set_twice":       "two identities were set for one request",
	// Tokens.
	"too_large":               "the token is longer than the limit",
	"malformed_token":         "not three base64url segments, or not the JSON it must be",
	"critical_header":         "the header names critical extensions (`crit`)",
	"bad_algorithm":           "the algorithm is missing or not on the list",
	"bad_type":                "the `typ` is not one of this provider's",
	"unknown_kid":             "no key has that `kid`",
	"no_fitting_key":          "no key can verify that algorithm",
	"too_many_keys":           "the token has no `kid`, and too many keys fit its algorithm to try them all",
	"bad_signature":           "the signature is wrong",
	"malformed_claims":        "the claims are not a strict JSON object, or one has the wrong type",
	"missing_claim_exp":       "the token has no `exp`",
	"missing_claim_sub":       "the token has no `sub`; in package jwt: neither `sub` nor `userId`",
	"missing_claim_aud":       "the token has no `aud`, which RFC 9068 requires",
	"missing_claim_client_id": "the token has no `client_id`, which RFC 9068 requires",
	"missing_claim_iat":       "the token has no `iat`, which RFC 9068 requires",
	"missing_claim_jti":       "the token has no `jti`, which RFC 9068 requires",
	"missing_claim_userId":    "the token has no `userId`, which Microkubes' authorization-server writes",
	"missing_claim_username":  "the token has no `username`, which Microkubes' authorization-server writes",
	"expired":                 "`exp` has passed",
	"not_yet_valid":           "`nbf` has not come",
	"bad_issuer":              "the issuer is not one of this provider's",
	"bad_audience":            "the token is for another audience",
	"bound_token":             "the token is bound to a key (`cnf`), and possession was not proven",
	"revoked":                 "the token was revoked",
	"keys_unavailable":        "the keys cannot be had",
	"revocation_unchecked":    "whether the token was revoked cannot be told",
}

func knownReason(code string) string {
	if _, ok := reasons[code]; ok {
		return code
	}
	return "refused"
}
