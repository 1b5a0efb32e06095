package core_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

type enrich = func(context.Context, *core.Auth) (*core.Auth, error)

// ownProvider is an Authenticator of a user.
type ownProvider struct {
	provide
	owns []core.Ownership
}

func (a ownProvider) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response) error {
	return a.provide(ctx, sc, req, res)
}

func (a ownProvider) Owns() []core.Ownership { return a.owns }

func (a ownProvider) Name() string { return "own" }

func addsRole(_ context.Context, auth *core.Auth) (*core.Auth, error) {
	data := auth.Data()
	data.Roles = append(data.Roles, "editor")
	return core.NewAuth(data), nil
}

// TestEnrich has each result of the provider and of the function.
func TestEnrich(t *testing.T) {
	ann := core.NewAuth(core.AuthData{UserID: "ann"})
	found := func(err error) provide {
		return func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
			if sc.HasAuth() || sc.SetAuth(ann) != nil || sc.Auth() != ann {
				return errors.New("the provider finds its own Auth")
			}
			return err
		}
	}
	silent := func(err error) provide {
		return func(context.Context, core.SecurityContext, core.Request, core.Response) error { return err }
	}
	fails := func(err error) enrich {
		return func(context.Context, *core.Auth) (*core.Auth, error) { return ann, err }
	}
	var noError *core.Error
	denied := core.Forbidden("access denied")
	for name, c := range map[string]struct {
		provide provide
		f       enrich
		called  bool
		reason  string
		status  int
	}{
		"authenticates":               {found(nil), addsRole, true, "", 0},
		"a nil *Error":                {found(noError), fails(noError), true, "", 0},
		"ends the chain":              {found(core.BreakChain), addsRole, true, "", 0},
		"refuses":                     {silent(core.InvalidToken("expired")), addsRole, false, "expired", 401},
		"has nothing to do":           {silent(nil), addsRole, false, "no_credential", 401},
		"disowns":                     {silent(core.NotMine), addsRole, false, "not_mine", 401},
		"an Auth and an error":        {found(core.InvalidToken("expired")), addsRole, false, "expired", 401},
		"an Auth and another error":   {found(errors.New("x")), addsRole, false, "unforeseen", 500},
		"an Auth and NotMine":         {found(core.NotMine), addsRole, false, "misuse", 500},
		"the function refuses":        {found(nil), fails(denied), true, "refused", 403},
		"it wraps a refusal":          {found(nil), fails(fmt.Errorf("x: %w", denied)), true, "refused", 403},
		"another error of it":         {found(nil), fails(errors.New("secret")), true, "unavailable", 503},
		"it wraps a nil *Error":       {found(nil), fails(fmt.Errorf("x: %w", noError)), true, "unavailable", 503},
		"it returns a signal":         {found(nil), fails(core.BreakChain), true, "unavailable", 503},
		"it returns NotMine":          {found(nil), fails(core.NotMine), true, "unavailable", 503},
		"it fails and ends the chain": {found(core.BreakChain), fails(errors.New("x")), true, "unavailable", 503},
		"it returns nobody":           {found(nil), func(context.Context, *core.Auth) (*core.Auth, error) { return nil, nil }, true, "misuse", 500},
		"it panics":                   {found(nil), func(context.Context, *core.Auth) (*core.Auth, error) { panic("secret") }, true, "panic", 500},
		"a second Auth": {func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
			_, _ = sc.SetAuth(ann), sc.SetAuth(core.NewAuth(core.AuthData{UserID: "eve"}))
			return nil
		}, addsRole, true, "auth_set_twice", 500},
	} {
		t.Run(name, func(t *testing.T) {
			called := false
			p := core.Enrich(ownProvider{provide: c.provide}, func(ctx context.Context, auth *core.Auth) (*core.Auth, error) {
				called = true
				assert.Same(t, ann, auth)
				_, ok := core.AuthFrom(ctx)
				assert.False(t, ok, "nobody sees the identity before it is enriched")
				return c.f(ctx, auth)
			})
			o := guard(t, newChain(t, p), coretest.Request{Headers: coretest.Bearer("x")})
			assert.Equal(t, c.called, called)
			assert.NotContains(t, o.raw, "secret")
			if c.reason == "" {
				assert.True(t, o.passed)
				assert.Equal(t, "ann", o.user)
				return
			}
			assert.Equal(t, c.reason, o.reason(t))
			assert.Equal(t, c.status, o.res.Status)
			if c.status == 503 {
				assert.Equal(t, "5", o.res.Headers.Get("Retry-After"))
			}
		})
	}
}

