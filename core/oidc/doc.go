// Package oidc authenticates requests by the tokens of an OpenID provider, with one line for each provider:
//
//	keycloak, err := oidc.New(ctx, oidc.Keycloak("https://sso.example.com/realms/main", "orders"))
//	chain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), keycloak)
//
// A preset, such as [Keycloak], knows which claims of the provider hold the identity, which tokens are for a service, and which
// tokens of the same provider are not: ID tokens, refresh tokens, and tokens for other services. [Issuer] is for providers
// without a preset. A preset returns a [Config], which is a value to change:
//
//	config := oidc.Auth0("example.eu.auth0.com", "https://orders.example.com")
//	config.Claims.Roles = []jwt.List{{Path: jwt.Path{"https://example.com/roles"}}}
//	auth0, err := oidc.New(ctx, config)
//
// [New] fetches the keys of the provider and keeps them up to date.
package oidc
