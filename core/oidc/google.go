package oidc

import (
	"errors"

	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Google returns the Config for the ID tokens of Google, because Google's access tokens are opaque to services. clients are the
// client IDs whose tokens are for this service, such as those of its web site and its apps.
//
//	user           sub
//	name           email, if email_verified is true
//	organizations  hd, the domain of a Google Workspace
//
// A token of another client is refused by `aud`. Anybody with a Google account can get a token of a client, and any service
// account a token with an `aud` of its choice, so a route must require more than an identity: a domain, or users that it knows.
func Google(clients ...string) Config {
	c := preset("google", "https://accounts.google.com", []string{"RS256"}, clients...)
	c.Issuers = append(c.Issuers, "accounts.google.com") // of older tokens
	c.Types = []string{"JWT"}
	c.Claims = jwt.Claims{
		Name:          []jwt.Text{verifiedEmail},
		Organizations: []jwt.List{list(jwt.Word, "hd")},
	}
	c.hints = token.Hints{
		"malformed_token": "the token may be an access token, which is opaque: send the ID token",
		"bad_audience":    "the token is of another client: name the client in the arguments of oidc.Google, if it may call",
	}
	return c
}

// Firebase returns the Config for the ID tokens of a Firebase project, which is what Firebase has for services. project is the
// project ID.
//
//	user     sub
//	name     email, if email_verified is true
//	roles    roles, a custom claim: an array, or an object in which a role is true
//
// Tokens of other projects are refused by `iss` and `aud`, and session cookies by `iss`. The tokens of anonymous users, which a
// project may have, are refused: they alone have `provider_id`. To accept anonymous users, set Claims.Absent to nil.
func Firebase(project string) Config {
	c := preset("firebase", "https://securetoken.google.com/"+project, []string{"RS256"}, project)
	c.Types = []string{"JWT"}
	c.Claims = jwt.Claims{
		Name:   []jwt.Text{verifiedEmail},
		Roles:  []jwt.List{list(jwt.Array|claims.TrueKeys, "roles")},
		Absent: absent("provider_id"),
	}
	c.hints = token.Hints{
		"bad_issuer":  "the token may be of another project, or a session cookie: send the ID token",
		"provider_id": "the user is anonymous, and the preset is for users that have signed in",
	}
	if project == "" {
		c.err = errors.New("the project is empty: write its ID")
	}
	return c
}
