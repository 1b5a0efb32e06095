package oidc_test

import (
	"context"
	"fmt"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// A service behind Keycloak. The client of the example reaches a server in memory; a service has no need of it.
func ExampleKeycloak() {
	server := coretest.NewIssuerServer(coretest.NewIssuer("https://sso.example.com/realms/main"))
	defer server.Close()

	config := oidc.Keycloak("https://sso.example.com/realms/main", "orders")
	config.Keys.Client = server.Client()
	keycloak, err := oidc.New(context.Background(), config)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = keycloak.Close() }()
	chain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), keycloak)
	if err != nil {
		fmt.Println(err)
		return
	}

	token := server.Sign(map[string]any{"alg": "RS256", "typ": "JWT"}, coretest.Claims{
		"iss": server.Name, "aud": "orders", "exp": time.Now().Add(time.Hour).Unix(), "sub": "5c7f", "typ": "Bearer",
		"preferred_username": "ann", "azp": "shop", "realm_access": map[string]any{"roles": []string{"admin"}},
	})
	ctx, passed := chain.Guard(context.Background(), coretest.Request{Headers: coretest.Bearer(token)}, &coretest.Recorder{})
	auth, _ := core.AuthFrom(ctx)
	fmt.Println(passed, auth.UserID(), auth.Username(), auth.ClientID(), auth.Roles())
	// Output: true 5c7f ann shop [admin]
}
