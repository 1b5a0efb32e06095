package token_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
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

// TestFoundTokensAreClosed has an owner that accepts a token which the finder has parsed, refuses it, or panics.
func TestFoundTokensAreClosed(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	revoked := func(f func() (bool, error)) func(*jwt.Config) {
		return func(c *jwt.Config) { c.Revoked = func(context.Context, *core.Auth) (bool, error) { return f() } }
	}
	for name, change := range map[string]func(*jwt.Config){
		"accepted":         nil,
		"a wrong audience": func(c *jwt.Config) { c.AnyAudience, c.Audiences = false, []string{"x"} },
		"revoked":          revoked(func() (bool, error) { return true, nil }),
		"Revoked fails":    revoked(func() (bool, error) { return false, errors.New("down") }),
		"Revoked panics":   revoked(func() (bool, error) { panic("down") }),
	} {
		for _, several := range []bool{false, true} {
			owner := of(store, "b", change)
			if several {
				owner = issuers.New(owner)
			}
			finder := ownership.New([]any{of(store, "a", nil), owner})
			require.NotNil(t, finder)
			found := finder.Find(issuer.Microkubes(coretest.Claims{"iss": "b"}))
			require.EqualValues(t, 1, found.Owner)
			require.False(t, token.IsClosed(found.Token.Found))
			func() {
				defer func() { _ = recover() }()
				_ = owner.(interface {
					ProvideFound(context.Context, core.SecurityContext, core.Request, core.Response, ownership.Token) error
				}).ProvideFound(t.Context(), &coretest.SecurityContext{}, coretest.Request{}, nil, found.Token)
			}()
			assert.True(t, token.IsClosed(found.Token.Found), "%s, several: %v", name, several)
		}
	}
}

// renamed is the SecurityContext of a provider of another module around one of this module.
type renamed struct{ core.SecurityContext }

// TestFoundTokensStayInTheirRequest sends the tokens of many users at once through two chains with the same providers, one of which
// stands in another place. Providers of other modules wrap, replace and panic between them, functions of Enrich fail, and a
// handler sends another token through the chain. Each request gets the identity in its own token or is refused.
func TestFoundTokensStayInTheirRequest(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	trouble := func(_ context.Context, auth *core.Auth) (*core.Auth, error) {
		switch auth.Data().UserID {
		case "panic":
			panic("Enrich")
		case "error":
			return nil, errors.New("down")
		}
		return auth, nil
	}
	a, b, c := of(store, "a", nil), of(store, "b", nil), issuers.New(of(store, "c", nil), of(store, "d", nil))
	e := of(store, "e", func(c *jwt.Config) {
		c.Revoked = func(ctx context.Context, auth *core.Auth) (bool, error) {
			_, err := trouble(ctx, auth)
			return false, err
		}
	})
	enriched := core.Enrich(core.Enrich(b, trouble), trouble)
	inner := of(store, "f", nil)
	wraps := core.ProviderFunc(func(ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response) error {
		if err := inner.Provide(context.WithValue(ctx, key{}, 1), renamed{sc}, req, res); err != nil && !sc.HasAuth() {
			return nil //nolint:nilerr // another provider decides
		}
		return nil
	})
	first, err := core.NewSecurityChain(a, enriched, wraps, c, e)
	require.NoError(t, err)
	second, err := core.NewSecurityChain(e, c, a, wraps, enriched)
	require.NoError(t, err)
	type request struct{ text, user, issuer string }
	var all []request
	for _, iss := range []string{"a", "b", "c", "d", "e", "f", "x"} {
		for _, user := range []string{"ann", "bob", "panic", "error"} {
			all = append(all, request{issuer.Microkubes(coretest.Claims{"iss": iss, "userId": user, "sub": iss + user}), user, iss})
		}
	}
	guard := func(ctx context.Context, chain *core.SecurityChain, r request) context.Context {
		chain = chain.WithLogger(slog.New(slog.DiscardHandler))
		ctx, passed := chain.Guard(ctx, &coretest.Request{Headers: coretest.Bearer(r.text)}, &coretest.Recorder{})
		fails := r.issuer == "x" || (r.issuer == "b" || r.issuer == "e") && (r.user == "panic" || r.user == "error")
		auth, _ := core.AuthFrom(ctx)
		if passed == fails || passed && auth.Data().Issuer+auth.Subject() != r.issuer+r.issuer+r.user {
			t.Errorf("%s of %s: passed %v with the identity of %s", r.user, r.issuer, passed, auth.Subject())
		}
		return ctx
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				r, other := all[(i+g*7)%len(all)], all[(i*5+g)%len(all)]
				if i%100 == 0 {
					token.ForgetSignatures()
				}
				ctx := guard(t.Context(), first, r)
				guard(ctx, first, other) // a handler that runs the same chain again, with the context that it has got
				guard(ctx, second, other)
			}
		})
	}
	wg.Wait()
}

type key struct{}

// TestEventsOfFoundTokens compares the events of a chain that finds owners with those of one that asks its providers, where the owner
// panics, fails or is never called.
func TestEventsOfFoundTokens(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	panics := func(context.Context, *core.Auth) (*core.Auth, error) { panic("Enrich") }
	fails := func(context.Context, *core.Auth) (*core.Auth, error) { return nil, errors.New("down") }
	provider := func(f func() error) core.Provider {
		return core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error { return f() })
	}
	identity := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		return sc.SetAuth(core.NewAuth(core.AuthData{UserID: "other"}))
	})
	find := ownership.New
	defer func() { ownership.New = find }()
	for name, c := range map[string]struct {
		between core.Provider
		owner   func(core.Authenticator) core.Authenticator
	}{
		"nothing":              {core.PublicRoutes("/public"), nil},
		"the owner panics":     {core.PublicRoutes("/public"), func(p core.Authenticator) core.Authenticator { return core.Enrich(p, panics) }},
		"the owner fails":      {core.PublicRoutes("/public"), func(p core.Authenticator) core.Authenticator { return core.Enrich(p, fails) }},
		"refused before":       {provider(func() error { return core.Forbidden("no") }), nil},
		"a panic before":       {provider(func() error { panic("between") }), nil},
		"authenticated before": {identity, nil},
		"opened before":        {core.PublicRoutes("/"), nil},
		"not mine before":      {provider(func() error { return core.NotMine }), nil},
	} {
		for _, iss := range []string{"a", "b", "x"} {
			text := issuer.Microkubes(coretest.Claims{"iss": iss})
			var events [2][]string
			for i, f := range []func([]any) *ownership.Finder{nil, find} {
				ownership.New = f
				owner := of(store, "b", nil)
				if c.owner != nil {
					owner = c.owner(owner)
				}
				chain, err := core.NewSecurityChain(of(store, "a", nil), c.between, owner, of(store, "c", nil))
				require.NoError(t, err)
				chain = chain.WithLogger(slog.New(slog.DiscardHandler)).WithObserver(observer(func(e core.Event) {
					e.Duration = 0
					events[i] = append(events[i], fmt.Sprintf("%+v", e))
				}))
				for range 2 { // the second time the token is in the cache of its owner
					chain.Guard(t.Context(), &coretest.Request{Headers: coretest.Bearer(text)}, &coretest.Recorder{})
				}
				chain.Public().Guard(t.Context(), &coretest.Request{Headers: coretest.Bearer(text)}, &coretest.Recorder{})
			}
			assert.Equal(t, events[0], events[1], "%s, a token of %s", name, iss)
		}
	}
}
