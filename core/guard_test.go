package core_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

var errInside = errors.New("canary: password hunter2")

// TestProviderResults tries each result of a provider in front of one that authenticates ann.
func TestProviderResults(t *testing.T) {
	var typedNil *core.Error
	for name, c := range map[string]struct {
		provider core.Provider
		status   int    // 0: passes
		reason   string // of the refusal
		user     string // where it passes
	}{
		"nil":                      {returns(nil), 0, "", "ann"},
		"not mine":                 {returns(core.NotMine), 0, "", "ann"},
		"break":                    {returns(core.BreakChain), 0, "", "-"},
		"wrapped break":            {returns(fmt.Errorf("x: %w", core.BreakChain)), 500, "unforeseen", ""},
		"wrapped not mine":         {returns(fmt.Errorf("x: %w", core.NotMine)), 500, "unforeseen", ""},
		"refusal":                  {returns(core.Unauthorized("no")), 401, "refused", ""},
		"wrapped refusal":          {returns(fmt.Errorf("x: %w", core.NewError(409, "no"))), 409, "refused", ""},
		"typed nil":                {returns(typedNil), 0, "", "ann"},
		"zero Error":               {returns(&core.Error{}), 500, "misuse", ""},
		"status of a success":      {returns(core.NewError(200, "fine")), 500, "misuse", ""},
		"status out of range":      {returns(core.NewError(700, "?")), 500, "misuse", ""},
		"challenge breaks header":  {returns(core.Unauthorized("no").WithChallenge("a\r\nb")), 500, "misuse", ""},
		"scope breaks header":      {returns(core.Forbidden("no", "a\nb")), 500, "misuse", ""},
		"other error":              {returns(errInside), 500, "unforeseen", ""},
		"panic":                    {panics(errInside), 500, "panic", ""},
		"panic with nil":           {panics(nil), 500, "panic", ""},
		"panic to abort":           {panics(http.ErrAbortHandler), 500, "panic", ""},
		"sets Auth":                {sets("eve"), 500, "auth_set_twice", ""},
		"sets Auth and refuses":    {then(sets("eve"), core.Forbidden("no")), 403, "refused", ""},
		"sets Auth and fails":      {then(sets("eve"), errInside), 500, "unforeseen", ""},
		"sets Auth and breaks":     {then(sets("eve"), core.BreakChain), 0, "", "eve"},
		"sets Auth, is not mine":   {then(sets("eve"), core.NotMine), 500, "misuse", ""},
		"sets Auth twice, says ok": {twice("eve"), 500, "auth_set_twice", ""},
		"sets a nil Auth":          {setsNil(nil), 0, "", "ann"},
		"fails on a nil Auth":      {core.ProviderFunc(setNil), 500, "unforeseen", ""},
		"sends":                    {sends(418, nil), 418, "answered", ""},
		"sends and fails":          {sends(418, errInside), 418, "answered", ""},
		"sends and breaks":         {sends(418, core.BreakChain), 418, "answered", ""},
		"sends and refuses":        {sends(302, core.Unauthorized("no")), 302, "answered", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := guard(t, newChain(t, c.provider, sets("ann")), coretest.Request{})
			assert.NotContains(t, o.raw+string(o.res.Body), "canary")
			if c.status == 0 {
				require.True(t, o.passed, "got %d", o.res.Status)
				assert.Equal(t, c.user, o.user)
				assert.Zero(t, o.res.Sends)
				assert.Empty(t, o.logged)
				return
			}
			assert.Equal(t, c.reason, o.reason(t))
			assert.Equal(t, c.status, o.res.Status)
			assert.Equal(t, 1, o.res.Sends)
			assert.Equal(t, "-", o.user, "the context of a refused request has no identity")
		})
	}
}

