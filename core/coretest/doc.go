// Package coretest is for the tests of services and of providers.
//
// A handler needs no chain and no token in its test: [As] puts an identity into the context.
//
//	ctx := coretest.As(t.Context(), core.NewAuth(core.AuthData{Username: "ann", Roles: []string{"admin"}}))
//
// A provider is tried with a [Request], a [SecurityContext] and a [Recorder]. An [Issuer] mints tokens in the forms that
// Microkubes and OAuth2 servers issue, and writes the directory of public keys that verifies them.
package coretest
