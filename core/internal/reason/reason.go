// Package reason has the codes that say in logs and events why a request was refused.
package reason

import (
	"maps"
	"slices"
)

// Code is one of the constants of this package. Codes are for operators: a client never gets one.
type Code string

// The codes of the chain.
const (
	NoCredential        Code = "no_credential" //nolint:gosec // a code, not a credential
	NotMine             Code = "not_mine"
	MalformedPath       Code = "malformed_path"
	MalformedCredential Code = "malformed_credential" //nolint:gosec // a code, not a credential
	DuplicateCredential Code = "duplicate_credential"
	InsufficientScope   Code = "insufficient_scope"
	InsufficientRole    Code = "insufficient_role"
	DeniedByPolicy      Code = "denied_by_policy"
	NoPolicyAllows      Code = "no_policy_allows"
	Refused             Code = "refused"
	Answered            Code = "answered"
	Unavailable         Code = "unavailable"
	Panic               Code = "panic"
	Unforeseen          Code = "unforeseen"
	Misuse              Code = "misuse"
	AuthSetTwice        Code = "auth_set_twice"
)

// The codes of package kong.
const (
	RegistrationUnchecked Code = "registration_unchecked"
	UntrustedPeer         Code = "untrusted_peer"
	CredentialMismatch    Code = "credential_mismatch" //nolint:gosec // a code, not a credential
)

// The codes of package require.
const (
	InsufficientOrganization   Code = "insufficient_organization"
	InsufficientNamespace      Code = "insufficient_namespace"
	InsufficientAuthentication Code = "insufficient_authentication"
	WrongAudience              Code = "wrong_audience"
	UnmetRequirement           Code = "unmet_requirement"
)

// The codes of tokens.
const (
	TooLarge             Code = "too_large"
	MalformedToken       Code = "malformed_token"
	CriticalHeader       Code = "critical_header"
	BadAlgorithm         Code = "bad_algorithm"
	BadType              Code = "bad_type"
	UnknownKeyID         Code = "unknown_kid"
	NoFittingKey         Code = "no_fitting_key"
	TooManyKeys          Code = "too_many_keys"
	BadSignature         Code = "bad_signature"
	MalformedClaims      Code = "malformed_claims"
	MissingClaimExp      Code = "missing_claim_exp"
	MissingClaimSub      Code = "missing_claim_sub"
	MissingClaimAud      Code = "missing_claim_aud"
	MissingClaimClientID Code = "missing_claim_client_id"
	MissingClaimIat      Code = "missing_claim_iat"
	MissingClaimJti      Code = "missing_claim_jti"
	MissingClaimUserID   Code = "missing_claim_userId"
	MissingClaimUsername Code = "missing_claim_username"
	MissingClaim         Code = "missing_claim"
	BadClaimValue        Code = "bad_claim_value"
	Expired              Code = "expired"
	NotYetValid          Code = "not_yet_valid"
	BadIssuer            Code = "bad_issuer"
	BadAudience          Code = "bad_audience"
	BoundToken           Code = "bound_token"
	Revoked              Code = "revoked"
	KeysUnavailable      Code = "keys_unavailable"
	KeyPending           Code = "key_pending"
	RevocationUnchecked  Code = "revocation_unchecked"
)

