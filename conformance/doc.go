// Package conformance tests that an adapter answers every request as package core decides.
//
// The test of an adapter describes how its framework serves the suite's app, and runs the suite:
//
//	func TestConformance(t *testing.T) {
//		conformance.Run(t, conformance.Harness{Name: "nethttp", Serve: serve})
//	}
//
// The adapter's server listens on loopback, and the suite sends it raw bytes: repeated header fields, broken escapes, HEAD,
// pipelined requests. Each case quotes the rule that it checks and names the page where the rule is written. Each case
// also has a request that must be served, so that a chain that refuses everything fails.
//
// [Fuzz] is the fuzz test of an adapter. It sends raw bytes around a credential, which must not come back.
//
// [Check] is [Run] without a *testing.T. [CheckService] tries a running service, in any language, that has the routes of the
// suite. [CheckTarget] tries any other service: it compares the status and the challenge of answers alone. The package imports
// core and testify only.
package conformance
