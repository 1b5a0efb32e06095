package require

import (
	"errors"
	"slices"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/identity"
	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
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
		value, ok := claimOf[T](auth, name)
		return ok && met(value)
	}
	return r
}

// claimOf returns the value of a claim, and whether there is one that is not null and fits T.
func claimOf[T any](auth *core.Auth, name string) (value T, ok bool) {
	switch v := any(&value).(type) { // without the reflection of package json, if the claim has that type
	case *bool:
		if text := raw(auth, name); text == "true" || text == "false" {
			*v = text == "true"
			return value, true
		}
	case *string:
		if *v, ok = strictjson.String(raw(auth, name)); ok {
			return value, true
		}
	}
	var decoded *T // nil for null
	if auth.Claim(name, &decoded) != nil || decoded == nil {
		return value, false
	}
	return *decoded, true
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
		var few [8]string // on the stack
		of, ok := claims.AppendStrings(few[:0], raw(auth, "aud"))
		return ok && slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(of, a) })
	}
	return &rule{"require_audience", met, denied(reason.WrongAudience), checkNames(audiences, "audience")}
}

// raw returns the JSON text of a claim, or "" if it cannot be had.
func raw(auth *core.Auth, name string) string {
	value, err := strictjson.Member(identity.Of(auth).Claims, name)
	if err != nil {
		return ""
	}
	return value
}
