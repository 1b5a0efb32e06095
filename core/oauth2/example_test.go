package oauth2_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// A Verifier verifies tokens without an HTTP request, such as those in the messages of a queue.
func ExampleVerifier() {
	issuer := coretest.NewIssuer("https://login.example.com") // in a service: keys.Dir, and the name of the authorization server
	config := oauth2.AccessTokens(issuer.Name, "https://orders.example.com")
	config.Scopes = []string{"orders:write"}
	verifier, err := oauth2.NewVerifier(issuer.Keys(), config)
	if err != nil {
		fmt.Println(err)
		return
	}
	consume := func(token, order string) {
		auth, err := verifier.Verify(context.Background(), token)
		var refusal *core.Error
		switch {
		case err == nil:
			fmt.Println(auth.ClientID(), "ordered", order)
		case errors.As(err, &refusal) && refusal.Status() == http.StatusServiceUnavailable:
			fmt.Println("no keys: put the message back") // the token may be good
		default:
			fmt.Println("drop the message:", err)
		}
	}
	consume(issuer.AccessToken("https://orders.example.com", coretest.Claims{"scope": "orders:write"}), "tea")
	consume(issuer.AccessToken("https://orders.example.com", nil), "coffee")
	consume("not a token", "water")
	// Output:
	// client-1 ordered tea
	// drop the message: access denied (insufficient_scope)
	// drop the message: invalid token (malformed_token)
}

// An access token is for one service, and other services refuse it.
func ExampleAccessTokens() {
	issuer := coretest.NewIssuer("https://login.example.com")
	token := issuer.AccessToken("https://orders.example.com", coretest.Claims{"scope": "orders:read"})

	for _, audience := range []string{"https://orders.example.com", "https://users.example.com"} {
		verifier, err := oauth2.NewVerifier(issuer.Keys(), oauth2.AccessTokens(issuer.Name, audience))
		if err != nil {
			fmt.Println(err)
			return
		}
		auth, err := verifier.Verify(context.Background(), token)
		fmt.Println(auth.ClientID(), auth.Scopes(), err)
	}
	// Output:
	// client-1 [orders:read] <nil>
	//  [] invalid token (bad_audience)
}

// The access tokens of an issuer that writes JWT as `typ`, a list of scopes, and roles under a name of its own.
func ExampleConfig() {
	issuer := coretest.NewIssuer("https://login.example.com")
	config := oauth2.AccessTokens(issuer.Name, "https://orders.example.com")
	config.Types = []string{"JWT"}
	config.Claims.Roles = []jwt.List{{Path: jwt.Path{"https://example.com/roles"}}}
	config.Claims.Scopes = []jwt.List{{Path: jwt.Path{"scp"}}}
	config.Claims.Required = [][]jwt.Path{{{"client_id"}}, {{"scp"}}} // which ID tokens do not have
	verifier, err := oauth2.NewVerifier(issuer.Keys(), config)
	if err != nil {
		fmt.Println(err)
		return
	}
	claims := coretest.Claims{
		"iss": issuer.Name, "aud": "https://orders.example.com", "exp": time.Now().Add(time.Hour).Unix(), "sub": "5c7f",
		"client_id": "shop", "scp": []string{"orders:read"}, "https://example.com/roles": []string{"admin"},
	}
	auth, err := verifier.Verify(context.Background(), issuer.Sign(map[string]any{"alg": "RS256", "typ": "JWT"}, claims))
	fmt.Println(auth.UserID(), auth.ClientID(), auth.Roles(), auth.Scopes(), err)
	// Output: 5c7f shop [admin] [orders:read] <nil>
}
