package oidc

import (
	"errors"
	"regexp"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Keycloak returns the Config for the access tokens of a realm, such as https://sso.example.com/realms/main. client is the client
// ID of this service. It must be in `aud`, by an audience mapper or because the user has a role of the client.
//
//	user     sub
//	name     preferred_username
//	client   azp
//	roles    realm_access.roles, and resource_access.<client>.roles of this client alone
//	scopes   scope
//
// ID, refresh, offline and logout tokens are refused: their claim `typ` is not Bearer. So is the type DPoP of tokens that are
// bound to a key, and a lightweight token, which names no user unless the realm adds `sub` to it. A token that this client got
// for itself is refused unless an audience mapper adds the client to it.
//
// A role of the realm and a role of the client with the same name are the same role here. Remove one of Claims.Roles if they mean
// different things.
func Keycloak(realm, client string) Config {
	realm = strings.TrimRight(realm, "/")
	c := preset("keycloak", realm, asymmetric, client)
	c.Claims = jwt.Claims{
		Name: texts("preferred_username"), Client: texts("azp"),
		Roles: []jwt.List{
			list(jwt.Array, "realm_access", "roles"),
			list(jwt.Array, "resource_access", client, "roles"),
		},
		Scopes: []jwt.List{list(jwt.Spaces, "scope")},
		Values: []jwt.Value{value("typ", "Bearer")},
	}
	c.hints = token.Hints{
		"typ":               "the token is an ID token, or another one that is not a bearer token: send the access token",
		"bad_algorithm":     "the token may be a refresh token: send the access token",
		"bad_issuer":        "iss is not this realm: let KC_HOSTNAME be the host of the URL here",
		"bad_audience":      "aud does not have the client of this service: add an audience mapper for it to the caller's client",
		"missing_claim_sub": "the token may be a lightweight access token: let the realm add sub to it",
	}
	switch {
	case client == "":
		c.err = errors.New("the client is empty: write the client ID of this service")
	case client == "account":
		c.err = errors.New("\"account\" is in aud of the tokens for most services of a realm: write the client ID of this " +
			"service, and add an audience mapper for it to the clients that call it")
	case !realmURL.MatchString(realm):
		c.err = errors.New("the realm must be its URL, such as https://sso.example.com/realms/main")
	}
	return c
}

var realmURL = regexp.MustCompile(`^https?://.+/realms/[^/?#]+$`)