// TestResultsOfWith tries the same results of a provider that With added.
func TestResultsOfWith(t *testing.T) {
	for name, c := range map[string]struct {
		provider core.Provider
		status   int
		reason   string
	}{
		"nil":           {returns(nil), 0, ""},
		"not mine":      {returns(core.NotMine), 0, ""},
		"break":         {returns(core.BreakChain), 500, "misuse"},
		"refusal":       {returns(core.Forbidden("no")), 403, "refused"},
		"other error":   {returns(errInside), 500, "unforeseen"},
		"panic":         {panics(errInside), 500, "panic"},
		"sends":         {sends(302, nil), 302, "answered"},
		"sets an Auth":  {sets("eve"), 500, "unforeseen"},
		"sets, says ok": {setsNil(core.NewAuth(core.AuthData{UserID: "eve"})), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := guard(t, newChain(t, sets("ann")).With(c.provider), coretest.Request{})
			if c.status == 0 {
				require.True(t, o.passed)
				assert.Equal(t, "ann", o.user)
				return
			}
			assert.Equal(t, c.reason, o.reason(t))
			assert.Equal(t, c.status, o.res.Status)
		})
	}
	o := guard(t, newChain(t, core.Optional(), returns(nil)).With(named{because("bad_type"), "p"}), coretest.Request{})
	assert.Equal(t, "not_mine", o.reason(t), "without an Auth it is a credential that nobody owns")
	assert.Equal(t, "p: bad_type", o.logged[0]["not_mine"])
	o = guard(t, newChain(t, named{because("bad_type"), "p"}, named{core.RequireAuth(), "r"}), coretest.Request{})
	assert.Equal(t, []any{"not_mine", "p: bad_type", "r"}, []any{o.reason(t), o.logged[0]["not_mine"], o.logged[0]["provider"]})
}

func panics(value any) core.Provider {
	return core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error { panic(value) })
}

func then(first provide, err error) core.Provider {
	return core.ProviderFunc(func(ctx context.Context, sc core.SecurityContext, q core.Request, s core.Response) error {
		_ = first(ctx, sc, q, s)
		return err
	})
}

func twice(user string) core.Provider {
	return core.ProviderFunc(func(ctx context.Context, sc core.SecurityContext, q core.Request, s core.Response) error {
		_ = sets(user)(ctx, sc, q, s)
		_ = sets(user)(ctx, sc, q, s)
		return nil
	})
}

func setsNil(auth *core.Auth) core.Provider {
	return core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
		_ = sc.SetAuth(auth)
		return nil
	})
}

func setNil(_ context.Context, sc core.SecurityContext, _ core.Request, _ core.Response) error {
	return sc.SetAuth(nil)
}

func sends(status int, err error) core.Provider {
	return core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, _ core.Request, s core.Response) error {
		s.SetHeader("X-Own", "1")
		_ = s.Send(status, []byte("own"))
		s.SetHeader("X-Late", "1")
		s.AddHeader("X-Late", "2")
		if s.Send(200, nil) == nil {
			return errors.New("a second Send must fail")
		}
		return err
	})
}

func TestForeignCredentialIsNotPublicEither(t *testing.T) {
	o := guard(t, newChain(t, returns(core.NotMine), returns(core.BreakChain)), coretest.Request{})
	assert.Equal(t, "not_mine", o.reason(t))
	o = guard(t, newChain(t, returns(core.NotMine), then(sets("ann"), core.BreakChain)), coretest.Request{})
	assert.True(t, o.passed, "another provider owned it")
}

// TestOptionalIsForRequestsWithoutACredential sends credentials that no provider takes up: they get the answer of a chain that is
// not optional.
func TestOptionalIsForRequestsWithoutACredential(t *testing.T) {
	bearer := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, req core.Request, _ core.Response) error {
		token, err := core.BearerToken(req)
		if err != nil || token == "" {
			return err
		}
		return sc.SetAuth(core.NewAuth(core.AuthData{UserID: token}))
	})
	header := func(values ...string) http.Header { return http.Header{"Authorization": values} }
	const bare = `Bearer realm="microkubes"`
	for name, c := range map[string]struct {
		headers   http.Header
		user      string // for whom the request passes, "-" for nobody; empty: it does not
		challenge string
	}{
		"nothing":                 {nil, "-", ""},
		"an empty field":          {header(""), "-", ""},
		"other fields":            {http.Header{"X-Api-Key": {"k"}, "Cookie": {"a=b"}}, "-", ""},
		"a token":                 {header("Bearer ann"), "ann", ""},
		"Basic":                   {header("Basic YTpi"), "", bare},
		"Basic without a value":   {header("Basic"), "", bare},
		"Negotiate":               {header("Negotiate abc"), "", bare},
		"a token with no scheme":  {header("eyJhbGciOiJSUzI1NiJ9.e30.AAAA"), "", bare},
		"a scheme of no provider": {header("DPoP ann"), "", bare},
	} {
		t.Run(name, func(t *testing.T) {
			o := guard(t, newChain(t, core.Optional(), bearer), coretest.Request{Headers: c.headers})
			assert.Equal(t, c.user != "", o.passed)
			if c.user != "" {
				assert.Equal(t, c.user, o.user)
				return
			}
			closed := guard(t, newChain(t, bearer), coretest.Request{Headers: c.headers})
			assert.Equal(t, []any{401, c.challenge}, []any{o.res.Status, o.res.Headers.Get("Www-Authenticate")})
			assert.Equal(t, closed.res, o.res, "the answer of a chain that is not optional")
		})
	}
	o := guard(t, newChain(t, core.Optional(), bearer, core.PublicRoutes("/")), coretest.Request{Headers: header("Basic YTpi")})
	assert.True(t, o.passed, "a public route asks for no credential")
}

