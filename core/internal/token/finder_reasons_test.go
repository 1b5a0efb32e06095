package token_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// TestWhyTheFirstIsNotTheOwner has a token of the second of two providers. The reason why it is not of the first is the same when the
// token is new and when it is in the cache of its owner.
func TestWhyTheFirstIsNotTheOwner(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	with := func(types ...string) func(*jwt.Config) { return func(c *jwt.Config) { c.Types = types } }
	several := func() core.Authenticator {
		return issuers.New(of(store, "c", with("JWT")), of(store, "d", with("at+jwt")))
	}
	for name, c := range map[string]struct {
		first, second core.Authenticator
		typ, issuer   string
		isType        bool
	}{
		"the same type":                    {of(store, "a", with("JWT")), of(store, "b", with("JWT")), "JWT", "b", false},
		"another type":                     {of(store, "a", with("JWT")), of(store, "b", with("at+jwt")), "at+jwt", "b", true},
		"the first of two types":           {of(store, "a", with("JWT")), of(store, "b", with("JWT", "at+jwt")), "JWT", "b", false},
		"the second of two types":          {of(store, "a", with("JWT")), of(store, "b", with("JWT", "at+jwt")), "at+jwt", "b", true},
		"the first, which the other lacks": {of(store, "a", with("at+jwt")), of(store, "b", with("JWT", "at+jwt")), "JWT", "b", true},
		"the second, which both have":      {of(store, "a", with("at+jwt")), of(store, "b", with("JWT", "at+jwt")), "at+jwt", "b", false},
		"several, and an issuer of none":   {several(), of(store, "b", with("JWT")), "JWT", "b", false},
		"several, and an issuer of one":    {several(), of(store, "d", with("JWT")), "JWT", "d", true},
		"several, and a type of none":      {several(), of(store, "d", with("x")), "x", "d", true},
	} {
		finder := ownership.New([]any{nil, c.first, nil, c.second})
		require.NotNil(t, finder, name)
		text := issuer.Sign(map[string]any{"alg": "EdDSA", "typ": c.typ, "kid": "default"}, coretest.Claims{
			"iss": c.issuer, "sub": "ann", "exp": later.Unix() + 60,
		})
		for _, cached := range []bool{false, true, true} {
			found := finder.Find(text)
			assert.EqualValues(t, 3, found.Owner, "%s, cached: %v", name, cached)
			assert.Equal(t, map[bool]uint64{false: 0, true: 0b10}[c.isType], found.BadType, "%s, cached: %v", name, cached)
			assert.Equal(t, cached, token.IsEntry(found.Token.Found), name)
			require.NoError(t, provide(t, c.second, text))
		}
	}
}

// TestFindUpToTheLimit has providers of several issuers with different limits. The longest that one of them takes is looked at.
func TestFindUpToTheLimit(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	text := issuer.Microkubes(coretest.Claims{"iss": "c", "x": strings.Repeat("x", 1000)})
	limit := func(n int) func(*jwt.Config) { return func(c *jwt.Config) { c.MaxSize = n } }
	for limited, known := range map[int]bool{len(text) + 1: true, len(text): true, len(text) - 1: false} {
		several := issuers.New(of(store, "b", limit(500)), of(store, "c", limit(limited)))
		finder := ownership.New([]any{of(store, "a", nil), several})
		require.NotNil(t, finder)
		assert.Equal(t, known, finder.Find(text).Known, "a token of %d with a limit of %d", len(text), limited)
	}
}

// TestRoutersWithoutMembersDoNotTakePart has a router whose issuers may come and go, as one for tenants has inside.
func TestRoutersWithoutMembersDoNotTakePart(t *testing.T) {
	store := newChangeable(t, keyOf(t, "default", edIssuer()))
	assert.Nil(t, ownership.New([]any{of(store, "a", nil), token.NewRouterOf(token.RouterConfig{MaxSize: 1000})}))
}

// TestSearchesReuseTheirMemory looks for texts that no provider owns until a search allocates nothing, since a sync.Pool may give up
// what it has at any time.
func TestSearchesReuseTheirMemory(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	first := of(store, "a", nil)
	finder := ownership.New([]any{first, of(store, "b", nil)})
	require.NotNil(t, finder)
	good := coretest.Request{Headers: coretest.Bearer(issuer.Microkubes(coretest.Claims{"iss": "a"}))}
	require.NoError(t, first.Provide(t.Context(), &coretest.SecurityContext{}, good, nil), "which makes the header of all known")
	parts := strings.Split(issuer.Microkubes(nil), ".")
	for name, text := range map[string]string{
		"of no issuer": issuer.Microkubes(coretest.Claims{"iss": "x"}), "a payload that is not base64": parts[0] + ".!." + parts[2],
	} {
		least := 100.0
		for range 1000 {
			if least = min(least, testing.AllocsPerRun(1, func() { finder.Find(text) })); least == 0 {
				break
			}
		}
		assert.Zero(t, least, name)
	}
}
