package issuers_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// settle lets the tenants that have come by now become old ones.
func settle() {
	time.Sleep(11 * time.Second)
	synctest.Wait()
}

// TestTenantsWithoutAGoodTokenLeave has a tenant whose tokens are refused.
func TestTenantsWithoutAGoodTokenLeave(t *testing.T) {
	r := &registry{}
	synctest.Test(t, func(t *testing.T) {
		tenants := issuers.Resolve(r.resolve, issuers.Config{CoolDown: time.Minute})
		chain := chainOf(t, tenants)
		bad := coretest.Forge(tokenOf("acme"), coretest.Claims{"iss": host + "acme"})
		for range 3 {
			assert.Equal(t, "bad_signature", ask(t.Context(), chain, bad).reason)
			time.Sleep(19 * time.Second)
		}
		assert.Equal(t, 1, r.callsOf("acme"))
		assert.False(t, r.closedOf("acme"))
		time.Sleep(4 * time.Second)
		synctest.Wait()
		assert.True(t, r.closedOf("acme"), "after the cool-down")

		assert.Equal(t, 0, ask(t.Context(), chain, tokenOf("acme")).status, "and it may come again")
		assert.Equal(t, 2, r.callsOf("acme"))
		time.Sleep(24 * time.Hour)
		assert.False(t, r.closedOf("acme"), "with a good token it stays")
		assert.NoError(t, tenants.Close())
		assert.True(t, r.closedOf("acme"))
	})
}

func TestTheLeastRecentlyUsedLeaves(t *testing.T) {
	r := &registry{}
	withTenants(t, r, issuers.Config{Tenants: 3}, func(t *testing.T, chain *core.SecurityChain) {
		tokens := map[string]string{}
		use := func(tenant string) verdict {
			if tokens[tenant] == "" {
				tokens[tenant] = tokenOf(tenant)
			}
			v := ask(t.Context(), chain, tokens[tenant])
			assert.Equal(t, 0, v.status, tenant)
			return v
		}
		for _, tenant := range []string{"a", "b", "c"} {
			use(tenant)
			time.Sleep(2 * time.Second)
		}
		settle()
		assert.True(t, use("a").cached) // the order is b, c, a now
		use("d")
		time.Sleep(5 * time.Second)
		bad := coretest.Forge(tokenOf("x"), coretest.Claims{"iss": host + "x"})
		assert.Equal(t, "bad_signature", ask(t.Context(), chain, bad).reason, "a new tenant that may not leave yet")
		elsewhere := tenantKey.AccessToken(audience, coretest.Claims{"iss": "https://unknown.example.com"})
		assert.Equal(t, "not_mine", ask(t.Context(), chain, elsewhere).reason)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		assert.False(t, r.closedOf("x"))
		for tenant, closed := range map[string]bool{"a": false, "b": true, "c": false, "d": false} {
			assert.Equal(t, closed, r.closedOf(tenant), tenant)
		}
		for _, tenant := range []string{"a", "c", "d"} {
			assert.True(t, use(tenant).cached, tenant)
			time.Sleep(time.Second)
		}
		assert.False(t, use("b").cached, "the tokens of a tenant that has left are not known")
		assert.Equal(t, 2, r.callsOf("b"))
		settle()
		assert.True(t, r.closedOf("a"), "the order was a, c, d")
		assert.Equal(t, 7, r.allCalls())
	})
}

// TestMadeUpTenantsReplaceNoRealOne has a table that is full, and tenants that never have a good token.
func TestMadeUpTenantsReplaceNoRealOne(t *testing.T) {
	r := &registry{}
	withTenants(t, r, issuers.Config{Tenants: 2}, func(t *testing.T, chain *core.SecurityChain) {
		for _, tenant := range []string{"a", "b"} {
			assert.Equal(t, 0, ask(t.Context(), chain, tokenOf(tenant)).status)
		}
		forged := tokenOf("a")
		for i := range 1000 {
			assert.Equal(t, 401, ask(t.Context(), chain, madeUp(forged, i)).status)
			time.Sleep(100 * time.Millisecond)
		}
		settle()
		assert.Equal(t, 1, r.callsOf("a")+r.callsOf("b")-1)
		assert.False(t, r.closedOf("a") || r.closedOf("b"))
		for issuer, store := range r.stores {
			if issuer != host+"a" && issuer != host+"b" {
				assert.EqualValues(t, 1, store.closed.Load(), issuer)
			}
		}
	})
}

// gate is a store whose Find waits until it is opened.
type gate struct {
	counting
	waiting, open chan struct{}
}

func (s *gate) Find(ctx context.Context, kid, algorithm string) ([]*keys.Key, error) {
	close(s.waiting)
	<-s.open
	return s.Store.Find(ctx, kid, algorithm)
}

// TestRequestsOfATenantThatLeaves has a request that is being verified when its tenant leaves.
func TestRequestsOfATenantThatLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &gate{counting{Store: tenantKey.Keys()}, make(chan struct{}), make(chan struct{})}
		r := &registry{}
		tenants := issuers.Resolve(func(ctx context.Context, issuer string) (core.Authenticator, io.Closer, error) {
			if issuer == host+"slow" {
				return oauth2.New(store, oauth2.AccessTokens(issuer, audience)), store, nil
			}
			return r.resolve(ctx, issuer)
		}, issuers.Config{})
		chain := chainOf(t, tenants)
		token := tokenOf("slow")
		var running sync.WaitGroup
		running.Go(func() { assert.Equal(t, 0, ask(t.Context(), chain, token).status, "it ends well") })
		<-store.waiting
		settle()
		assert.EqualValues(t, 1, store.closed.Load(), "it had no good token, and leaves")
		close(store.open)
		running.Wait()
		store.waiting = make(chan struct{})
		assert.False(t, ask(t.Context(), chain, token).cached, "what it has verified is not known")
		assert.NoError(t, tenants.Close())
	})
}

