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
