package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// validated is a provider with a configuration that may be bad.
type validated struct {
	core.ProviderFunc
	err error
}

func (v validated) Validate() error { return v.err }

func TestNewSecurityChainSaysWhatIsUnsafe(t *testing.T) {
	issuer := coretest.NewIssuer("a")
	one := jwt.New(issuer.Keys(), jwt.Microkubes("a"))
	cookie := jwt.Microkubes("a")
	cookie.Source.Cookie = "token"
	anyone := jwt.Config{AnyIssuer: true, AnyAudience: true}
	var nilFunc core.ProviderFunc
	var nilPointer *authenticator
	bad := validated{ProviderFunc: sets("ann"), err: errors.New("set Config.Secret")}
	for name, c := range map[string]struct {
		providers []core.Provider
		says      string
	}{
		"nothing":               {nil, "no provider that decides anything"},
		"Optional alone":        {[]core.Provider{core.Optional()}, "no provider that decides anything"},
		"nil":                   {[]core.Provider{nil}, "provider 1: the provider is nil"},
		"nil func":              {[]core.Provider{one, nilFunc}, "provider 2: the provider is nil"},
		"nil pointer":           {[]core.Provider{nilPointer}, "provider 1: the provider is nil"},
		"fails to validate":     {[]core.Provider{one, bad}, "set Config.Secret"},
		"no patterns":           {[]core.Provider{core.PublicRoutes(), one}, "at least one pattern"},
		"pattern cannot match":  {[]core.Provider{core.PublicRoutes("/a//"), one}, "empty segment"},
		"no scopes":             {[]core.Provider{one, core.RequireScopes()}, "name at least one scope"},
		"two scopes in one":     {[]core.Provider{one, core.RequireAnyScope("a b")}, `"a b" is not a scope`},
		"no roles":              {[]core.Provider{one, core.RequireAnyRole()}, "name at least one role"},
		"an empty role":         {[]core.Provider{one, core.RequireRoles("a", "")}, "a role must not be empty"},
		"same issuer twice":     {[]core.Provider{one, jwt.New(issuer.Keys(), jwt.Microkubes("a"))}, "give each its own issuer"},
		"one takes any issuer":  {[]core.Provider{one, jwt.New(issuer.Keys(), anyone)}, "both own"},
		"same header, + cookie": {[]core.Provider{one, jwt.New(issuer.Keys(), cookie)}, "both own"},
		"only requires":         {[]core.Provider{core.RequireAuth()}, "provider 1 (require_auth) refuses everybody: no provider before it authenticates"},
		"public, and requires":  {[]core.Provider{core.PublicRoutes("/x"), core.RequireRoles("a")}, "provider 2 (require_roles) refuses everybody"},
		"optional, requires":    {[]core.Provider{core.Optional(), core.RequireAuth()}, "refuses everybody"},
		"requires first":        {[]core.Provider{core.RequireScopes("a"), one}, "provider 1 (require_scopes) refuses everybody"},
		"authenticates last":    {[]core.Provider{sets("x"), core.RequireScopes("a"), one}, "provider 3 (jwt) authenticates nobody: require_scopes before it"},
		"public last":           {[]core.Provider{one, core.RequireAuth(), core.PublicRoutes("/x")}, "provider 3 (public) opens nothing: require_auth before it"},
		"jwt without issuer":    {[]core.Provider{jwt.New(issuer.Keys(), jwt.Config{})}, "name the issuers, or set AnyIssuer"},
	} {
		t.Run(name, func(t *testing.T) {
			chain, err := core.NewSecurityChain(c.providers...)
			require.Error(t, err)
			assert.Nil(t, chain)
			assert.Contains(t, err.Error(), c.says)
		})
	}
	other := jwt.New(issuer.Keys(), jwt.Microkubes("b"))
	typed := jwt.Microkubes("a")
	typed.Types = []string{"at+jwt"}
	_, err := core.NewSecurityChain(one, other, jwt.New(issuer.Keys(), typed), core.Optional(), validated{sets("x"), nil})
	assert.NoError(t, err, "another issuer, another type")
	_, err = core.NewSecurityChain(core.PublicRoutes("/x"), one, core.RequireAuth(), core.RequireRoles("a"), returns(nil))
	assert.NoError(t, err, "requirements behind what authenticates, and what looks at who it is")
}

func TestAllErrorsAreReported(t *testing.T) {
	_, err := core.NewSecurityChain(nil, core.PublicRoutes("x", "/y//"), core.RequireScopes(), jwt.New(nil, jwt.Config{}))
	require.Error(t, err)
	var got []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		got = append(got, line[:strings.LastIndex(line, ": ")])
	}
	assert.Equal(t, []string{
		"core: provider 1",
		`core: provider 2: public: pattern "x" matches no path`, `core: provider 2: public: pattern "/y//" matches no path`,
		"core: provider 3: require_scopes",
		"core: provider 4: jwt: the key store is nil", "core: provider 4: jwt: Config.Issuers is empty",
		"core: provider 4: jwt: Config.Audiences is empty",
	}, got, "each line says who and what, once")
}

type own struct{ validated }

func (own) Name() string { return "own" }

