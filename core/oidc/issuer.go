package oidc

import (
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Issuer returns the Config for access tokens of a provider without a preset, by RFC 9068 or similar. issuer is its URL exactly
// as in its discovery document, and audiences are the names of this service there.
//
//	user     sub
//	name     preferred_username, or username
//	client   client_id, or azp
//	roles    roles
//	scopes   scope, and scp
//
// The header `typ` may be at+jwt, JWT or absent. A token must have `client_id`, `scope` or `scp`, which access tokens have, and
// must not have what ID tokens have: `nonce`, `at_hash` or `c_hash` (OpenID Connect Core 1.0, sections 2 and 3.3.2.11). If it has
// the claims `typ` or `token_use`, they must be those of an access token. `azp` is in tokens of both kinds and tells nothing.
//
// These rules refuse the ID tokens of most providers. Only `aud` is sure to: give this service an audience that is not the ID of
// a client. If the provider issues at+jwt, set Types to that alone, which no ID token has.
func Issuer(issuer string, audiences ...string) Config {
	c := preset("oidc", issuer, asymmetric, audiences...)
	c.Types = []string{"at+jwt", "JWT", ""}
	c.Claims = jwt.Claims{
		Name: texts("preferred_username", "username"), Client: texts("client_id", "azp"),
		Roles:    []jwt.List{list(jwt.Array, "roles")},
		Scopes:   []jwt.List{list(jwt.Spaces, "scope"), list(jwt.Array|jwt.Spaces, "scp")},
		Required: [][]jwt.Path{{{"client_id"}, {"scope"}, {"scp"}}},
		Values:   []jwt.Value{optional("typ", "Bearer", "at+jwt", "JWT"), optional("token_use", "access")},
		Absent:   absent("nonce", "at_hash", "c_hash"),
	}
	c.hints = token.Hints{
		"typ": sendAccessToken, "token_use": sendAccessToken, "client_id or scope or scp": sendAccessToken,
		"bad_audience": "aud is not this service: the caller must ask for its audience; an ID token has the caller in aud",
	}
	for _, path := range c.Claims.Absent {
		c.hints[path[0]] = sendAccessToken
	}
	return c
}
