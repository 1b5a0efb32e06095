package issuers_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// foreign is an authenticator of another package.
type foreign struct{ core.Authenticator }

func TestMembersThatDoNotGoTogether(t *testing.T) {
	anyIssuer := func(c *jwt.Config) { c.Issuers, c.AnyIssuer = nil, true }
	inCookie := func(c *oauth2.Config) { c.Source = core.TokenSource{Cookie: "session"} }
	two := func(c *jwt.Config) { c.Issuers = []string{shop.Name, platform.Name, shop.Name} }
	same := accessTokens(shop)
	for what, c := range map[string]struct {
		members []core.Authenticator
		errs    []string // nil: the chain is made
	}{
		"one":                    {[]core.Authenticator{accessTokens(shop)}, nil},
		"an issuer named twice":  {[]core.Authenticator{microkubes(shop, two), accessTokens(platform)}, nil},
		"several as a member":    {[]core.Authenticator{issuers.New(microkubes(shop)), accessTokens(shop)}, nil},
		"none":                   {nil, []string{"core: provider 1: issuers: there is no member: add one, such as jwt.New, oauth2.New or oidc.New"}},
		"nil":                    {[]core.Authenticator{nil}, []string{"issuers: member 1: <nil> is not a provider that jwt.New, oauth2.New or oidc.New has made"}},
		"of another package":     {[]core.Authenticator{&foreign{accessTokens(shop)}}, []string{"*issuers_test.foreign is not a provider that"}},
		"enriched":               {[]core.Authenticator{core.Enrich(accessTokens(shop), nil)}, []string{"*core.enriched is not a provider that jwt.New, oauth2.New or oidc.New has made: put core.Enrich around the whole provider of issuers"}},
		"tenants":                {[]core.Authenticator{issuers.Resolve(nil, issuers.Config{})}, []string{"*issuers.Tenants is not a provider that"}},
		"any issuer":             {[]core.Authenticator{accessTokens(shop), microkubes(shop, anyIssuer)}, []string{"issuers: member 2 (jwt): Config.AnyIssuer is set"}},
		"the same twice":         {[]core.Authenticator{same, same}, []string{"issuers: member 2 (oauth2): an earlier member has the issuer \"https://login.shop.example.com\", too"}},
		"the same issuer, type":  {[]core.Authenticator{microkubes(platform), accessTokens(shop), microkubes(shop), microkubes(shop, two)}, []string{"member 4 (jwt): an earlier member has the issuer \"Microkubes JWT Authority\", too"}},
		"the same, in several":   {[]core.Authenticator{issuers.New(microkubes(shop)), microkubes(shop)}, []string{"member 2 (jwt): an earlier member"}},
		"in different places":    {[]core.Authenticator{accessTokens(partner), accessTokens(shop, inCookie)}, []string{`member 2 (oauth2): its token is in ["Authorization bearer" "cookie session"], and that of another member in ["Authorization bearer"]`}},
		"errors of two members":  {[]core.Authenticator{oauth2.New(shop.Keys(), oauth2.Config{}), jwt.New(nil, jwt.Microkubes("a"))}, []string{"core: provider 1: issuers: member 1 (oauth2): Config.Issuers is empty", "core: provider 1: issuers: member 1 (oauth2): Config.Audiences is empty", "core: provider 1: issuers: member 2 (jwt): the key store is nil"}},
		"an error in several":    {[]core.Authenticator{issuers.New(oauth2.New(shop.Keys(), oauth2.Config{}))}, []string{"issuers: member 1 (issuers): member 1 (oauth2): Config.Issuers is empty"}},
		"none in several":        {[]core.Authenticator{issuers.New()}, []string{"issuers: member 1 (issuers): there is no member"}},
		"any issuer, in several": {[]core.Authenticator{issuers.New(microkubes(shop, anyIssuer))}, []string{"member 1 (issuers): member 1 (jwt): Config.AnyIssuer is set"}},
	} {
		t.Run(what, func(t *testing.T) {
			p := issuers.New(c.members...)
			_, err := core.NewSecurityChain(p)
			if c.errs == nil {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			for _, want := range c.errs {
				assert.ErrorContains(t, err, want)
			}
			var sc coretest.SecurityContext
			req := coretest.Request{Headers: coretest.Bearer(shop.AccessToken(audience, nil))}
			assert.Error(t, p.Provide(t.Context(), &sc, req, nil), "without a chain")
			assert.False(t, sc.HasAuth())
		})
	}
}

// TestOwnersInTheChain has several issuers beside other providers.
func TestOwnersInTheChain(t *testing.T) {
	several := issuers.New(accessTokens(shop), accessTokens(partner))
	for what, c := range map[string]struct {
		other core.Provider
		err   string
	}{
		"of another issuer":            {accessTokens(stranger), ""},
		"of another type":              {microkubes(shop), ""},
		"of the same issuer and type":  {accessTokens(partner), "providers 1 (issuers) and 2 (oauth2) both own"},
		"several with the same issuer": {issuers.New(microkubes(shop), accessTokens(shop)), "both own"},
	} {
		_, err := core.NewSecurityChain(several, c.other)
		if c.err == "" {
			assert.NoError(t, err, what)
			continue
		}
		assert.ErrorContains(t, err, c.err, what)
	}
	for _, chain := range []*core.SecurityChain{
		chainOf(t, several, accessTokens(stranger)), chainOf(t, accessTokens(stranger), several),
	} {
		assert.Equal(t, "oauth2", ask(t.Context(), chain, stranger.AccessToken(audience, nil)).provider)
		assert.Equal(t, "issuers", ask(t.Context(), chain, shop.AccessToken(audience, nil)).provider)
		got := ask(t.Context(), chain, platform.AccessToken(audience, nil))
		assert.Contains(t, got.notMine, "issuers: bad_issuer")
		assert.Contains(t, got.notMine, "oauth2: bad_issuer")
	}
}

// TestNothingIsAskedOfAnotherIssuer counts the keys that are looked for.
func TestNothingIsAskedOfAnotherIssuer(t *testing.T) {
	stores := map[*coretest.Issuer]*counting{}
	var members []core.Authenticator
	for _, i := range []*coretest.Issuer{shop, partner} {
		stores[i] = &counting{Store: i.Keys()}
		members = append(members, oauth2.New(stores[i], oauth2.AccessTokens(i.Name, audience)))
	}
	chain := chainOf(t, issuers.New(members...))
	assert.Equal(t, 401, ask(t.Context(), chain, stranger.AccessToken(audience, nil)).status)
	assert.Zero(t, stores[shop].found.Load()+stores[partner].found.Load(), "nobody's keys for a token of nobody")
	assert.Equal(t, 0, ask(t.Context(), chain, shop.AccessToken(audience, nil)).status)
	assert.EqualValues(t, 1, stores[shop].found.Load())
	assert.Zero(t, stores[partner].found.Load())
}

// TestEachMemberHasItsOwnRules is about what is checked on every request, also for known tokens.
func TestEachMemberHasItsOwnRules(t *testing.T) {
	asked, revoked, down := 0, false, false
	withRevocation := func(c *oauth2.Config) {
		c.Revoked = func(context.Context, *core.Auth) (bool, error) {
			asked++
			if down {
				return false, errors.New("down")
			}
			return revoked, nil
		}
	}
	uncached := func(c *oauth2.Config) { c.CacheSize = -1 }
	chain := chainOf(t, issuers.New(accessTokens(shop, withRevocation), accessTokens(partner, uncached), accessTokens(stranger)))
	a, b, c := shop.AccessToken(audience, nil), partner.AccessToken(audience, nil), stranger.AccessToken(audience, nil)

	for n, cached := range []bool{false, true, true} {
		assert.Equal(t, cached, ask(t.Context(), chain, a).cached)
		assert.Equal(t, n+1, asked, "asked on every request")
		assert.False(t, ask(t.Context(), chain, b).cached, "this member has no cache")
		assert.Equal(t, cached, ask(t.Context(), chain, c).cached)
		assert.Equal(t, n+1, asked, "not asked for another member")
	}
	down = true
	got := ask(t.Context(), chain, a)
	assert.Equal(t, 503, got.status)
	assert.Equal(t, "revocation_unchecked", got.reason)
	down, revoked = false, true
	assert.Equal(t, "revoked", ask(t.Context(), chain, a).reason)
	assert.Equal(t, 0, ask(t.Context(), chain, b).status)
	assert.Equal(t, 0, ask(t.Context(), chain, c).status)
}

// TestCacheSizes has one member with a small cache, and more without.
func TestCacheSizes(t *testing.T) {
	small := func(c *oauth2.Config) { c.CacheSize = 1 }
	none := func(c *oauth2.Config) { c.CacheSize = -1 }
	chain := chainOf(t, issuers.New(accessTokens(partner, none), accessTokens(shop, small), accessTokens(stranger, none)))
	token := shop.AccessToken(audience, nil)
	assert.False(t, ask(t.Context(), chain, token).cached)
	assert.True(t, ask(t.Context(), chain, token).cached)
}

// changing is a store whose keys and generation a test changes.
type changing struct {
	counting
	generation uint64
}

func (s *changing) Generation() uint64 { return s.generation }

func TestKnownTokensDieWithTheKeysOfTheirIssuer(t *testing.T) {
	store := &changing{counting: counting{Store: shop.Keys()}}
	chain := chainOf(t, issuers.New(
		oauth2.New(store, oauth2.AccessTokens(shop.Name, audience)), accessTokens(partner)))
	a, b := shop.AccessToken(audience, nil), partner.AccessToken(audience, nil)
	for range 2 {
		assert.Equal(t, 0, ask(t.Context(), chain, a).status)
		assert.Equal(t, 0, ask(t.Context(), chain, b).status)
	}
	store.Store, store.generation = partner.Keys(), 1 // ES256 tokens have no key there
	got := ask(t.Context(), chain, a)
	assert.Equal(t, 401, got.status)
	assert.Equal(t, "no_fitting_key", got.reason)
	assert.True(t, ask(t.Context(), chain, b).cached, "another issuer's tokens stay known")
}

func TestTokensInACookie(t *testing.T) {
	inCookie := func(c *oauth2.Config) { c.Source = core.TokenSource{Cookie: "session"} }
	chain := chainOf(t, issuers.New(accessTokens(shop, inCookie), accessTokens(partner, inCookie)))
	for range 2 {
		headers := map[string][]string{"Cookie": {"session=" + partner.AccessToken(audience, nil)}}
		assert.Equal(t, partner.Name, askWith(t.Context(), chain, headers).issuer)
		headers["Authorization"] = []string{"Bearer " + shop.AccessToken(audience, nil)}
		assert.Equal(t, "duplicate_credential", askWith(t.Context(), chain, headers).reason)
	}
}

// TestSizes has members with different limits.
func TestSizes(t *testing.T) {
	small := func(c *oauth2.Config) { c.MaxSize = 300 }
	chain := chainOf(t, issuers.New(microkubes(shop), accessTokens(partner), accessTokens(shop, small)))
	assert.Equal(t, "too_large", ask(t.Context(), chain, shop.AccessToken(audience, nil)).reason)
	assert.Equal(t, 0, ask(t.Context(), chain, partner.AccessToken(audience, nil)).status)
}
