package issuers_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
)

func TestErrorsOfTheConfig(t *testing.T) {
	ok := (&registry{}).resolve
	for what, c := range map[string]struct {
		resolve func(context.Context, string) (core.Authenticator, io.Closer, error)
		config  issuers.Config
		errs    []string
	}{
		"no function": {nil, issuers.Config{}, []string{"core: provider 1: issuers: the function of Resolve is nil"}},
		"negative": {ok, issuers.Config{MaxSize: -1, Tenants: -1, Calls: -1, CoolDown: -1, Timeout: -1}, []string{
			"core: provider 1: issuers: Config.MaxSize is negative", "Config.Tenants is negative", "Config.Calls is negative",
			"Config.CoolDown is negative", "Config.Timeout is negative",
		}},
		"no place": {ok, issuers.Config{Source: core.TokenSource{Cookie: "a b"}}, []string{"issuers: Config.Source: Cookie"}},
	} {
		tenants := issuers.Resolve(c.resolve, c.config)
		_, err := core.NewSecurityChain(tenants)
		for _, want := range c.errs {
			assert.ErrorContains(t, err, want, what)
		}
		var sc coretest.SecurityContext
		req := coretest.Request{Headers: coretest.Bearer(tokenOf("a"))}
		assert.Error(t, tenants.Provide(t.Context(), &sc, req, nil), what)
		assert.NoError(t, tenants.Close(), what)
	}
}

// TestTenantsInTheChain has tenants beside other providers.
func TestTenantsInTheChain(t *testing.T) {
	anyIssuer := func(c *jwt.Config) { c.Issuers, c.AnyIssuer = nil, true }
	inCookie := core.TokenSource{Cookie: "session"}
	synctest.Test(t, func(t *testing.T) {
		r := &registry{}
		tenants, second := issuers.Resolve(r.resolve, issuers.Config{}), issuers.Resolve(r.resolve, issuers.Config{})
		cookies := issuers.Resolve(r.resolve, issuers.Config{Source: inCookie})
		for what, c := range map[string]struct {
			other core.Provider
			err   string
		}{
			"one issuer":            {accessTokens(shop), ""},
			"several":               {issuers.New(accessTokens(shop), microkubes(platform)), ""},
			"any issuer":            {microkubes(shop, anyIssuer), "both own {Source:Authorization bearer Form:jws Issuer: any other"},
			"tenants":               {second, "both own"},
			"tenants also in there": {cookies, "both own"},
		} {
			_, err := core.NewSecurityChain(c.other, tenants)
			if c.err == "" {
				assert.NoError(t, err, what)
				continue
			}
			assert.ErrorContains(t, err, c.err, what)
		}

		front, behind := chainOf(t, tenants, accessTokens(shop)), chainOf(t, accessTokens(shop), tenants)
		assert.Equal(t, "oauth2", ask(t.Context(), behind, shop.AccessToken(audience, nil)).provider)
		assert.Zero(t, r.allCalls(), "another provider has the issuer")
		assert.Equal(t, "issuers", ask(t.Context(), behind, tokenOf("acme")).provider)
		assert.Equal(t, "oauth2", ask(t.Context(), front, shop.AccessToken(audience, nil)).provider)
		got := ask(t.Context(), behind, stranger.AccessToken(audience, nil))
		assert.Equal(t, "oauth2: bad_issuer, issuers: bad_issuer", got.notMine)
		for _, p := range []*issuers.Tenants{tenants, second, cookies} {
			assert.NoError(t, p.Close())
		}
	})
}

func TestZeroTenants(t *testing.T) {
	_, err := core.NewSecurityChain(&issuers.Tenants{})
	assert.EqualError(t, err, "core: provider 1: issuers: a zero value: make it with Resolve")
	assert.Error(t, (&issuers.Tenants{}).Provide(t.Context(), &coretest.SecurityContext{}, coretest.Request{}, nil), "without a chain")
	assert.NoError(t, (&issuers.Tenants{}).Close())
}
