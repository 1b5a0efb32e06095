package oidc

import (
	"errors"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// Supabase returns the Config for the access tokens of the users of a project, such as https://abcdefghijkl.supabase.co.
//
//	user     sub
//	name     email
//	roles    role, and app_metadata.roles
//
// The keys must be asymmetric: a project with the old JWT secret has to move to signing keys first. Anonymous users are refused
// by `is_anonymous`, and the API keys of the project by `iss`. `user_metadata` grants nothing, because users can change
// their own.
func Supabase(project string) Config {
	issuer := urlOf(project)
	if !strings.HasSuffix(issuer, "/auth/v1") {
		issuer += "/auth/v1"
	}
	c := preset("supabase", issuer, []string{"ES256", "RS256"}, "authenticated")
	c.Claims = jwt.Claims{
		Name:   texts("email"),
		Roles:  []jwt.List{list(jwt.Word, "role"), list(jwt.Array, "app_metadata", "roles")},
		Values: []jwt.Value{optional("is_anonymous", "false")},
	}
	c.hints = token.Hints{
		"bad_issuer":    "the token may be an API key of the project: send the access token of a user",
		"bad_algorithm": "the project may sign with its old JWT secret: let it use asymmetric signing keys",
		"is_anonymous":  "the user is anonymous, and the preset is for users that have signed in",
	}
	if project == "" {
		c.err = errors.New("the project is empty: write its URL")
	}
	return c
}
