package oidc

import (
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Zitadel returns the Config for the access tokens of an instance, such as example.zitadel.cloud, whose applications have JWT as
// the type of their tokens. audiences are the ID of the project of this service, or client IDs.
//
//	user     sub
//	client   client_id
//	roles    the keys of urn:zitadel:iam:org:project:roles, and of urn:zitadel:iam:org:project:<id>:roles for each audience
//
// A role counts if its value is an object that is not empty, which has the organizations that grant it. ID tokens are refused:
// they have `azp`, and no `jti`.
//
// The claim urn:zitadel:iam:org:project:roles has the roles in the project of the client. If clients of other projects call this
// service, remove it: config.Claims.Roles = config.Claims.Roles[1:].
func Zitadel(domain string, audiences ...string) Config {
	c := preset("zitadel", urlOf(domain), asymmetric, audiences...)
	c.Claims = jwt.Claims{
		Client:   texts("client_id"),
		Roles:    []jwt.List{list(claims.ObjectKeys, "urn:zitadel:iam:org:project:roles")},
		Required: [][]jwt.Path{{{"jti"}}},
		Absent:   absent("azp"),
	}
	c.hints = token.Hints{
		"malformed_token": "the token is opaque: set the type of the tokens of the caller's application to JWT",
		"azp":             sendAccessToken, "missing_claim_jti": sendAccessToken,
		"bad_audience": "aud does not have the project: ask for the scope urn:zitadel:iam:org:project:id:<id>:aud",
	}
	for _, id := range audiences {
		c.Claims.Roles = append(c.Claims.Roles, list(claims.ObjectKeys, "urn:zitadel:iam:org:project:"+id+":roles"))
	}
	return c
}
