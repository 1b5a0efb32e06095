package oauth2_test

import (
	"context"
	"fmt"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// An access token is for one service: another one refuses it.
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