// TestJoinedErrorsAreSplit has joined errors in joined errors: each line names the provider.
func TestJoinedErrorsAreSplit(t *testing.T) {
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	_, err := core.NewSecurityChain(own{validated{sets("ann"), errors.Join(a, nil, errors.Join(errors.Join(b), c))}})
	assert.EqualError(t, err, "core: provider 1: own: a\ncore: provider 1: own: b\ncore: provider 1: own: c")
	for _, part := range []error{a, b, c} {
		assert.ErrorIs(t, err, part)
	}
}

// noParts is an error that wraps an empty list of others.
type noParts struct{}

func (noParts) Error() string   { return "whatever it says" }
func (noParts) Unwrap() []error { return nil }

// TestOtherErrorsAreKeptWhole has errors that wrap several and are not of errors.Join.
func TestOtherErrorsAreKeptWhole(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	for says, err := range map[string]error{
		"secret a, or key b": fmt.Errorf("secret %w, or key %w", a, b), "whatever it says": noParts{},
		"a\nb": fmt.Errorf("%w\n%w", a, b), "both: a\nb": fmt.Errorf("both: %w", errors.Join(a, b)),
	} {
		bad := validated{ProviderFunc: sets("ann"), err: err}
		_, got := core.NewSecurityChain(bad)
		require.ErrorContains(t, got, says)
		assert.Equal(t, 1, strings.Count(got.Error(), "provider 1"))
		require.ErrorIs(t, got, err)
		assert.Panics(t, func() { newChain(t, sets("ann")).With(bad) }, says)
	}
}

func TestWithPanicsOnWhatWouldLoosen(t *testing.T) {
	chain := newChain(t, sets("ann"))
	issuer := coretest.NewIssuer("a")
	for name, p := range map[string]core.Provider{
		"nil":           nil,
		"nil func":      core.ProviderFunc(nil),
		"Optional":      core.Optional(),
		"PublicRoutes":  core.PublicRoutes("/x"),
		"authenticator": jwt.New(issuer.Keys(), jwt.Microkubes("a")),
		"bad config":    core.RequireScopes(),
	} {
		assert.Panics(t, func() { chain.With(core.RequireAuth(), p) }, name)
	}
	assert.NotPanics(t, func() { chain.With(core.RequireAuth()).With(core.RequireRoles("x")).With() })
}

func TestSettingsReturnCopies(t *testing.T) {
	chain := newChain(t, returns(nil))
	body := func(*core.Error) (string, []byte) { return "text/plain", []byte("custom") }
	strict := chain.With(returns(core.NewError(418, "")))
	changed := strict.WithRealm("other").WithErrorBody(body).Public()

	o := guard(t, chain, coretest.Request{})
	assert.Equal(t, `Bearer realm="microkubes"`, o.res.Headers.Get("WWW-Authenticate"))
	assert.Equal(t, `{"code":401,"message":"authentication required"}`, string(o.res.Body))
	o = guard(t, strict, coretest.Request{})
	assert.Equal(t, 401, o.res.Status, "the base chain comes first")
	o = guard(t, changed, coretest.Request{})
	assert.Equal(t, 418, o.res.Status)
	assert.Equal(t, "custom", string(o.res.Body))
	a, b := strict.With(returns(nil)), strict.With(returns(core.NewError(499, "")))
	assert.NotSame(t, a, b)
	assert.Equal(t, 418, guard(t, a.Public(), coretest.Request{}).res.Status)
}

func TestRealm(t *testing.T) {
	o := guard(t, newChain(t, returns(nil)).WithRealm(`a "quoted" \ one`), coretest.Request{})
	assert.Equal(t, `Bearer realm="a \"quoted\" \\ one"`, o.res.Headers.Get("WWW-Authenticate"))
	for _, realm := range []string{"", "a\nb", "é", "\x7f"} {
		assert.Panics(t, func() { newChain(t, returns(nil)).WithRealm(realm) }, "%q", realm)
	}
}

func TestNames(t *testing.T) {
	named := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		return core.Unauthorized("")
	})
	o := guard(t, newChain(t, named), coretest.Request{})
	assert.Contains(t, o.logged[0]["provider"], "core_test.TestNames", "a function is called by its name")
	o = guard(t, newChain(t, sets("ann")).With(core.RequireRoles("x")), coretest.Request{})
	assert.Equal(t, "require_roles", o.logged[0]["provider"])
	o = guard(t, newChain(t, returns(nil)), coretest.Request{})
	assert.Equal(t, "chain", o.logged[0]["provider"])
}

func TestSignals(t *testing.T) {
	assert.NotErrorIs(t, core.NotMine, core.BreakChain)
	assert.NotEqual(t, core.NotMine.Error(), core.BreakChain.Error())
}

func TestProviders(t *testing.T) {
	first, second := own{}, core.PublicRoutes("/docs/**")
	chain, err := core.NewSecurityChain(first, core.Optional(), second)
	require.NoError(t, err)
	got := chain.Providers()
	assert.Equal(t, []core.Provider{first, second}, got)
	got[0] = nil
	assert.Equal(t, []core.Provider{first, second}, chain.With(core.RequireAuth()).Providers(), "the slice is the caller's own")
	assert.Empty(t, new(core.SecurityChain).Providers())
}
