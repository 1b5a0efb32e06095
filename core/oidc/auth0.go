package oidc

import (
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Auth0 returns the Config for the access tokens of a tenant, such as example.eu.auth0.com or a domain of your own. audience is
// the identifier of the API that this service is.
//
//	user     sub
//	client   azp, or client_id in the profile of RFC 9068
//	scopes   scope
//
// ID tokens are refused: their `aud` is a client, and they name no client in another claim. Roles are in a claim that the tenant
// chooses, whose name is a URL:
//
//	config.Claims.Roles = []jwt.List{{Path: jwt.Path{"https://example.com/roles"}}}
//
// `permissions` are neither roles nor scopes. A handler reads them by [core.Auth.Claim].
func Auth0(domain, audience string) Config {
	c := preset("auth0", "", []string{"RS256", "PS256"}, audience)
	if url := urlOf(domain); url != "" {
		c.setIssuers(url + "/")
	}
	c.Claims = jwt.Claims{
		Client:   texts("azp", "client_id"),
		Scopes:   []jwt.List{list(jwt.Spaces, "scope")},
		Required: [][]jwt.Path{{{"azp"}, {"client_id"}}},
	}
	c.hints = token.Hints{
		"azp or client_id": sendAccessToken,
		"malformed_token":  "the token is opaque: the caller must ask for the audience of this API",
		"bad_audience":     "aud is not this API: the caller must ask for its audience; an ID token has the caller in aud",
	}
	return c
}
