package issuers_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

// tenantKey signs for all tenants of these tests. Their tokens differ in the issuer.
var tenantKey = coretest.NewIssuerFor("", "ES256")

const host = "https://login.example.com/"

func tokenOf(tenant string) string {
	return tenantKey.AccessToken(audience, coretest.Claims{"iss": host + tenant})
}

// registry is what a service knows of its tenants. Its method resolve is the function of Resolve.
type registry struct {
	mu     sync.Mutex
	calls  map[string]int
	all    int
	stores map[string]*counting // the last one of each issuer
	// answer decides on a tenant. Nil: there is such a tenant.
	answer func(ctx context.Context, tenant string) error
}

func (r *registry) resolve(ctx context.Context, issuer string) (core.Authenticator, io.Closer, error) {
	r.mu.Lock()
	if r.calls == nil {
		r.calls, r.stores = map[string]int{}, map[string]*counting{}
	}
	r.calls[issuer]++
	r.all++
	r.mu.Unlock()
	tenant, ok := strings.CutPrefix(issuer, host)
	if !ok {
		return nil, nil, issuers.ErrUnknown
	}
	if r.answer != nil {
		if err := r.answer(ctx, tenant); err != nil {
			return nil, nil, err
		}
	}
	store := &counting{Store: tenantKey.Keys()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stores[issuer] = store
	return oauth2.New(store, oauth2.AccessTokens(issuer, audience)), store, nil
}

func (r *registry) allCalls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}

func (r *registry) callsOf(tenant string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[host+tenant]
}

func (r *registry) closedOf(tenant string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stores[host+tenant].closed.Load() > 0
}

// withTenants runs f in a bubble of virtual time, and closes the tenants. The bubble fails if a goroutine is left then.
func withTenants(t *testing.T, r *registry, config issuers.Config, f func(t *testing.T, chain *core.SecurityChain)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tenants := issuers.Resolve(r.resolve, config)
		f(t, chainOf(t, tenants))
		assert.NoError(t, tenants.Close())
		for issuer, store := range r.stores {
			assert.EqualValues(t, 1, store.closed.Load(), "%s is closed once", issuer)
		}
	})
}

func TestTenantsAreResolvedOnce(t *testing.T) {
	r := &registry{}
	withTenants(t, r, issuers.Config{}, func(t *testing.T, chain *core.SecurityChain) {
		for range 3 {
			assert.Equal(t, host+"acme", ask(t.Context(), chain, tokenOf("acme")).issuer)
			time.Sleep(time.Hour)
		}
		token := tokenOf("acme")
		assert.False(t, ask(t.Context(), chain, token).cached)
		assert.True(t, ask(t.Context(), chain, token).cached)
		assert.Equal(t, 1, r.callsOf("acme"))
	})
}

// TestOneCallForManyRequests has a thousand first requests of one tenant at once.
func TestOneCallForManyRequests(t *testing.T) {
	r := &registry{answer: func(context.Context, string) error { time.Sleep(3 * time.Second); return nil }}
	withTenants(t, r, issuers.Config{}, func(t *testing.T, chain *core.SecurityChain) {
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() { assert.Equal(t, 0, ask(t.Context(), chain, tokenOf("acme")).status) })
		}
		wg.Wait()
		assert.Equal(t, 1, r.callsOf("acme"))
	})
}

// TestAnswersOfTheFunction has each outcome of a call: the first answer, those during the cool-down, and that after it.
func TestAnswersOfTheFunction(t *testing.T) {
	const coolDown = 20 * time.Second
	unknown := verdict{status: 401, reason: "not_mine", notMine: "issuers: bad_issuer", provider: "chain", challenged: true}
	unavailable := func(retryAfter string) verdict {
		return verdict{status: 503, reason: "unavailable", retryAfter: retryAfter, provider: "issuers"}
	}
	broken := func(reason string) verdict { return verdict{status: 500, reason: reason, provider: "issuers"} }
	for what, c := range map[string]struct {
		answer       func() error
		first, later verdict
	}{
		"unknown":          {func() error { return issuers.ErrUnknown }, unknown, unknown},
		"unknown, wrapped": {func() error { return errors.Join(errors.New("a"), issuers.ErrUnknown) }, unknown, unknown},
		"another error":    {func() error { return errors.New("down") }, unavailable("20"), unavailable("15")},
		"a refusal":        {func() error { return core.Forbidden("no") }, unavailable("20"), unavailable("15")},
		"not my own":       {func() error { return core.NotMine }, unavailable("20"), unavailable("15")},
		"a panic":          {func() error { panic("a bug") }, broken("panic"), broken("panic")},
		"a goroutine ends": {func() error { runtime.Goexit(); return nil }, unavailable("20"), unavailable("15")},
	} {
		t.Run(what, func(t *testing.T) {
			fails := true
			r := &registry{answer: func(context.Context, string) error {
				if fails {
					return c.answer()
				}
				return nil
			}}
			withTenants(t, r, issuers.Config{CoolDown: coolDown}, func(t *testing.T, chain *core.SecurityChain) {
				assert.Equal(t, c.first, ask(t.Context(), chain, tokenOf("acme")))
				time.Sleep(5 * time.Second)
				fails = false
				assert.Equal(t, c.later, ask(t.Context(), chain, tokenOf("acme")))
				time.Sleep(coolDown - 5*time.Second - time.Nanosecond)
				assert.Equal(t, c.later.status, ask(t.Context(), chain, tokenOf("acme")).status)
				assert.Equal(t, 1, r.callsOf("acme"))
				time.Sleep(time.Nanosecond)
				synctest.Wait()
				assert.Equal(t, 0, ask(t.Context(), chain, tokenOf("acme")).status)
				assert.Equal(t, 2, r.callsOf("acme"))
			})
		})
	}
}