// closing is an io.Closer that fails or panics.
type closing func() error

func (c closing) Close() error { return c() }

func TestClosersThatFail(t *testing.T) {
	failing := errors.New("busy")
	for what, c := range map[string]struct {
		closer io.Closer
		err    error
	}{
		"nil":   {nil, nil},
		"fails": {closing(func() error { return failing }), failing},
	} {
		synctest.Test(t, func(t *testing.T) {
			tenants := issuers.Resolve(func(_ context.Context, issuer string) (core.Authenticator, io.Closer, error) {
				return oauth2.New(tenantKey.Keys(), oauth2.AccessTokens(issuer, audience)), c.closer, nil
			}, issuers.Config{})
			chain := chainOf(t, tenants)
			assert.Equal(t, "bad_signature", ask(t.Context(), chain, madeUp(tokenOf("a"), 1)).reason, what)
			settle()
			assert.Equal(t, 0, ask(t.Context(), chain, tokenOf("a")).status, what)
			assert.ErrorIs(t, tenants.Close(), c.err, what)
		})
	}
}

func TestACloserThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenants := issuers.Resolve(func(_ context.Context, issuer string) (core.Authenticator, io.Closer, error) {
			return oauth2.New(tenantKey.Keys(), oauth2.AccessTokens(issuer, audience)), closing(func() error { panic("a bug") }), nil
		}, issuers.Config{})
		chain := chainOf(t, tenants)
		assert.Equal(t, 401, ask(t.Context(), chain, madeUp(tokenOf("a"), 1)).status)
		settle() // it leaves, and the service goes on
		assert.Equal(t, 401, ask(t.Context(), chain, madeUp(tokenOf("a"), 2)).status)
		settle()
		assert.NoError(t, tenants.Close())
	})
}

// TestCloseWithAPanic holds that a panic in the closer of one tenant does not keep the others open.
func TestCloseWithAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := 0
		tenants := issuers.Resolve(func(_ context.Context, issuer string) (core.Authenticator, io.Closer, error) {
			closer := closing(func() error { closed++; panic("a bug") })
			return oauth2.New(tenantKey.Keys(), oauth2.AccessTokens(issuer, audience)), closer, nil
		}, issuers.Config{})
		chain := chainOf(t, tenants)
		for _, tenant := range []string{"a", "b", "c"} {
			assert.Equal(t, 0, ask(t.Context(), chain, tokenOf(tenant)).status)
		}
		assert.NotPanics(t, func() { assert.ErrorContains(t, tenants.Close(), "a panic with a string") })
		assert.Equal(t, 3, closed)
	})
}

func TestClose(t *testing.T) {
	r := &registry{answer: func(ctx context.Context, tenant string) error {
		if tenant == "slow" {
			<-ctx.Done()
		}
		return nil // a late answer, whose store must be closed, too
	}}
	synctest.Test(t, func(t *testing.T) {
		tenants := issuers.Resolve(r.resolve, issuers.Config{})
		chain := chainOf(t, tenants)
		token := tokenOf("acme")
		assert.Equal(t, 0, ask(t.Context(), chain, token).status)
		var running sync.WaitGroup
		running.Go(func() { ask(t.Context(), chain, tokenOf("slow")) })
		synctest.Wait()
		start := time.Now()
		assert.NoError(t, tenants.Close())
		assert.NoError(t, tenants.Close(), "again")
		assert.Zero(t, time.Since(start), "Close ends the call")
		running.Wait()
		assert.True(t, r.closedOf("acme"))
		assert.True(t, r.closedOf("slow"))
		for _, sent := range []string{token, tokenOf("acme"), tokenOf("slow"), tokenOf("new")} {
			assert.Equal(t, 503, ask(t.Context(), chain, sent).status)
		}
		assert.Equal(t, 401, askWith(t.Context(), chain, nil).status)
		settle()
		assert.Equal(t, 2, r.allCalls())
		for _, store := range r.stores {
			assert.EqualValues(t, 1, store.closed.Load())
		}
	})
}

// TestTogether has many tenants that come, are used and leave at once.
func TestTogether(t *testing.T) {
	r := &registry{}
	withTenants(t, r, issuers.Config{Tenants: 5, Calls: 1000}, func(t *testing.T, chain *core.SecurityChain) {
		tokens := make([]string, 20)
		for i := range tokens {
			tokens[i] = tokenOf(string(rune('a' + i)))
		}
		var running sync.WaitGroup
		for g := range 16 {
			running.Go(func() {
				for i := range 200 {
					v := ask(t.Context(), chain, tokens[(i*7+g)%len(tokens)])
					assert.Equal(t, 0, v.status)
					assert.Equal(t, host+string(rune('a'+(i*7+g)%len(tokens))), v.issuer)
					time.Sleep(time.Duration(g+1) * 100 * time.Millisecond)
				}
			})
		}
		running.Wait()
		assert.Greater(t, r.allCalls(), len(tokens), "some have left and come again")
	})
}
