package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/oidc"
	"github.com/microkubes/microkubes-go/service"
)

// TestService sends tokens with the claims that Keycloak writes for the realm of this example.
func TestService(t *testing.T) {
	issuer := coretest.NewIssuerServer(coretest.NewIssuerFor("/realms/main", "RS256"))
	issuer.Start()
	defer issuer.Close()
	provider, err := oidc.New(t.Context(), oidc.Keycloak(issuer.URL, "orders"))
	require.NoError(t, err)
	defer func() { assert.NoError(t, provider.Close()) }()
	chain, err := core.NewSecurityChain(provider)
	require.NoError(t, err)
	handler := routes(chain)

	type claims = coretest.Claims
	ordinary := []string{"default-roles-main", "offline_access", "uma_authorization"}
	base := claims{"typ": "Bearer", "azp": "shop", "scope": "profile email", "client_id": coretest.Absent}
	token := func(audience, user string, roles []string, changes claims) string {
		all := claims{"preferred_username": user, "realm_access": claims{"roles": roles}}
		for _, more := range []claims{base, changes} {
			for name, value := range more {
				all[name] = value
			}
		}
		return issuer.AccessToken(audience, all)
	}
	ann := token("orders", "ann", append([]string{"admin"}, ordinary...), nil)
	bob := token("orders", "bob", ordinary, nil)
	for name, c := range map[string]struct {
		path, token string
		status      int
	}{
		"ann, hello":           {"/hello", ann, 200},
		"ann, admin":           {"/admin", ann, 200},
		"bob, hello":           {"/hello", bob, 200},
		"bob, admin":           {"/admin", bob, 403},
		"nobody, hello":        {"/hello", "", 401},
		"without the audience": {"/hello", token("account", "ann", []string{"admin"}, nil), 401},
		"an ID token":          {"/hello", token("orders", "ann", nil, claims{"typ": "ID"}), 401},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, c.path, nil)
			if c.token != "" {
				r.Header = coretest.Bearer(c.token)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			assert.Equal(t, c.status, w.Code, w.Body)
		})
	}
}

// TestRun starts and stops the service, also with a Keycloak that does not answer.
func TestRun(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for name, c := range map[string]struct{ addr, realm, says string }{ // says is empty if the service is told to stop
		"until the context ends": {"127.0.0.1:0", "http://127.0.0.1:1/realms/main", ""},
		"not the URL of a realm": {"127.0.0.1:0", "http://127.0.0.1:1", "the realm must be its URL"},
		"a taken address":        {taken.Addr().String(), "http://127.0.0.1:1/realms/main", "address already in use"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.says == "" {
				cancel()
			}
			err := service.Run(ctx, config(c.addr, c.realm), serve)
			if c.says == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.says)
			}
		})
	}
}

// TestRealm checks what README.md says of the realm: the role of ann, and the audience in the tokens of the client shop.
func TestRealm(t *testing.T) {
	text, err := os.ReadFile("main-realm.json")
	require.NoError(t, err)
	var realm struct {
		Realm string
		Users []struct {
			Username   string
			RealmRoles []string
		}
		Clients []struct {
			ClientID        string
			ProtocolMappers []struct {
				ProtocolMapper string
				Config         map[string]string
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &realm))
	assert.Equal(t, "main", realm.Realm)
	admins := map[string]bool{}
	for _, user := range realm.Users {
		admins[user.Username] = slices.Contains(user.RealmRoles, "admin")
	}
	assert.Equal(t, map[string]bool{"ann": true, "bob": false}, admins)
	audiences := map[string]string{}
	for _, client := range realm.Clients {
		audiences[client.ClientID] = ""
		for _, mapper := range client.ProtocolMappers {
			assert.Equal(t, "oidc-audience-mapper", mapper.ProtocolMapper)
			assert.Equal(t, "true", mapper.Config["access.token.claim"])
			audiences[client.ClientID] = mapper.Config["included.client.audience"]
		}
	}
	assert.Equal(t, map[string]string{"orders": "", "shop": "orders"}, audiences)
}
