package require

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// Claim returns a requirement for tokens whose claim name has a value for which met returns true. The value is decoded into a T
// as [core.Auth.Claim] does:
//
//	require.Claim("amr", func(methods []string) bool { return slices.Contains(methods, "otp") })
//	require.Claim("email_verified", func(verified bool) bool { return verified })
//
// Without an Auth it refuses with 401, otherwise with 403. It refuses without a call of met if the claim is missing or null, if
// it does not decode into a T, and if the claims are not a JSON object with distinct names. So met may be a negation. Members and
// elements of the value that are missing or null are zero in the T. If met panics, the answer is 500.
func Claim[T any](name string, met func(value T) bool) core.Provider {
	r := &rule{name: "require_claim", denied: denied(reason.UnmetRequirement)}
	switch {
	case name == "":
		r.err = errors.New("the name of the claim is empty")
	case met == nil:
		r.err = errNoFunction
	}
	r.met = func(auth *core.Auth) bool {
		var value *T // nil for null
		return auth.Claim(name, &value) == nil && value != nil && met(*value)
	}
	return r
}

// That returns a requirement for identities for which met returns true. It is for rules that compare several parts of an
// identity. Without an Auth it refuses with 401 and does not call met, otherwise with 403. A part of an identity that the token
// does not have is empty, so met should ask for what a user has, and not for what a user lacks. If met panics, the answer is 500.
func That(met func(auth *core.Auth) bool) core.Provider {
	r := &rule{name: "require_that", met: met, denied: denied(reason.UnmetRequirement)}
	if met == nil {
		r.err = errNoFunction
	}
	return r
}

// Audience returns a requirement for tokens that are for one of the audiences: "aud" (RFC 7519, section 4.1.3) is one of them, or
// has one of them. It narrows a route of a service whose Config accepts several audiences, or any. It does not replace the
// Config's check. Without an Auth it refuses with 401, otherwise with 403. It refuses an Auth without the claims of a token, and
// an "aud" that is neither a string nor an array of strings. Audiences are case-sensitive.
func Audience(audiences ...string) core.Provider {
	audiences = slices.Clone(audiences)
	met := func(auth *core.Auth) bool {
		of, ok := claims.AppendStrings(nil, raw(auth, "aud"))
		return ok && slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(of, a) })
	}
	return &rule{"require_audience", met, denied(reason.WrongAudience), checkNames(audiences, "audience")}
}

// raw returns the JSON text of a claim, or "" if it cannot be had.
func raw(auth *core.Auth, name string) string {
	var value json.RawMessage
	if auth.Claim(name, &value) != nil {
		return ""
	}
	return string(value)
}
