package oidc

import (
	"errors"
	"fmt"
	"slices"

	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Cognito returns the Config for the access tokens of an Amazon Cognito user pool, such as eu-west-1_AbCdEfGhI in the region
// eu-west-1. clients are the IDs of the app clients whose tokens are for this service.
//
//	user     sub
//	name     username
//	client   client_id
//	roles    cognito:groups
//	scopes   scope
//
// An access token has no `aud`, so `client_id` says whom the token is for. ID tokens are refused by `token_use`. A token with
// `aud`, which a client gets if it asks for a resource, may be for another service and is refused. To accept those of this
// service instead:
//
//	config.AnyAudience, config.Audiences, config.Claims.Absent = false, []string{"https://orders.example.com"}, nil
func Cognito(region, pool string, clients ...string) Config {
	issuer := fmt.Sprintf("https://cognito-idp.%s.amazonaws.com/%s", region, pool)
	c := preset("cognito", issuer, []string{"RS256"})
	c.AnyAudience, c.Types = true, []string{"", "JWT"}
	c.Claims = jwt.Claims{
		Name: texts("username"), Client: texts("client_id"),
		Roles:  []jwt.List{list(jwt.Array, "cognito:groups")},
		Scopes: []jwt.List{list(jwt.Spaces, "scope")},
		Values: []jwt.Value{value("token_use", "access"), value("client_id", slices.Clone(clients)...)},
		Absent: absent("aud"),
	}
	c.hints = token.Hints{
		"token_use": sendAccessToken,
		"aud":       "the token is for a resource: see oidc.Cognito about Config.Audiences",
		"client_id": "the token is of another app client: name the client in the arguments of oidc.Cognito, if it may call",
	}
	switch {
	case region == "" || pool == "":
		c.err = errors.New("the region or the user pool is empty")
	case len(clients) == 0:
		c.err = errors.New("there is no app client: name the IDs of those whose tokens are for this service")
	}
	return c
}
