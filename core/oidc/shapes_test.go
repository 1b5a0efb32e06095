package oidc_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProviders has the tokens that each provider issues for a service, with the identities that they must lead to.
func TestProviders(t *testing.T) {
	keycloak := who{
		User: "f3b0-sub", Name: "ann", Client: "spa", Roles: []string{"admin", "offline_access", "writer"},
		Scopes: []string{"openid", "email", "profile", "orders:write"},
	}
	zitadel := who{User: "f3b0-sub", Client: "c@p", Roles: []string{"admin"}}
	auth0 := who{User: "auth0|123", Client: "cl", Scopes: []string{"openid", "profile", "read:orders"}}
	for file, c := range map[string]struct {
		provider string
		want     who
	}{
		"keycloak-access-aud-mapper":   {"keycloak", keycloak},
		"keycloak-at-jwt-client-id":    {"keycloak", keycloak},
		"keycloak-client":              {"keycloak", who{User: "sa", Name: "service-account-job", Client: "job", Scopes: []string{"email"}}},
		"auth0-access":                 {"auth0", auth0},
		"auth0-ps256":                  {"auth0", auth0},
		"auth0-access-rfc9068":         {"auth0", who{User: "auth0|123", Client: "cl", Scopes: []string{"openid", "read:orders"}}},
		"entra-v2-access":              {"entra v2", who{User: "oid-1", Name: "ann@x", Client: "c", Roles: []string{"Orders.Admin"}, Scopes: []string{"Orders.Read", "Orders.Write"}}},
		"entra-v2-app":                 {"entra v2", who{User: "sp", Client: "c", Roles: []string{"Orders.Read.All"}}},
		"entra-v1-access":              {"entra v1", who{User: "oid-1", Name: "ann@x", Client: "c", Scopes: []string{"Orders.Read"}}},
		"okta-access":                  {"okta", who{User: "00u", Name: "ann@x", Client: "0oa", Roles: []string{"admin"}, Scopes: []string{"openid", "orders.read"}}},
		"okta-client":                  {"okta", who{Client: "0oa", Scopes: []string{"orders.read"}}},
		"cognito-access-no-aud-no-typ": {"cognito", who{User: "f3b0-sub", Name: "ann", Client: "cl", Roles: []string{"admin"}, Scopes: []string{"aws.cognito.signin.user.admin", "orders/read"}}},
		"google-id":                    {"google", who{User: "1098", Name: "ann@x", Organizations: []string{"x"}}},
		"firebase-id":                  {"firebase", who{User: "u1", Name: "ann@x"}},
		"supabase-es256":               {"supabase", who{User: "f3b0-sub", Name: "ann@x", Roles: []string{"authenticated"}}},
		"zitadel-access":               {"zitadel", zitadel},
		"zitadel-access-typ-at-jwt":    {"zitadel", zitadel},
		"hydra-access":                 {"hydra", who{User: "ann-1", Name: "ann", Client: "spa", Roles: []string{"admin"}, Scopes: []string{"openid", "orders.read"}}},
		"kubernetes-projected":         {"kubernetes", who{User: "system:serviceaccount:shop:web", Namespaces: []string{"shop"}}},
		"rfc9068":                      {"issuer", who{User: "s", Client: "c", Scopes: []string{"a", "b"}}},
	} {
		t.Run(file, func(t *testing.T) {
			auth, reason, claim := shapeOf(t, file).ask(t, presets[c.provider], nil, nil)
			require.Empty(t, reason+claim)
			assert.Equal(t, c.want, whoIs(auth))
			assert.NotEmpty(t, auth.Issuer())
		})
	}
}
