package oidc

import (
	"errors"
	"regexp"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Okta returns the Config for the access tokens of a custom authorization server, such as
// https://example.okta.com/oauth2/default. audience is that of the authorization server, such as api://default.
//
//	user     uid; a token by client credentials has none
//	name     sub
//	client   cid
//	roles    groups, if the authorization server has such a claim
//	scopes   scp
//
// ID tokens are refused: their `aud` is the client, and they have neither `cid` nor `scp`. The tokens of the org server, whose
// issuer has no /oauth2, are for Okta's own APIs, and its keys may not be used to verify them.
func Okta(issuer, audience string) Config {
	issuer = strings.TrimRight(issuer, "/")
	c := preset("okta", issuer, []string{"RS256"}, audience)
	c.Types = []string{"", "JWT"}
	c.Claims = jwt.Claims{
		User: texts("uid"), Name: texts("sub"), Client: texts("cid"),
		Roles:    []jwt.List{list(jwt.Array, "groups")},
		Scopes:   []jwt.List{list(jwt.Array, "scp")},
		Required: [][]jwt.Path{{{"cid"}}, {{"scp"}}},
		Values:   []jwt.Value{value("ver", "1")},
	}
	c.hints = token.Hints{
		"bad_issuer": oktaOrgToken, "bad_type": oktaOrgToken,
		"cid": sendAccessToken, "scp": sendAccessToken,
		"bad_audience": "aud is not that of the authorization server; an ID token has the caller in aud: send the access token",
	}
	if !oktaServer.MatchString(issuer) {
		c.err = errors.New("the issuer must be that of a custom authorization server (Security > API), such as " +
			"https://example.okta.com/oauth2/default: the access tokens of the org server, whose issuer is the domain alone, " +
			"are for Okta's own APIs, and nobody else can verify them")
	}
	return c
}

const oktaOrgToken = "the token may be of the org server: the caller must ask this authorization server for it"

var oktaServer = regexp.MustCompile(`^https?://[^/]+/oauth2/[^/?#]+$`)
