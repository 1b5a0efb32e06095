// Package oauth2 authenticates requests by OAuth2 access tokens that are signed JWTs.
//
// [AccessTokens] is the profile of RFC 9068, which authorization servers follow today: `typ` at+jwt, and the claims iss,
// exp, aud, sub, client_id, iat and jti. An ID token, a logout token or a token for another service is refused.
// [Microkubes] is the form that Microkubes' authorization-server issues.
//
//	oauth2.New(store, oauth2.AccessTokens("https://login.example.com", "https://orders.example.com"))
//
// The checks are those of package jwt, with what the profile asks on top.
package oauth2
