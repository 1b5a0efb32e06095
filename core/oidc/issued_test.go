package oidc_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestIssuedTokens has the tokens that real servers have issued: Keycloak 26.7, oidc-provider 9 and zitadel/oidc 3.
func TestIssuedTokens(t *testing.T) {
	const id = "00000000-0000-0000-0000-000000000000"
	realm := []string{"default-roles-main", "offline_access", "uma_authorization"}
	ann := who{
		User: id, Name: "ann", Client: "shop", Roles: append(append([]string{"admin"}, realm...), "write"),
		Scopes: []string{"email", "openid", "profile"},
	}
	plain := ann
	plain.Roles = nil
	seen := map[string]bool{}
	for _, c := range []struct {
		file, preset string
		want         who
		reason       string
		claim        string
	}{
		{"keycloak-user-admin", "keycloak, issued", ann, "", ""},
		{"keycloak-user-at-jwt", "keycloak, issued", who{User: id, Name: "bob", Client: "shop-at-jwt", Scopes: ann.Scopes}, "", ""},
		{"keycloak-machine", "keycloak, issued", who{
			User: id, Name: "service-account-batch", Client: "batch", Roles: append(append([]string{}, realm...), "write"),
			Scopes: []string{"email", "profile"},
		}, "", ""},
		{"keycloak-user-lightweight", "keycloak, issued", who{}, "missing_claim_sub", ""},
		{"keycloak-machine-dpop", "keycloak, issued", who{}, "bad_claim_value", "typ"},
		{"keycloak-id-token", "keycloak, issued", who{}, "bad_claim_value", "typ"},
		{"keycloak-id-token-of-this-service", "keycloak, issued", who{}, "bad_claim_value", "typ"},
		{"keycloak-offline-token", "keycloak, issued", who{}, "bad_algorithm", ""},
		{"keycloak-refresh-token", "keycloak, issued", who{}, "bad_algorithm", ""},
		{"keycloak-user-without-audience", "keycloak, issued", who{}, "bad_audience", ""},
		{"keycloak-user-of-this-service-as-client", "keycloak, issued", who{}, "bad_audience", ""},
		{"keycloak-machine-of-another-service", "keycloak, issued", who{}, "bad_audience", ""},

		{"zitadel-user-admin", "zitadel, issued", who{User: "id-ann", Client: "shop", Roles: []string{"admin", "writer"}}, "", ""},
		{"zitadel-user", "zitadel, issued", who{User: "id-bob", Client: "shop"}, "", ""},
		{"zitadel-machine", "zitadel, issued", who{User: "sid1", Client: "sid1"}, "", ""},
		{"zitadel-id-token", "zitadel, issued", who{}, "bad_claim_value", "azp"},
		{"zitadel-machine-of-another-service", "zitadel, issued", who{}, "bad_audience", ""},

		{"oidc-provider-user-admin", "issuer, issued", who{User: "ann", Client: "shop", Roles: []string{"admin"}, Scopes: []string{"orders:read"}}, "", ""},
		{"oidc-provider-user", "issuer, issued", who{User: "bob", Client: "shop", Scopes: []string{"orders:read"}}, "", ""},
		{"oidc-provider-machine", "issuer, issued", who{User: "batch", Client: "batch", Scopes: []string{"orders:read", "orders:write"}}, "", ""},
		{"oidc-provider-id-token", "issuer, issued", who{}, "bad_audience", ""},
		{"oidc-provider-machine-of-another-service", "issuer, issued", who{}, "bad_audience", ""},

		// The preset for any issuer, for a service that is known by the ID of a client, as it should not be.
		{"oidc-provider-id-token", "issuer, of a shop", who{}, "missing_claim", "client_id or scope or scp"},
		{"zitadel-id-token", "issuer, of a shop", who{}, "bad_claim_value", "nonce"},
		{"zitadel-user", "issuer, of a shop", who{User: "id-bob", Client: "shop"}, "", ""},
		{"keycloak-user-admin", "issuer, of a realm", plain, "", ""},
		{"keycloak-id-token", "issuer, of a realm", who{}, "bad_claim_value", "typ"},
		{"keycloak-machine-dpop", "issuer, of a realm", who{}, "bad_claim_value", "typ"},
	} {
		seen[c.file+".json"] = true
		t.Run(c.file+" "+c.preset, func(t *testing.T) {
			auth, reason, claim := shapeOf(t, "issued/"+c.file).ask(t, presets[c.preset], nil, nil)
			require.Equal(t, []string{c.reason, c.claim}, []string{reason, claim})
			if c.reason == "" {
				assert.Equal(t, c.want, whoIs(auth))
			}
		})
	}
	files, err := os.ReadDir("testdata/issued")
	require.NoError(t, err)
	for _, file := range files {
		assert.True(t, seen[file.Name()] || !strings.HasSuffix(file.Name(), ".json"), file.Name())
	}
}
