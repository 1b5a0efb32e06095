package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

func byKey(_ context.Context, sc core.SecurityContext, req core.Request, _ core.Response) error {
	key, n := req.Header("X-Api-Key")
	switch {
	case n == 0:
		return nil // nothing for me here
	case n > 1 || key != "secret":
		return core.Unauthorized("invalid key")
	}
	return sc.SetAuth(core.NewAuth(core.AuthData{Username: "ann"}))
}

// A provider is one function. This one authenticates callers by a key in a header.
func ExampleProviderFunc() {
	apiKey := core.ProviderFunc(byKey)

	var sc coretest.SecurityContext
	req := coretest.Request{Headers: map[string][]string{"X-Api-Key": {"secret"}}}
	err := apiKey.Provide(context.Background(), &sc, req, &coretest.Recorder{})
	fmt.Println(sc.Auth().Username(), err)
	// Output: ann <nil>
}

// The error names everything that is unsafe in a chain.
func ExampleNewSecurityChain() {
	_, err := core.NewSecurityChain(core.PublicRoutes("/users/:id", "*.css"), core.RequireScopes("two words"))
	fmt.Println(err)
	// Output:
	// core: provider 1: public: pattern "/users/:id" matches no path: ":id" is a parameter to a router and literal text here: use * for one segment, ** for one or more
	// core: provider 1: public: pattern "*.css" matches no path: it must begin with /
	// core: provider 2: require_scopes: "two words" is not a scope: a scope is one word without quotes (RFC 6749, section 3.3)
}

// Adapters call Guard. It has answered each request that it refuses.
func ExampleSecurityChain_Guard() {
	chain, err := core.NewSecurityChain(core.PublicRoutes("/healthcheck"), core.ProviderFunc(byKey))
	if err != nil {
		fmt.Println(err)
		return
	}
	quiet := chain.WithLogger(slog.New(slog.DiscardHandler)) // without it, each refusal is logged
	for _, target := range []string{"/healthcheck", "/hello", "/healthcheck%2Fhello"} {
		var res coretest.Recorder
		_, pass := quiet.Guard(context.Background(), coretest.Request{Target: target}, &res)
		fmt.Printf("%t %d %s %s.\n", pass, res.Status, target, res.Headers.Get("Www-Authenticate"))
	}
	// Output:
	// true 0 /healthcheck .
	// false 401 /hello Bearer realm="microkubes".
	// false 400 /healthcheck%2Fhello Bearer realm="microkubes", error="invalid_request".
}

// Claim reads a claim of your own into a variable of its type.
func ExampleAuth_Claim() {
	auth := core.NewAuth(core.AuthData{
		Username: "ann",
		Claims:   []byte(`{"tenant": "acme", "limits": {"orders": 20}}`), // in a service they are those of the token
	})

	var tenant string
	err := auth.Claim("tenant", &tenant)
	fmt.Println(tenant, err)

	var limits struct {
		Orders int `json:"orders"` // names are compared exactly
	}
	err = auth.Claim("limits", &limits)
	fmt.Println(limits.Orders, err)

	var region string
	err = auth.Claim("region", &region)
	fmt.Println(errors.Is(err, core.ErrNoClaim))
	// Output:
	// acme <nil>
	// 20 <nil>
	// true
}

// All claims that a service needs, in a struct of its own.
func ExampleAuth_Claims() {
	auth := core.NewAuth(core.AuthData{ // in a handler: core.AuthFrom(ctx)
		Claims: []byte(`{"sub": "u1", "SUB": "admin", "permissions": ["read:orders"], "kubernetes.io": {"namespace": "shop"}}`),
	})

	var claims struct {
		Subject     string   `json:"sub"`
		Permissions []string `json:"permissions"`
		Kubernetes  struct {
			Namespace string `json:"namespace"`
		} `json:"kubernetes.io"`
	}
	err := auth.Claims(&claims)
	fmt.Println(claims.Subject, claims.Permissions, claims.Kubernetes.Namespace, err)

	var wrong struct {
		Permissions string `json:"permissions"`
	}
	fmt.Println(auth.Claims(&wrong))
	// Output:
	// u1 [read:orders] shop <nil>
	// core: the claim "permissions" cannot be decoded into string
}

// Roles from a database, for every request with a good token.
func ExampleEnrich() {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	rolesOf := map[string][]string{"user-1": {"editor"}} // in a service: a database, with a cache in front of it
	tokens := jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name))
	chain, err := core.NewSecurityChain(core.Enrich(tokens, func(_ context.Context, auth *core.Auth) (*core.Auth, error) {
		roles, ok := rolesOf[auth.UserID()]
		if !ok {
			return nil, core.Forbidden("access denied")
		}
		data := auth.Data()
		data.Roles = append(data.Roles, roles...)
		return core.NewAuth(data), nil
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	token := issuer.Microkubes(coretest.Claims{"userId": "user-1", "roles": "user", "tenant": "acme"})
	ctx, ok := chain.Guard(context.Background(), coretest.Request{Headers: coretest.Bearer(token)}, &coretest.Recorder{})
	auth, _ := core.AuthFrom(ctx)
	var tenant string
	err = auth.Claim("tenant", &tenant)
	fmt.Println(ok, auth.Roles(), tenant, err)
	// Output: true [user editor] acme <nil>
}
