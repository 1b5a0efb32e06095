package oidc

import (
	"slices"

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
// The claim urn:zitadel:iam:org:project:roles repeats the roles in the project of the client. It does not count if that project
// is not one of the audiences, so name the project, and not only clients. Old versions of Zitadel write this claim alone. If such
// an instance has clients of other projects, remove the claim: config.Claims.Roles = config.Claims.Roles[1:].
func Zitadel(domain string, audiences ...string) Config {
	c := preset("zitadel", urlOf(domain), asymmetric, audiences...)
	c.Claims = jwt.Claims{
		Client:   texts("client_id"),
		Roles:    []jwt.List{list(claims.ObjectKeys, zitadelProject+"roles")},
		Required: [][]jwt.Path{{{"jti"}}},
		Absent:   absent("azp"),
	}
	c.hints = token.Hints{
		"malformed_token": "the token is opaque: set the type of the tokens of the caller's application to JWT",
		"azp":             sendAccessToken, "missing_claim_jti": sendAccessToken,
		"bad_audience": "aud does not have the project: ask for the scope urn:zitadel:iam:org:project:id:<id>:aud",
	}
	for _, id := range audiences {
		c.Claims.Roles = append(c.Claims.Roles, list(claims.ObjectKeys, zitadelProject+id+":roles"))
	}
	// Any client may ask for the audience of any project, so roles in a project of the caller's own must not count.
	c.repeat = claims.Repeat{
		Claim: zitadelProject + "roles", Prefix: zitadelProject, Suffix: ":roles", IDs: slices.Clone(audiences),
	}
	return c
}

// zitadelProject begins the names of claims about projects.
const zitadelProject = "urn:zitadel:iam:org:project:"
