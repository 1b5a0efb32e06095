// Package interop_test tests the library against OpenID servers that are not part of this repository: Keycloak, the npm package
// oidc-provider, and the provider of github.com/zitadel/oidc. The tests start each server on a free port of 127.0.0.1 and stop
// it at the end. All tokens come from the servers' own endpoints.
//
//	make interop
//
// runs them. Without MICROKUBES_INTEROP in the environment they are skipped. With it, a server whose tools are missing is
// skipped with a message; where MICROKUBES_INTEROP is "required" or CI is "true" that is a failure.
//
// The tests keep what they download in the user's cache directory, in the folder microkubes-go-interop. With the flag -update
// they write the headers and claims of the servers' tokens to testdata/tokens; otherwise they compare them.
package interop_test
