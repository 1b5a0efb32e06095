// Package coretest helps to test services and providers.
//
// The test of a handler needs neither a chain nor a token: [As] puts an identity into the context.
//
//	ctx := coretest.As(t.Context(), core.NewAuth(core.AuthData{Username: "ann", Roles: []string{"admin"}}))
//
// The test of a provider calls it with a [Request], a [SecurityContext] and a [Recorder]. An [Issuer] mints tokens in the forms
// that Microkubes and OAuth2 servers issue, and writes a directory with the public keys that verify them.
//
// A service that gets its keys from an OpenID provider is tested with an [IssuerServer], which publishes the keys over HTTP,
// rotates them, and fails in every way that a [Fault] describes.
//
//	issuer := coretest.StartIssuer()
//	defer issuer.Close()
//	// start the service with issuer.URL, then send it tokens
//	token := issuer.AccessToken("https://orders.example.com", nil)
//	issuer.Announce() // the next key is published
//	issuer.Rotate()   // the next key signs
//	issuer.Retire()   // the former key is not published any more
//	issuer.Fail(coretest.Outage)
//	issuer.Heal()
package coretest
