// Package jwt authenticates requests by signed JSON Web Tokens (RFC 7519), following the best current practices of RFC
// 8725. It refuses every token that it cannot vouch for:
//
//   - the key decides the algorithm, not the token; `none` does not exist here
//   - issuer and audience are checked, or waived by name in the [Config]
//   - `exp` must be there, and somebody must be named: by `sub`, or by `userId`, which Microkubes' tokens have
//   - `crit`, duplicate members, other base64 texts of the same bytes, and claims of the wrong type are refused; roles, scopes
//     and other claims that only grant something grant nothing in a form that is not known
//
// [New] makes the provider for a chain, [NewVerifier] the same without HTTP. Tokens of Microkubes' jwt-issuer need one
// line: jwt.New(store, jwt.Microkubes("Microkubes JWT Authority")).
package jwt
