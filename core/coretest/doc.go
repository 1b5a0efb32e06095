// Package coretest helps to test services and providers.
//
// The test of a handler needs neither a chain nor a token: [As] puts an identity into the context.
//
//	ctx := coretest.As(t.Context(), core.NewAuth(core.AuthData{Username: "ann", Roles: []string{"admin"}}))
//
// The test of a provider calls it with a [Request], a [SecurityContext] and a [Recorder]. An [Issuer] mints tokens in the forms
// that Microkubes and OAuth2 servers issue, and writes a directory with the public keys that verify them.
package coretest
