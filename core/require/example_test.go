package require_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/require"
)

// A payment needs a member of the organization, or an admin, who has signed in with a second factor in the last five minutes.
func Example() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	if err != nil {
		log.Fatal(err)
	}
	payments := chain.WithLogger(slog.New(slog.DiscardHandler)).With(
		require.Any(core.RequireRoles("admin"), require.Organizations("acme")),
		require.StepUp(require.SignIn{ACR: []string{"mfa"}, MaxAge: 5 * time.Minute}),
	)

	yesterday, now := time.Now().Add(-24*time.Hour).Unix(), time.Now().Unix()
	for _, claims := range []coretest.Claims{
		{"organizations": []string{"other"}, "acr": "mfa", "auth_time": now},
		{"organizations": []string{"acme"}, "acr": "mfa", "auth_time": yesterday},
		{"organizations": []string{"acme"}, "acr": "mfa", "auth_time": now},
	} {
		var res coretest.Recorder
		_, pass := payments.Guard(context.Background(), coretest.Request{Headers: coretest.Bearer(issuer.Microkubes(claims))}, &res)
		fmt.Println(pass, res.Status, res.Headers.Get("WWW-Authenticate"))
	}
	// Output:
	// false 403 Bearer realm="microkubes", error="insufficient_scope"
	// false 401 Bearer realm="microkubes", error="insufficient_user_authentication", acr_values="mfa", max_age="300"
	// true 0
}

// The claim "amr" has the methods with which the user signed in (RFC 8176).
func ExampleClaim() {
	otp := require.Claim("amr", func(methods []string) bool { return slices.Contains(methods, "otp") })
	for _, claims := range []string{`{"amr":["pwd","otp"]}`, `{"amr":["pwd"]}`, `{"amr":"otp"}`, `{}`} {
		sc := &coretest.SecurityContext{}
		if err := sc.SetAuth(core.NewAuth(core.AuthData{Claims: []byte(claims)})); err != nil {
			log.Fatal(err)
		}
		fmt.Println(otp.Provide(context.Background(), sc, coretest.Request{}, nil))
	}
	// Output:
	// <nil>
	// access denied (unmet_requirement)
	// access denied (unmet_requirement)
	// access denied (unmet_requirement)
}
