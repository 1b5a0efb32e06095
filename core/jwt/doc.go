// Package jwt authenticates requests by signed JSON Web Tokens (RFC 7519), following the best current practices of RFC 8725:
//
//   - The key decides the algorithm, and not the token. `none` is not supported.
//   - Issuer and audience are checked, unless the [Config] waives a check by name.
//   - A token must have `exp`, and must name a user: in `sub`, in `userId`, which Microkubes' tokens have, or in the claims that
//     the Config names instead. With SubjectOptional a client is enough.
//   - A token with `crit`, duplicate members, a second base64 encoding of the same bytes, or claims of the wrong type is refused.
//     Roles, scopes and other claims that only grant something grant nothing if their form is not known.
//
// [New] returns a provider for a chain, and [NewVerifier] verifies tokens without HTTP. For the tokens of Microkubes' jwt-issuer
// use [Microkubes]:
//
//	jwt.New(store, jwt.Microkubes("Microkubes JWT Authority"))
//
// For the tokens of another issuer, [Claims] says where the identity is, and what tells its access tokens from its other tokens.
package jwt
