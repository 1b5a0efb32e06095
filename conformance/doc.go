// Package conformance proves that an adapter gives every request the verdict that package core decided.
//
// An adapter's test describes how to serve the suite's app on its framework, and runs it:
//
//	func TestConformance(t *testing.T) {
//		conformance.Run(t, conformance.Harness{Name: "nethttp", Serve: serve})
//	}
//
// The suite listens on loopback and sends bytes as they stand in the case: doubled headers, broken escapes, HEAD,
// pipelined requests. Each case quotes the rule it checks and says where the rule is written, and no case only refuses:
// beside each refusal is a request that must be served, so a chain that refuses everything fails.
//
// [Fuzz] is the fuzz test of an adapter: raw bytes around a credential, which must not come back.
//
// [Check] is Run without a *testing.T, and [CheckService] tries a running service in any language. The package
// imports core and testify only.
package conformance
