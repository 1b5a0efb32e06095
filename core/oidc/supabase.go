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
//
// An OAuth client of the project gets tokens that have the `aud` and the `role` of its user, whatever scopes the user has agreed
// to. They are refused: they alone have `client_id`. To accept those of some clients:
//
//	config.Claims.Absent, config.Claims.Client = nil, []jwt.Text{{Path: jwt.Path{"client_id"}}}
//	config.Claims.Values = append(config.Claims.Values,
//		jwt.Value{Path: jwt.Path{"client_id"}, OneOf: []string{"9a8b7c6d-5e4f-4a2b-8c0d-9e8f7a6b5c4d"}, Optional: true})
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
		Absent: absent("client_id"),
	}
	c.hints = token.Hints{
		"bad_issuer":    "the token may be an API key of the project: send the access token of a user",
		"bad_algorithm": "the project may sign with its old JWT secret: let it use asymmetric signing keys",
		"client_id": "the token is of an OAuth client of the project, which acts for a user: see oidc.Supabase about " +
			"Config.Claims",
		"is_anonymous": "the user is anonymous, and the preset is for users that have signed in",
	}
	if project == "" {
		c.err = errors.New("the project is empty: write its URL")
	}
	return c
}
