package jwt_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// A Verifier verifies tokens without an HTTP request.
func ExampleVerifier() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	verifier, err := jwt.NewVerifier(issuer.Keys(), jwt.Microkubes(issuer.Name))
	if err != nil {
		fmt.Println(err)
		return
	}
	auth, err := verifier.Verify(context.Background(), issuer.Microkubes(nil))
	fmt.Println(auth.Username(), err)

	expired := issuer.Microkubes(coretest.Claims{"exp": time.Now().Add(-time.Minute).Unix()})
	_, err = verifier.Verify(context.Background(), expired)
	var refusal *core.Error
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Status(), refusal.Message(), refusal.Reason())
	}
	// Output:
	// user@example.com <nil>
	// 401 invalid token expired
}

// The tokens of Keycloak: where the roles are, and what tells an access token from an ID token.
func ExampleClaims() {
	issuer := coretest.NewIssuer("https://sso.example.com/realms/main")
	config := jwt.Config{Issuers: []string{issuer.Name}, Audiences: []string{"orders"}}
	config.Claims = jwt.Claims{
		User:   []jwt.Text{{Path: jwt.Path{"sub"}}},
		Name:   []jwt.Text{{Path: jwt.Path{"preferred_username"}}},
		Client: []jwt.Text{{Path: jwt.Path{"azp"}}},
		Roles: []jwt.List{
			{Path: jwt.Path{"realm_access", "roles"}},
			{Path: jwt.Path{"resource_access", "orders", "roles"}}, // those of the client orders, and of no other client
		},
		Values: []jwt.Value{{Path: jwt.Path{"typ"}, OneOf: []string{"Bearer"}}},
	}
	verifier, err := jwt.NewVerifier(issuer.Keys(), config)
	if err != nil {
		fmt.Println(err)
		return
	}
	claims := coretest.Claims{
		"iss": issuer.Name, "aud": "orders", "exp": time.Now().Add(time.Hour).Unix(), "sub": "5c7f", "typ": "Bearer",
		"preferred_username": "ann", "azp": "shop", "realm_access": map[string]any{"roles": []string{"admin"}},
	}
	header := map[string]any{"alg": "RS256", "typ": "JWT"}
	auth, err := verifier.Verify(context.Background(), issuer.Sign(header, claims))
	fmt.Println(auth.UserID(), auth.Username(), auth.ClientID(), auth.Roles(), err)

	claims["typ"] = "ID"
	_, err = verifier.Verify(context.Background(), issuer.Sign(header, claims))
	fmt.Println(err)
	// Output:
	// 5c7f ann shop [admin] <nil>
	// invalid token (bad_claim_value): claim typ
}
