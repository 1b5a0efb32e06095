// Package oauth2 authenticates requests by OAuth2 access tokens that are signed JWTs.
//
// [AccessTokens] is for the profile of RFC 9068, which authorization servers follow today: `typ` at+jwt, and the claims iss, exp,
// aud, sub, client_id, iat and jti. An ID token, a logout token or a token for another service is refused. [Microkubes] is for
// the tokens of Microkubes' authorization-server.
//
//	oauth2.New(store, oauth2.AccessTokens("https://login.example.com", "https://orders.example.com"))
//
// The checks are those of package jwt, and those that the profile requires in addition. For an issuer that follows the profile in
// part, set Types, and the fields of [jwt.Claims] that differ.
package oauth2
