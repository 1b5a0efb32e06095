// Package coretest is for the tests of services and of providers. A service itself does not import it.
//
// A handler needs no chain and no token in its test: [As] puts an identity into the context.
//
//	ctx := coretest.As(t.Context(), core.NewAuth(core.AuthData{Username: "ann", Roles: []string{"admin"}}))
//
// A provider is tried with a [Request], a [SecurityContext] and a [Recorder]. An [Issuer] mints tokens in the forms that
// Microkubes and OAuth2 servers issue, and writes the directory of public keys that verifies them.
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
