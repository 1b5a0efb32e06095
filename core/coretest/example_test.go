package coretest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

func hello(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	fmt.Fprintln(w, "Hello", auth.Username())
}

// A handler is tested with an identity in its context, without a chain or a token.
func ExampleAs() {
	ctx := coretest.As(context.Background(), core.NewAuth(core.AuthData{Username: "ann"}))
	w := httptest.NewRecorder()
	hello(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/hello", nil))
	fmt.Print(w.Body)
	// Output: Hello ann
}

// A test plays the OpenID provider of a service, which keeps serving during an outage and follows a rotation.
func ExampleStartIssuer() {
	issuer := coretest.StartIssuer()
	defer issuer.Close()

	// The service. Its test needs the URL of the issuer and nothing else.
	store, err := keys.Discover(context.Background(), issuer.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	verifier, err := oauth2.NewVerifier(store, oauth2.AccessTokens(issuer.URL, "https://orders.example.com"))
	if err != nil {
		fmt.Println(err)
		return
	}
	try := func(what, token string) {
		_, err := verifier.Verify(context.Background(), token)
		fmt.Println(what, err == nil)
	}

	first := issuer.AccessToken("https://orders.example.com", nil)
	try("a token:", first)
	issuer.Fail(coretest.Outage)
	try("in an outage:", first)
	issuer.Heal()

	issuer.Announce() // the next key is published
	issuer.Rotate()   // it signs; the former one stays published
	second := issuer.AccessToken("https://orders.example.com", nil)
	try("with the new key:", second)
	try("with the former key:", first)
	// Output:
	// a token: true
	// in an outage: true
	// with the new key: true
	// with the former key: true
}
