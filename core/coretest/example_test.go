package coretest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
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
