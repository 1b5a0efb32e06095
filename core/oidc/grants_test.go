package oidc_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// TestProvidersGrantNoMore changes claims that grant something into forms and places that must not.
func TestProvidersGrantNoMore(t *testing.T) {
	type changes = coretest.Claims
	names := func(a *core.Auth) []string { return []string{a.UserID(), a.Username(), a.ClientID()} }
	roles := func(a *core.Auth) []string { return a.Roles() }
	for name, c := range map[string]struct {
		provider, file string
		claims         coretest.Claims
		of             func(*core.Auth) []string
		want           []string
	}{
		"google, email not verified":        {"google", "google-id", changes{"email_verified": false}, names, []string{"1098", "", ""}},
		"google, email verified as text":    {"google", "google-id", changes{"email_verified": "true"}, names, []string{"1098", "", ""}},
		"google, verified elsewhere":        {"google", "google-id", changes{"email_verified": coretest.Absent, "x": changes{"email_verified": true}}, names, []string{"1098", "", ""}},
		"google, without https":             {"google", "google-id", changes{"iss": "accounts.google.com"}, names, []string{"1098", "ann@x", ""}},
		"firebase, roles in an object":      {"firebase", "firebase-id", changes{"roles": changes{"admin": true, "owner": false, "x": "true"}}, roles, []string{"admin"}},
		"firebase, roles in an array":       {"firebase", "firebase-id", changes{"roles": []string{"a"}}, roles, []string{"a"}},
		"firebase, a role as a text":        {"firebase", "firebase-id", changes{"roles": "admin"}, roles, nil},
		"supabase, roles of the user's own": {"supabase", "supabase-es256", changes{"user_metadata": changes{"roles": []string{"admin"}}}, roles, []string{"authenticated"}},
		"supabase, roles of the app":        {"supabase", "supabase-es256", changes{"app_metadata": changes{"roles": []string{"admin"}}}, roles, []string{"admin", "authenticated"}},
		"supabase, an old token":            {"supabase", "supabase-es256", changes{"is_anonymous": coretest.Absent}, roles, []string{"authenticated"}},
		"zitadel, a role without orgs":      {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": changes{"admin": changes{}, "user": changes{"1": "o"}}}, roles, []string{"user"}},
		"zitadel, of another project":       {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": coretest.Absent, "urn:zitadel:iam:org:project:p2:roles": changes{"admin": changes{"1": "o"}}}, roles, nil},
		"zitadel, of the project":           {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": coretest.Absent, "urn:zitadel:iam:org:project:p1:roles": changes{"admin": changes{"1": "o"}}}, roles, []string{"admin"}},
		"keycloak, roles of other clients":  {"keycloak", "keycloak-access-aud-mapper", changes{"resource_access": changes{"users": changes{"roles": []string{"x"}}}}, roles, []string{"admin", "offline_access"}},
		"keycloak, roles as an object":      {"keycloak", "keycloak-access-aud-mapper", changes{"realm_access": changes{"roles": changes{"admin": true}}}, roles, []string{"writer"}},
		"keycloak, groups":                  {"keycloak", "keycloak-access-aud-mapper", changes{"roles": []string{"x"}, "groups": []string{"y"}}, roles, []string{"admin", "offline_access", "writer"}},
		"auth0, permissions":                {"auth0", "auth0-access-rfc9068", changes{"permissions": []string{"admin"}}, roles, nil},
		"auth0, roles that no Config names": {"auth0", "auth0-access", nil, roles, nil},
		"auth0, a nickname":                 {"auth0", "auth0-access", changes{"username": "admin", "userId": "admin"}, names, []string{"auth0|123", "", "cl"}},
		"entra v1, upn":                     {"entra v1", "entra-v1-access", changes{"upn": "ann@y"}, names, []string{"oid-1", "ann@y", "c"}},
		"hydra, claims beside ext":          {"hydra", "hydra-access", changes{"roles": []string{"x"}, "username": "eve"}, roles, []string{"admin"}},
	} {
		t.Run(name, func(t *testing.T) {
			auth, reason, claim := shapeOf(t, c.file).ask(t, presets[c.provider], nil, c.claims)
			require.Empty(t, reason+claim)
			assert.Equal(t, c.want, c.of(auth))
		})
	}
}
