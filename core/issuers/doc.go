// Package issuers makes one provider of several issuers. Each issuer has its own keys, algorithms, audiences, claims, scopes and
// revocation, because each member is a provider that jwt.New, oauth2.New or oidc.New has made:
//
//	chain, err := core.NewSecurityChain(issuers.New(
//		jwt.New(platformKeys, jwt.Microkubes("Microkubes JWT Authority")),
//		oauth2.New(shopKeys, oauth2.AccessTokens("https://login.shop.example.com", "https://orders.example.com")),
//	))
//
// The `iss` of a token chooses the member, by exact comparison, and the `typ` if several members have the same issuer. The cost
// of a request does not depend on the number of members. A token never gets to the keys of another issuer. A token of an issuer
// that no member has is left to another provider of the chain, and answered with 401 if there is none.
//
// [Resolve] is for issuers that are not known when the service starts, such as those of tenants. It calls a function for an
// issuer that it does not know, and keeps the provider that the function returns. The issuer of a token is what its sender wrote,
// so calls are bounded: tokens with made-up issuers cost a bounded number of calls and bounded memory, and do not slow down the
// tenants that are known.
package issuers
