package coretest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/keys"
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

// A test plays the OpenID provider of a service.
func ExampleStartIssuer() {
	issuer := coretest.StartIssuer()
	defer issuer.Close()
	show := func() {
		resp, err := http.Get(issuer.KeysURL) // the service's own client does this
		if err != nil {
			fmt.Println("no answer")
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		found, _, _ := keys.ParseJWKS(body)
		fmt.Print(resp.StatusCode)
		for _, key := range found {
			fmt.Print(" ", key.ID())
		}
		fmt.Println()
	}
	show()
	issuer.Announce() // the next key is published, and does not sign yet
	show()
	issuer.Rotate() // the next key signs; the former one stays published
	issuer.Retire() // the former key is not published any more
	show()
	issuer.Fail(coretest.Outage)
	show()
	issuer.Refuse() // refuses connections
	show()
	issuer.Heal()
	show()
	// Output:
	// 200 default
	// 200 default rotated-1
	// 200 rotated-1
	// 503
	// no answer
	// 200 rotated-1
}