// TestProvidersThatDoNotFit has functions that return a provider of something else.
func TestProvidersThatDoNotFit(t *testing.T) {
	inCookie := func(c *oauth2.Config) { c.Source = core.TokenSource{Cookie: "session"} }
	anyIssuer := func(c *oauth2.Config) { c.Issuers, c.AnyIssuer = nil, true }
	acme := coretest.NewIssuerFor(host+"acme", "ES256")
	for what, c := range map[string]struct {
		member core.Authenticator
		reason string // "": it fits
	}{
		"fits":                         {accessTokens(acme), ""},
		"several":                      {issuers.New(accessTokens(acme), microkubes(acme)), ""},
		"one of several":               {issuers.New(accessTokens(acme), accessTokens(shop)), ""},
		"with another type":            {microkubes(acme), "not_mine"},
		"nil":                          {nil, "misuse"},
		"a nil pointer":                {(*issuers.Tenants)(nil), "misuse"},
		"tenants":                      {issuers.Resolve(nil, issuers.Config{}), "misuse"},
		"of another package":           {&foreign{accessTokens(acme)}, "misuse"},
		"of another issuer":            {accessTokens(shop), "misuse"},
		"of any issuer":                {accessTokens(acme, anyIssuer), "misuse"},
		"in another place":             {accessTokens(acme, inCookie), "misuse"},
		"with an error":                {oauth2.New(acme.Keys(), oauth2.Config{}), "misuse"},
		"a prefix of the issuer":       {microkubes(acme, func(c *jwt.Config) { c.Issuers = []string{host} }), "misuse"},
		"no member":                    {issuers.New(), "misuse"},
		"several, one of another type": {issuers.New(microkubes(acme)), "not_mine"},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &counting{Store: acme.Keys()}
				tenants := issuers.Resolve(func(context.Context, string) (core.Authenticator, io.Closer, error) {
					return c.member, store, nil
				}, issuers.Config{})
				chain := chainOf(t, tenants)
				for range 2 {
					got := ask(t.Context(), chain, acme.AccessToken(audience, nil))
					assert.Equal(t, c.reason, got.reason)
				}
				assert.NoError(t, tenants.Close())
				assert.EqualValues(t, 1, store.closed.Load(), "what does not fit is closed, too")
			})
		})
	}
}

// TestIssuersThatNobodyMayHave holds that the function is not called for them.
func TestIssuersThatNobodyMayHave(t *testing.T) {
	r := &registry{}
	withTenants(t, r, issuers.Config{}, func(t *testing.T, chain *core.SecurityChain) {
		for _, iss := range []any{
			coretest.Absent, "", " ", host + "a\n", host + "a\x00b", " " + host, host + strings.Repeat("a", 257), 7, nil, []string{host + "a"},
		} {
			got := ask(t.Context(), chain, tenantKey.AccessToken(audience, coretest.Claims{"iss": iss}))
			assert.Equal(t, 401, got.status, "%q", iss)
			assert.Equal(t, "issuers: bad_issuer", got.notMine, "%q", iss)
		}
		raw := strings.NewReplacer("+", "-", "/", "_").Replace("eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUuY29tL_8ifQ") // … "iss" that ends in 0xff
		parts := strings.Split(tokenOf("a"), ".")
		assert.Equal(t, "issuers: bad_issuer", ask(t.Context(), chain, parts[0]+"."+raw+"."+parts[2]).notMine)
		for _, other := range []string{"2YotnFZFEjr1zCsicMWpAA", tokenOf("a") + ".x.y"} {
			assert.Equal(t, "issuers: malformed_token", ask(t.Context(), chain, other).notMine)
		}
		assert.Zero(t, r.allCalls())
	})
}

func TestWaitingRequests(t *testing.T) {
	hang := func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	deaf := func(context.Context, string) error { time.Sleep(time.Minute); return nil }
	for what, c := range map[string]struct {
		answer  func(context.Context, string) error
		client  time.Duration // after which the client leaves; zero: it stays
		waits   time.Duration
		after70 int // the status after 70 seconds
	}{
		"the call ends in time":           {hang, 0, 10 * time.Second, 503},
		"the client leaves":               {hang, time.Second, time.Second, 503},
		"the function ignores its end":    {deaf, 0, 10 * time.Second, 0},
		"the same, and the client leaves": {deaf, time.Second, time.Second, 0},
	} {
		t.Run(what, func(t *testing.T) {
			r := &registry{answer: c.answer}
			withTenants(t, r, issuers.Config{}, func(t *testing.T, chain *core.SecurityChain) {
				start, ctx := time.Now(), t.Context()
				if c.client > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.client)
					defer cancel()
				}
				assert.Equal(t, 503, ask(ctx, chain, tokenOf("acme")).status)
				assert.Equal(t, c.waits, time.Since(start))
				got := ask(t.Context(), chain, tokenOf("acme"))
				assert.Equal(t, 503, got.status)
				assert.Equal(t, "10", got.retryAfter)
				assert.Equal(t, 10*time.Second, time.Since(start), "the end of the one call")
				assert.Equal(t, 1, r.callsOf("acme"))
				time.Sleep(time.Until(start.Add(time.Minute)))
				synctest.Wait()
				time.Sleep(time.Second)
				assert.Equal(t, c.after70, ask(t.Context(), chain, tokenOf("acme")).status)
			})
		})
	}
}