func TestSentByProvider(t *testing.T) {
	o := guard(t, newChain(t, sends(302, nil)), coretest.Request{})
	assert.Equal(t, "own", string(o.res.Body))
	assert.Equal(t, http.Header{"X-Own": {"1"}}, o.res.Headers, "nothing is set after Send, and core adds nothing")
}

// TestSentWithoutFinalStatus sends statuses that are not final: net/http would panic on some, and wait after others.
func TestSentWithoutFinalStatus(t *testing.T) {
	for _, status := range []int{-1, 0, 100, 101, 199, 600, 1000} {
		var err error
		o := guard(t, newChain(t, core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, _ core.Request, res core.Response) error {
			err = res.Send(status, nil)
			return err
		})), coretest.Request{})
		assert.ErrorContains(t, err, "is not a status of an answer", "%d", status)
		assert.Equal(t, 500, o.res.Status, "%d", status)
		assert.Equal(t, "unforeseen", o.reason(t))
	}
}

// TestIgnoredErrorOfSendIsMisuse has a provider that ignores the error of Send for a bad status.
func TestIgnoredErrorOfSendIsMisuse(t *testing.T) {
	careless := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, _ core.Request, res core.Response) error {
		_ = res.Send(0, nil)
		return nil
	})
	for name, chain := range map[string]*core.SecurityChain{
		"before":      newChain(t, careless, sets("ann")),
		"after":       newChain(t, sets("ann"), careless),
		"in With":     newChain(t, sets("ann")).With(careless),
		"on a public": newChain(t, sets("ann")).Public().With(careless),
	} {
		o := guard(t, chain, coretest.Request{})
		assert.Equal(t, "misuse", o.reason(t), name)
		assert.Equal(t, 500, o.res.Status, name)
	}
}

func TestAuthenticatorsAreSkippedOnceAuthIsSet(t *testing.T) {
	called := 0
	second := &authenticator{ProviderFunc: func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		called++
		return nil
	}, owns: core.Ownership{Form: "second"}}
	require.True(t, guard(t, newChain(t, sets("ann"), second), coretest.Request{}).passed)
	assert.Zero(t, called)
	require.False(t, guard(t, newChain(t, second), coretest.Request{}).passed)
	assert.Equal(t, 1, called)
}

type authenticator struct {
	core.ProviderFunc
	owns core.Ownership
}

func (a *authenticator) Owns() []core.Ownership { return []core.Ownership{a.owns} }

func TestNestedGuardShadows(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "parent")
	outer, ok := newChain(t, sets("ann")).Guard(ctx, coretest.Request{}, &coretest.Recorder{})
	require.True(t, ok)
	inner, ok := newChain(t, core.Optional(), returns(nil)).Guard(outer, coretest.Request{}, &coretest.Recorder{})
	require.True(t, ok)
	_, found := core.AuthFrom(inner)
	assert.False(t, found, "the inner chain inherits nothing")
	auth, _ := core.AuthFrom(outer)
	assert.Equal(t, "ann", auth.UserID(), "the outer context is as it was")
	assert.Equal(t, "parent", inner.Value(key{}))
	_, found = core.AuthFrom(t.Context())
	assert.False(t, found)
}

// named is a provider with a name for logs.
type named struct {
	core.Provider
	name string
}

func (n named) Name() string { return n.name }

// offers returns a provider that sends a status that is not final, and returns err.
func offers(err error) core.Provider {
	return core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, _ core.Request, res core.Response) error {
		_ = res.Send(100, nil)
		return err
	})
}
