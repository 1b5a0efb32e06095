package token_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// TestARecalledTokenGetsAPlaceOnlyIfItComesOften has a full cache of eight tokens. A token whose signature is remembered rarely
// takes the place of another. Chance decides when it does, so the test goes on until one has to come more than once.
func TestARecalledTokenGetsAPlaceOnlyIfItComesOften(t *testing.T) {
	issuer := edIssuer()
	c := config(clockAtLater)
	c.CacheSize = 8
	store := newChangeable(t, keyOf(t, "default", issuer))
	for name, p := range map[string]core.Authenticator{"a provider": jwt.New(store, c), "several issuers": issuers.New(jwt.New(store, c))} {
		ask := func(text string) {
			require.NoError(t, provide(t, p, text))
		}
		var texts []string
		for i := range 9 {
			texts = append(texts, issuer.AccessToken("a", coretest.Claims{"jti": fmt.Sprint(i)}))
			ask(texts[i])
			require.True(t, token.InCache(p, texts[i]), "%s: a token whose signature was verified gets a place at once", name)
		}
		evicted := func() string {
			i := slices.IndexFunc(texts, func(text string) bool { return !token.InCache(p, text) })
			require.GreaterOrEqual(t, i, 0, name)
			return texts[i]
		}
		most := 0
		for round := 0; round < 50 && most < 2; round++ {
			text, times := evicted(), 0
			for ; !token.InCache(p, text); times++ {
				require.Less(t, times, 10_000, "%s: a token that comes often gets a place", name)
				ask(text)
			}
			most = max(most, times)
		}
		assert.Greater(t, most, 1, name)
	}
}

// TestWithoutACacheNothingIsRemembered counts for providers that are told not to cache.
func TestWithoutACacheNothingIsRemembered(t *testing.T) {
	issuer := edIssuer()
	c := config(clockAtLater)
	c.CacheSize = -1
	store, text := newChangeable(t, keyOf(t, "default", issuer)), issuer.AccessToken("a", nil)
	for name, r := range map[string]*remembering{
		"a provider": remember(jwt.New(store, c)), "several issuers": remember(issuers.New(jwt.New(store, c))),
	} {
		for range 3 {
			reason, verified := r.ask(t, text)
			assert.Empty(t, reason, name)
			assert.EqualValues(t, 1, verified, name)
		}
	}
}

// TestTenantsRememberOnlyWithACache counts for tenants whose providers have caches, where the service wants one and where it does not.
func TestTenantsRememberOnlyWithACache(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	text := issuer.AccessToken("a", nil)
	for size, want := range map[int]int64{0: 1, 100: 1, -1: 3} {
		var verified atomic.Int64
		tenants := issuers.Resolve(func(context.Context, string) (core.Authenticator, io.Closer, error) {
			return token.CountSignatures(jwt.New(store, config(clockAtLater)), &verified), nil, nil
		}, issuers.Config{CacheSize: size})
		for range 3 {
			assert.NoError(t, provide(t, tenants, text))
			store.generation.Add(1)
		}
		assert.Equal(t, want, verified.Load(), "a cache of %d", size)
		assert.NoError(t, tenants.Close())
	}
}
