package oidc

import (
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Hydra returns the Config for the access tokens of Ory Hydra with the JWT strategy. issuer is what Hydra calls itself
// (urls.self.issuer), with or without a slash at the end as it is there. audience is what clients ask for.
//
//	user     sub
//	name     ext.username
//	client   client_id
//	roles    ext.roles
//	scopes   scp, and scope, which strategies.jwt.scope_claim adds or has in its place
//
// Claims under `ext` are what your consent application adds: change Claims to the names that it uses. ID tokens are refused: they
// have no `client_id`.
func Hydra(issuer, audience string) Config {
	c := preset("hydra", issuer, asymmetric, audience)
	c.Claims = jwt.Claims{
		Name:     []jwt.Text{{Path: jwt.Path{"ext", "username"}}},
		Client:   texts("client_id"),
		Roles:    []jwt.List{list(jwt.Array, "ext", "roles")},
		Scopes:   []jwt.List{list(jwt.Array|jwt.Spaces, "scp"), list(jwt.Spaces, "scope")},
		Required: [][]jwt.Path{{{"client_id"}}},
	}
	c.hints = token.Hints{
		"malformed_token":         "the token is opaque: let Hydra or the client use JWT as its strategy for access tokens",
		"missing_claim_client_id": sendAccessToken,
		"bad_audience": "aud is not this service: the caller must be allowed to ask for its audience, and ask for it; an " +
			"ID token has the caller in aud",
	}
	return c
}
