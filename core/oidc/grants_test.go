package oidc_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
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
		"google, email not verified":           {"google", "google-id", changes{"email_verified": false}, names, []string{"1098", "", ""}},
		"google, email verified as text":       {"google", "google-id", changes{"email_verified": "true"}, names, []string{"1098", "", ""}},
		"google, verified elsewhere":           {"google", "google-id", changes{"email_verified": coretest.Absent, "x": changes{"email_verified": true}}, names, []string{"1098", "", ""}},
		"google, without https":                {"google", "google-id", changes{"iss": "accounts.google.com"}, names, []string{"1098", "ann@x", ""}},
		"firebase, roles in an object":         {"firebase", "firebase-id", changes{"roles": changes{"admin": true, "owner": false, "x": "true"}}, roles, []string{"admin"}},
		"firebase, roles in an array":          {"firebase", "firebase-id", changes{"roles": []string{"a"}}, roles, []string{"a"}},
		"firebase, a role as a text":           {"firebase", "firebase-id", changes{"roles": "admin"}, roles, nil},
		"supabase, roles of the user's own":    {"supabase", "supabase-es256", changes{"user_metadata": changes{"roles": []string{"admin"}}}, roles, []string{"authenticated"}},
		"supabase, roles of the app":           {"supabase", "supabase-es256", changes{"app_metadata": changes{"roles": []string{"admin"}}}, roles, []string{"admin", "authenticated"}},
		"supabase, an old token":               {"supabase", "supabase-es256", changes{"is_anonymous": coretest.Absent}, roles, []string{"authenticated"}},
		"zitadel, a role without orgs":         {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": changes{"admin": changes{}, "user": changes{"1": "o"}}}, roles, []string{"user"}},
		"zitadel, of another project":          {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": coretest.Absent, "urn:zitadel:iam:org:project:p2:roles": changes{"admin": changes{"1": "o"}}}, roles, nil},
		"zitadel, of the project":              {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": coretest.Absent, "urn:zitadel:iam:org:project:p1:roles": changes{"admin": changes{"1": "o"}}}, roles, []string{"admin"}},
		"keycloak, roles of other clients":     {"keycloak", "keycloak-access-aud-mapper", changes{"resource_access": changes{"users": changes{"roles": []string{"x"}}}}, roles, []string{"admin", "offline_access"}},
		"keycloak, roles as an object":         {"keycloak", "keycloak-access-aud-mapper", changes{"realm_access": changes{"roles": changes{"admin": true}}}, roles, []string{"writer"}},
		"keycloak, groups":                     {"keycloak", "keycloak-access-aud-mapper", changes{"roles": []string{"x"}, "groups": []string{"y"}}, roles, []string{"admin", "offline_access", "writer"}},
		"auth0, permissions":                   {"auth0", "auth0-access-rfc9068", changes{"permissions": []string{"admin"}}, roles, nil},
		"auth0, roles that no Config names":    {"auth0", "auth0-access", nil, roles, nil},
		"auth0, a nickname":                    {"auth0", "auth0-access", changes{"username": "admin", "userId": "admin"}, names, []string{"auth0|123", "", "cl"}},
		"entra v1, upn":                        {"entra v1", "entra-v1-access", changes{"upn": "ann@y"}, names, []string{"oid-1", "ann@y", "c"}},
		"keycloak, a service account":          {"keycloak", "keycloak-client", nil, names, []string{"sa", "service-account-job", "job"}},
		"keycloak, a role of realm and client": {"keycloak", "keycloak-access-aud-mapper", changes{"resource_access": changes{"orders": changes{"roles": []string{"admin", "x"}}}}, roles, []string{"admin", "offline_access", "x"}},
		"keycloak, the client of a dialect":    {"keycloak", "keycloak-access-aud-mapper", changes{"azp": coretest.Absent, "client_id": "x"}, names, []string{"f3b0-sub", "ann", ""}},
		"auth0, both names of the client":      {"auth0", "auth0-access", changes{"client_id": "x"}, names, []string{"auth0|123", "", "cl"}},
		"entra, groups":                        {"entra v2", "entra-v2-access", changes{"groups": []string{"admin"}, "wids": []string{"admin"}}, roles, []string{"Orders.Admin"}},
		"entra, an email of the user's own":    {"entra v2", "entra-v2-access", changes{"email": "admin@x", "upn": "admin@x"}, names, []string{"oid-1", "ann@x", "c"}},
		"entra v1, unique_name":                {"entra v1", "entra-v1-access", nil, names, []string{"oid-1", "ann@x", "c"}},
		"entra v1, roles":                      {"entra v1", "entra-v1-access", changes{"roles": []string{"r"}}, roles, []string{"r"}},
		"okta, a client's name":                {"okta", "okta-client", nil, names, []string{"", "", "0oa"}},
		"okta, scopes as a text":               {"okta", "okta-access", changes{"scp": "admin"}, func(a *core.Auth) []string { return a.Scopes() }, nil},
		"cognito, custom groups":               {"cognito", "cognito-access-no-aud-no-typ", changes{"groups": []string{"x"}, "custom:roles": "y"}, roles, []string{"admin"}},
		"google, no domain":                    {"google", "google-id", changes{"hd": coretest.Absent}, func(a *core.Auth) []string { return a.Organizations() }, nil},
		"firebase, email not verified":         {"firebase", "firebase-id", changes{"email_verified": false}, names, []string{"u1", "", ""}},
		"firebase, by phone":                   {"firebase", "firebase-id", changes{"email": coretest.Absent, "email_verified": coretest.Absent, "phone_number": "+1"}, names, []string{"u1", "", ""}},
		"supabase, by phone":                   {"supabase", "supabase-es256", changes{"email": "", "phone": "1"}, names, []string{"f3b0-sub", "", ""}},
		"zitadel, roles of other values":       {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": changes{"a": "x", "b": false, "c": []string{"y"}}}, roles, nil},
		"firebase, a role that is an object":   {"firebase", "firebase-id", changes{"roles": changes{"admin": changes{"enabled": false}, "user": true}}, roles, []string{"user"}},
		"firebase, a role that is a number":    {"firebase", "firebase-id", changes{"roles": changes{"admin": 1, "x": []bool{true}, "y": nil}}, roles, nil},
		"zitadel, a role with true":            {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": changes{"admin": true, "user": changes{"1": "o"}, "y": nil}}, roles, []string{"user"}},
		"zitadel, true in the project":         {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:p1:roles": changes{"owner": true}}, roles, []string{"admin"}},
		"zitadel, a client of another project": {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:p2:roles": changes{"admin": changes{"123": "org.example"}}}, roles, nil},
		"zitadel, such a client, and a role":   {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:p2:roles": changes{"admin": changes{"123": "org.example"}}, "urn:zitadel:iam:org:project:p1:roles": changes{"user": changes{"1": "o"}}}, roles, []string{"user"}},
		"zitadel, the same role in two":        {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:p2:roles": changes{"admin": changes{"123": "org.example"}}, "urn:zitadel:iam:org:project:p1:roles": changes{"admin": changes{"123": "org.example"}}}, roles, []string{"admin"}},
		"zitadel, other roles in another":      {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:p2:roles": changes{"owner": changes{"1": "o"}}}, roles, []string{"admin"}},
		"zitadel, roles in an array":           {"zitadel", "zitadel-access", changes{"urn:zitadel:iam:org:project:roles": []any{changes{"admin": changes{"1": "o"}}}}, roles, nil},
		"hydra, a text of scopes":              {"hydra", "hydra-access", changes{"scp": "a b"}, func(a *core.Auth) []string { return a.Scopes() }, []string{"a", "b"}},
		"kubernetes, no namespace":             {"kubernetes", "kubernetes-projected", changes{"kubernetes.io": changes{}}, func(a *core.Auth) []string { return a.Namespaces() }, nil},
		"issuer, scp and scope":                {"issuer", "rfc9068", changes{"scp": []string{"c", "b"}}, func(a *core.Auth) []string { return a.Scopes() }, []string{"a", "b", "c"}},
		"issuer, azp":                          {"issuer", "rfc9068", changes{"client_id": coretest.Absent, "azp": "z", "preferred_username": "n"}, names, []string{"s", "n", "z"}},
		"issuer, known access tokens":          {"issuer", "rfc9068", changes{"typ": "Bearer", "token_use": "access", "username": "n"}, names, []string{"s", "n", "c"}},
		"issuer, two names of the client":      {"issuer", "rfc9068", changes{"azp": "z"}, names, []string{"s", "", "c"}},
		"issuer, scp alone":                    {"issuer", "rfc9068", changes{"client_id": coretest.Absent, "scope": coretest.Absent, "scp": []string{"c"}}, names, []string{"s", "", ""}},
		"issuer, scope alone":                  {"issuer", "rfc9068", changes{"client_id": coretest.Absent}, names, []string{"s", "", ""}},
		"issuer, client_id alone":              {"issuer", "rfc9068", changes{"scope": coretest.Absent, "roles": []string{"r"}}, roles, []string{"r"}},
		"hydra, scope as a text":               {"hydra", "hydra-access", changes{"scp": coretest.Absent, "scope": "openid orders.read"}, func(a *core.Auth) []string { return a.Scopes() }, []string{"openid", "orders.read"}},
		"hydra, scope and scp":                 {"hydra", "hydra-access", changes{"scope": "openid orders.read"}, func(a *core.Auth) []string { return a.Scopes() }, []string{"openid", "orders.read"}},
		"hydra, claims beside ext":             {"hydra", "hydra-access", changes{"roles": []string{"x"}, "username": "eve"}, roles, []string{"admin"}},
	} {
		t.Run(name, func(t *testing.T) {
			auth, reason, claim := shapeOf(t, c.file).ask(t, presets[c.provider], nil, c.claims)
			require.Empty(t, reason+claim)
			assert.Equal(t, c.want, c.of(auth))
		})
	}
}

// TestSupabaseOfAClient accepts the tokens of users and of one OAuth client, as the documentation of the preset shows.
func TestSupabaseOfAClient(t *testing.T) {
	config := presets["supabase"]
	config.Claims.Absent, config.Claims.Client = nil, []jwt.Text{{Path: jwt.Path{"client_id"}}}
	config.Claims.Values = append(slices.Clone(config.Claims.Values),
		jwt.Value{Path: jwt.Path{"client_id"}, OneOf: []string{"ours"}, Optional: true})
	for client, c := range map[any]struct{ client, claim string }{
		coretest.Absent: {}, "ours": {"ours", ""}, "theirs": {"", "client_id"},
	} {
		auth, _, claim := shapeOf(t, "supabase-es256").ask(t, config, nil, coretest.Claims{"client_id": client})
		assert.Equal(t, c.claim, claim)
		if c.claim == "" {
			assert.Equal(t, c.client, auth.ClientID())
		}
	}
}
