package oidc

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Entra returns the Config for access tokens of Microsoft Entra ID in version 2, for an API that is registered with
// accessTokenAcceptedVersion 2. api is the application (client) ID of the API, and tenants are the IDs of the directories whose
// users and applications may call it.
//
//	user     oid
//	name     preferred_username
//	client   azp
//	roles    roles
//	scopes   scp
//
// An ID token is refused, even if the API and its caller share a registration: it has neither `azp`, nor `scp` or `roles`. A
// token in version 1 is refused by its issuer and `ver`, and a token for Graph by `aud`. `tid` must be the tenant of the issuer.
func Entra(api string, tenants ...string) Config {
	c := entra("2.0", "azp", "https://login.microsoftonline.com/%s/v2.0", api, tenants)
	c.hints["bad_issuer"] = "the tenant may not be one of those in the arguments, or the token of version 1: set " +
		"accessTokenAcceptedVersion of the API to 2, or use oidc.EntraV1"
	c.Claims.Name = texts("preferred_username")
	if len(tenants) > 1 {
		c.Keys.KeysURL = "https://login.microsoftonline.com/common/discovery/v2.0/keys"
	}
	return c
}

// EntraV1 is like [Entra], for access tokens in version 1, which are issued for an API with accessTokenAcceptedVersion 1 or null.
// api is what `aud` has, often api:// with the application ID. The name is `upn` or `unique_name`, and the client is `appid`.
func EntraV1(api string, tenants ...string) Config {
	c := entra("1.0", "appid", "https://sts.windows.net/%s/", api, tenants)
	c.Claims.Name = texts("upn", "unique_name")
	c.hints["bad_issuer"] = "the tenant may not be one of those in the arguments, or the token of version 2: use oidc.Entra"
	if len(tenants) > 1 {
		c.Keys.KeysURL = "https://login.microsoftonline.com/common/discovery/keys"
	}
	return c
}

// entra returns what both versions have in common. All tenants are served by the same keys, so that the tenant in a token can be
// believed, whichever tenant's keys are fetched.
func entra(version, client, issuer, api string, tenants []string) Config {
	c := preset("entra", "", []string{"RS256"}, api)
	c.Claims = jwt.Claims{
		User: texts("oid"), Client: texts(client),
		Roles:    []jwt.List{list(jwt.Array, "roles")},
		Scopes:   []jwt.List{list(jwt.Spaces, "scp")},
		Required: [][]jwt.Path{{{client}}, {{"scp"}, {"roles"}}},
		Values:   []jwt.Value{value("ver", version)},
	}
	c.hints = token.Hints{
		client: sendAccessToken, "scp or roles": sendAccessToken,
		"ver": "the token is of the other version: use oidc.Entra for version 2, and oidc.EntraV1 for version 1",
		"tid": "the token is of a tenant that its issuer is not for",
		"bad_audience": "the token is for another API, such as Graph: the caller must ask for a scope of this API; an ID " +
			"token has the caller in aud",
	}
	var issuers []string
	for _, tenant := range tenants {
		from := fmt.Sprintf(issuer, tenant)
		issuers = append(issuers, from)
		c.Claims.Values = append(c.Claims.Values, jwt.Value{Path: jwt.Path{"tid"}, OneOf: []string{tenant}, Issuer: from})
	}
	c.setIssuers(issuers...)
	c.err = checkTenants(tenants)
	return c
}

func checkTenants(tenants []string) error {
	if len(tenants) == 0 {
		return errors.New("there is no tenant: name the directory (tenant) ID of each")
	}
	for _, tenant := range tenants {
		switch {
		case slices.Contains([]string{"common", "organizations", "consumers"}, strings.ToLower(tenant)):
			return fmt.Errorf("%q is not a tenant: its tokens come from any directory in the world, under the issuer of that "+
				"directory; name the directory (tenant) ID of each that may call this service", tenant)
		case tenant == "" || strings.ContainsAny(tenant, "./:?#% "):
			return fmt.Errorf("the tenant %q is not a directory (tenant) ID: tokens have the ID, and neither a domain nor a URL",
				tenant)
		}
	}
	return nil
}
