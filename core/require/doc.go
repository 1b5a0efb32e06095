// Package require has requirements for routes beside those of package core for scopes and roles. Each is a [core.Provider] for
// [core.SecurityChain.With] and [core.SecurityChain.Then], or for [core.NewSecurityChain] behind the providers that authenticate:
//
//	payments := chain.With(
//		require.Any(core.RequireRoles("admin"), require.Organizations("acme")),
//		require.StepUp(require.SignIn{ACR: []string{"urn:example:mfa"}, MaxAge: 5 * time.Minute}),
//	)
//
// A requirement looks at the identity only. It refuses a request without an Auth with 401 and the challenge of a request without
// a credential. It refuses an Auth that does not meet it with 403, and [StepUp] refuses with 401 and a challenge that tells the
// client how to sign the user in. A claim that is missing, null or of an unexpected type does not meet a requirement. An Auth
// without claims, such as one that a provider makes of a session, meets neither [Claim] nor [Audience] nor [StepUp].
//
// The error of [core.NewSecurityChain], and the panic of With, name a requirement that is not complete, such as one without
// names. Such a requirement refuses every request.
//
// Requirements are safe for concurrent use. A function that a caller gives to [Claim] or [That] must be safe, too.
package require
