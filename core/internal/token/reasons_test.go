package token_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// TestReasonsOfKnownTokens ends chains before they come to the owner of a token. The event then has the reasons of the providers
// before the owner, which are the same whether the owner has the token in its cache or not.
func TestReasonsOfKnownTokens(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	typed := func(name string, types ...string) core.Authenticator {
		return of(store, name, func(c *jwt.Config) { c.Types = types })
	}
	var ends bool
	end := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		if ends {
			return core.BreakChain
		}
		return nil
	})
	chain, err := core.NewSecurityChain(
		typed("a", "JWT"),
		issuers.New(typed("b", "JWT"), typed("c", "x+jwt")),
		end,
		typed("b", "x+jwt"), typed("c", "JWT"), typed("d", "x+jwt"), typed("e", "JWT"), typed("f", "JWT", "x+jwt"), typed("g", "y+jwt"),
	)
	require.NoError(t, err)
	var seen core.Event
	chain = chain.WithLogger(slog.New(slog.DiscardHandler)).WithObserver(observer(func(e core.Event) { seen = e }))
	for _, c := range []struct{ issuer, typ, want string }{
		{"b", "x+jwt", "jwt: bad_type, issuers: bad_type"}, // the router has the issuer and the type, but not together
		{"c", "JWT", "jwt: bad_issuer, issuers: bad_type"},
		{"d", "x+jwt", "jwt: bad_type, issuers: bad_issuer"},
		{"e", "JWT", "jwt: bad_issuer, issuers: bad_issuer"},
		{"f", "JWT", "jwt: bad_issuer, issuers: bad_issuer"},
		{"f", "x+jwt", "jwt: bad_type, issuers: bad_issuer"},
		{"g", "y+jwt", "jwt: bad_type, issuers: bad_type"},
	} {
		t.Run(c.issuer+" "+c.typ, func(t *testing.T) {
			text := issuer.Sign(map[string]any{"alg": "EdDSA", "typ": c.typ, "kid": "default"}, coretest.Claims{
				"iss": c.issuer, "userId": "ann", "sub": "ann", "exp": later.Unix() + 60,
			})
			for _, known := range []bool{false, true} {
				ends = true
				chain.Guard(t.Context(), &coretest.Request{Headers: coretest.Bearer(text)}, &coretest.Recorder{})
				assert.Equal(t, core.Reason("not_mine"), seen.Reason)
				assert.Equal(t, c.want, seen.NotMine, "in the cache: %v", known)
				ends = false
				_, passed := chain.Guard(t.Context(), &coretest.Request{Headers: coretest.Bearer(text)}, &coretest.Recorder{})
				assert.True(t, passed)
				assert.Equal(t, known, seen.Cached)
			}
		})
	}
}