// meanings has every code. The set is closed, so that nothing of a request can get into a log through a code. A test of package
// core compares it with the table in ARCHITECTURE.md.
var meanings = map[Code]string{ //nolint:gosec // codes, not credentials
	NoCredential:         "no credential that any provider knows was sent",
	NotMine:              "a credential was sent, and no provider owns it",
	MalformedPath:        "the target has an encoded separator, a dot segment, `//`, `#` or broken percent-encoding",
	MalformedCredential:  "the credential is not in the form its scheme has",
	DuplicateCredential:  "the credential was sent twice, or in two places",
	InsufficientScope:    "authenticated, but a required scope is missing",
	InsufficientRole:     "authenticated, but a required role is missing",
	DeniedByPolicy:       "authenticated, but a policy of the ACL denies the request: see the attribute `policy`",
	NoPolicyAllows:       "authenticated, but no policy of the ACL allows the request",
	Refused:              "a provider refused and gave no code of this table",
	Answered:             "a provider wrote the response itself",
	Unavailable:          "the decision could not be made, because another service cannot be had",
	Panic:                "a provider panicked",
	Unforeseen:           "a provider returned an error that is not a refusal",
	Misuse:               "a provider broke its contract: see Provider",
	AuthSetTwice:         "two identities were set for one request",
	TooLarge:             "the token is longer than the limit",
	MalformedToken:       "not three base64url segments, or not the JSON it must be",
	CriticalHeader:       "the header names critical extensions (`crit`)",
	BadAlgorithm:         "the algorithm is missing or not on the list",
	BadType:              "the `typ` is not one of this provider's",
	UnknownKeyID:         "no key has that `kid`",
	NoFittingKey:         "no key can verify that algorithm",
	TooManyKeys:          "the token has no `kid`, and too many keys fit its algorithm to try them all",
	BadSignature:         "the signature is wrong",
	MalformedClaims:      "the claims are not a strict JSON object, or one has the wrong type",
	MissingClaimExp:      "the token has no `exp`",
	MissingClaimSub:      "the token has no `sub` where one is required, or no claim that names its user",
	MissingClaimAud:      "the token has no `aud`, which RFC 9068 or the Config requires",
	MissingClaimClientID: "the token has no `client_id`, which RFC 9068 or the Config requires",
	MissingClaimIat:      "the token has no `iat`, which RFC 9068 or the Config requires",
	MissingClaimJti:      "the token has no `jti`, which RFC 9068 or the Config requires",
	MissingClaimUserID:   "the token has no `userId`, which Microkubes' authorization-server writes or the Config requires",
	MissingClaimUsername: "the token has no `username`, which Microkubes' authorization-server writes or the Config requires",
	MissingClaim:         "the token has no claim that the Config requires: see the attribute `claim`",
	BadClaimValue:        "a claim has a value that the Config does not allow, or must be absent: see the attribute `claim`",
	Expired:              "`exp` has passed",
	NotYetValid:          "`nbf` has not come",
	BadIssuer:            "the issuer is not one of this provider's",
	BadAudience:          "the token is for another audience",
	BoundToken:           "the token is bound to a key (`cnf`), and possession was not proven",
	Revoked:              "the token was revoked",
	KeysUnavailable:      "the keys cannot be had",
	KeyPending:           "no key has that `kid`, and whether it is a new key cannot be told yet",
	RevocationUnchecked:  "whether the token was revoked cannot be told",

	RegistrationUnchecked: "whether the gateway sets the headers that name a consumer has not been checked: see `kong.Provider`",
	UntrustedPeer:         "headers of the gateway came over a connection that is not the gateway's",
	CredentialMismatch:    "a bearer token is beside the headers of the gateway, and the gateway has not verified it",

	InsufficientOrganization:   "authenticated, but the user does not belong to a required organization",
	InsufficientNamespace:      "authenticated, but the user may not use a required namespace",
	InsufficientAuthentication: "authenticated, but the route needs a stronger or more recent sign-in (`acr`, `auth_time`)",
	WrongAudience:              "authenticated, but the token is for none of the audiences of the route",
	UnmetRequirement:           "authenticated, but a claim or the identity does not meet a rule of the route",
}

// Meaning returns what code means, or "" if code is not in the set.
func Meaning(code Code) string { return meanings[code] }

// Known returns code if it is in the set, and Refused otherwise.
func Known(code Code) Code {
	if _, ok := meanings[code]; !ok {
		return Refused
	}
	return code
}

// Number stands for a code where sixteen bytes are too many. The zero value stands for no code.
type Number uint8

var (
	codes   = append([]Code{""}, slices.Sorted(maps.Keys(meanings))...)
	numbers = func() map[Code]Number {
		all := make(map[Code]Number, len(codes))
		for i, code := range codes[1:] {
			all[code] = Number(i + 1)
		}
		return all
	}()
)

// NumberOf returns the number of code if it is in the set, and that of Refused otherwise.
func NumberOf(code Code) Number {
	if n, ok := numbers[code]; ok {
		return n
	}
	return numbers[Refused]
}

// Code returns the code that n stands for.
func (n Number) Code() Code { return codes[n] }

// Detail is the cause of a refusal that a configuration explains. Its texts are from the configuration, and not from the request,
// so package core logs them. Other modules cannot make one, because they cannot import this package.
type Detail struct {
	Claim string // the name of the claim that the refusal is about, or ""
	Hint  string // what to change, or ""

	Policy string // the id of the policy that denied the request, or ""
}

// Error implements error.
func (d Detail) Error() string {
	switch {
	case d.Policy != "":
		return "policy " + d.Policy
	case d.Hint == "":
		return "claim " + d.Claim
	case d.Claim == "":
		return d.Hint
	}
	return "claim " + d.Claim + ": " + d.Hint
}
