package issuers_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// The platform's own tokens and those of two other servers, each with its own keys and its own rules.
func ExampleNew() {
	const audience = "https://orders.example.com"
	platform := coretest.NewIssuer("Microkubes JWT Authority")
	shop := coretest.NewIssuerFor("https://login.shop.example.com", "ES256")
	partner := coretest.NewIssuer("https://partner.example.org")

	chain, err := core.NewSecurityChain(issuers.New(
		jwt.New(platform.Keys(), jwt.Microkubes(platform.Name)),
		oauth2.New(shop.Keys(), oauth2.AccessTokens(shop.Name, audience)),
		oauth2.New(partner.Keys(), oauth2.AccessTokens(partner.Name, audience)),
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, token := range []string{
		platform.Microkubes(nil),
		shop.AccessToken(audience, nil),
		partner.AccessToken(audience, nil),
		partner.AccessToken(audience, coretest.Claims{"iss": shop.Name}), // signed with the partner's key
		partner.AccessToken(audience, coretest.Claims{"iss": "https://partner.example.org/"}),
	} {
		fmt.Println(send(chain, token))
	}
	// Output:
	// Microkubes JWT Authority
	// https://login.shop.example.com
	// https://partner.example.org
	// 401
	// 401
}

// Tenants that come while the service runs. The issuer of a tenant is discovered when the first token of the tenant comes.
func ExampleResolve() {
	const audience = "https://orders.example.com"
	acme := coretest.StartIssuer()
	defer acme.Close()
	customers := []string{acme.URL} // a service has a database, or a prefix that ends in a slash

	tenants := issuers.Resolve(func(ctx context.Context, issuer string) (core.Authenticator, io.Closer, error) {
		if !slices.Contains(customers, issuer) {
			return nil, nil, issuers.ErrUnknown // 401, and nothing is fetched
		}
		store, err := keys.RemoteConfig{Issuer: issuer, Required: true}.Open(ctx)
		if err != nil {
			return nil, nil, err // 503 with Retry-After, and another call after the cool-down
		}
		return oauth2.New(store, oauth2.AccessTokens(issuer, audience)), store, nil
	}, issuers.Config{})
	defer tenants.Close()

	chain, err := core.NewSecurityChain(tenants)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(send(chain, acme.AccessToken(audience, nil)) == acme.URL)
	fmt.Println(send(chain, acme.AccessToken(audience, coretest.Claims{"iss": acme.URL + "/made-up"})))
	// Output:
	// true
	// 401
}

// send returns the issuer of the identity that the handler would get, or the status of the refusal.
func send(chain *core.SecurityChain, token string) string {
	var res coretest.Recorder
	chain = chain.WithLogger(slog.New(slog.DiscardHandler))
	ctx, passed := chain.Guard(context.Background(), coretest.Request{Headers: coretest.Bearer(token)}, &res)
	if !passed {
		return fmt.Sprint(res.Status)
	}
	auth, _ := core.AuthFrom(ctx)
	return auth.Issuer()
}