// TestEnrichKeepsWhatTheProviderIs holds that name, ownership, order and checks are those of the provider.
func TestEnrichKeepsWhatTheProviderIs(t *testing.T) {
	issuer := coretest.NewIssuer("i")
	tokens := jwt.New(issuer.Keys(), jwt.Microkubes("i"))
	p := core.Enrich(core.Enrich(tokens, addsRole), addsRole)
	assert.Equal(t, tokens.Owns(), p.Owns())
	_, err := core.NewSecurityChain(p, tokens)
	assert.ErrorContains(t, err, "providers 1 (jwt) and 2 (jwt) both own")
	_, err = core.NewSecurityChain(core.Enrich(jwt.New(issuer.Keys(), jwt.Config{}), addsRole))
	assert.ErrorContains(t, err, "core: provider 1: jwt: Config.Issuers is empty")
	assert.ErrorContains(t, err, "core: provider 1: jwt: Config.Audiences is empty")
	assert.Panics(t, func() { newChain(t, p).With(p) }, "With adds no authenticator")

	var nobody *ownProvider
	for says, p := range map[string]core.Provider{
		"Enrich: the provider is nil": core.Enrich(nil, addsRole),
		"the provider is nil":         core.Enrich(nobody, addsRole),
		"Enrich: the function is nil": core.Enrich(tokens, nil),
	} {
		_, err := core.NewSecurityChain(p)
		assert.ErrorContains(t, err, says)
		assert.Error(t, p.Provide(t.Context(), &coretest.SecurityContext{}, coretest.Request{}, nil), "used without a chain")
	}

	var seen observer
	chain := newChain(t, p, core.RequireRoles("editor")).WithObserver(&seen)
	good := coretest.Request{Headers: coretest.Bearer(issuer.Microkubes(nil))}
	assert.True(t, guard(t, chain, good).passed)
	assert.True(t, guard(t, chain, good).passed)
	assert.Equal(t, []bool{false, true}, []bool{seen.events[0].Cached, seen.events[1].Cached})
	assert.Equal(t, "jwt", seen.events[1].Provider)
	o := guard(t, chain, coretest.Request{Headers: coretest.Bearer(coretest.NewIssuer("other").Microkubes(nil))})
	assert.Equal(t, "jwt: bad_issuer", o.logged[0]["not_mine"])

	var sc coretest.SecurityContext
	require.NoError(t, p.Provide(t.Context(), &sc, good, nil), "outside of a chain")
	assert.True(t, sc.Auth().HasRole("editor"))
}

// TestEnrichSealsAfterwards keeps the SecurityContext that the provider got, and sets an Auth too late.
func TestEnrichSealsAfterwards(t *testing.T) {
	var kept core.SecurityContext
	p := core.Enrich(ownProvider{provide: func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		assert.Error(t, sc.SetAuth(nil))
		assert.Equal(t, "core.SecurityContext", fmt.Sprintf("%+v", sc))
		kept = sc
		return nil
	}}, addsRole)
	o := guard(t, newChain(t, p, core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		assert.ErrorIs(t, kept.SetAuth(core.NewAuth(core.AuthData{UserID: "eve"})), core.ErrSealed)
		return nil
	})), coretest.Request{})
	assert.Equal(t, "no_credential", o.reason(t))
}

// moving is a request whose path a provider, or the function of Enrich, may change.
type moving struct {
	coretest.Request
	path  string
	asked int
}

func (r *moving) RoutePath() string { r.asked++; return r.path }

// TestEnrichHasTheSealOfItsProvider holds that a chain does not go on with the path that it has read before, if the provider or
// the function changes it, and that it asks once otherwise.
func TestEnrichHasTheSealOfItsProvider(t *testing.T) {
	issuer := coretest.NewIssuer("i")
	tokens := jwt.New(issuer.Keys(), jwt.Microkubes("i"))
	rewrites := ownProvider{provide: func(_ context.Context, _ core.SecurityContext, req core.Request, _ core.Response) error {
		r, _ := core.RequestAs[*moving](req)
		r.path = "/admin"
		return nil
	}}
	public := core.PublicRoutes("/public")
	unchanged := &moving{path: "/public"}
	assert.True(t, guard(t, newChain(t, core.Enrich(tokens, addsRole), public), unchanged).passed)
	assert.Equal(t, 1, unchanged.asked)
	o := guard(t, newChain(t, core.Enrich(rewrites, addsRole), public), &moving{path: "/public"})
	assert.Equal(t, "no_credential", o.reason(t), "the path is that of the changed request")
	o = guard(t, newChain(t, core.Enrich(core.Enrich(rewrites, addsRole), addsRole), public), &moving{path: "/public"})
	assert.Equal(t, "no_credential", o.reason(t), "in two layers, too")

	r := &moving{path: "/public", Request: coretest.Request{Headers: coretest.Bearer(issuer.Microkubes(nil))}}
	var seen string
	chain := newChain(t, core.Enrich(tokens, func(_ context.Context, auth *core.Auth) (*core.Auth, error) {
		r.path = "/admin"
		return auth, nil
	})).WithRequestID(func(_ context.Context, req core.Request) string { seen = req.RoutePath(); return "" }).WithObserver(&observer{})
	assert.True(t, guard(t, chain, r).passed)
	assert.Equal(t, "/admin", seen, "the function changed it")
}
