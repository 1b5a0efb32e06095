package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
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

// TestWithOnlyTightens tries chains of random providers: what a chain refuses, it refuses with anything added.
func TestWithOnlyTightens(t *testing.T) {
	kinds := []core.Provider{
		returns(nil), returns(core.NotMine), returns(core.BreakChain), returns(core.Forbidden("no")), returns(errInside),
		sets("eve"), then(sets("eve"), core.BreakChain), twice("eve"), sends(302, nil), panics(1),
		setsNil(core.NewAuth(core.AuthData{UserID: "eve"})), core.RequireAuth(), core.RequireAnyRole("x"),
	}
	random := rand.New(rand.NewPCG(1, 2))
	some := func() (list []core.Provider) {
		for range 1 + random.IntN(4) {
			list = append(list, kinds[random.IntN(len(kinds))])
		}
		return list
	}
	refused, passed := 0, 0
	for range 5000 {
		base := some()
		if random.IntN(3) == 0 {
			base = append(base, core.Optional())
		}
		chain, err := core.NewSecurityChain(base...)
		if err != nil { // a requirement that nobody can meet
			continue
		}
		if random.IntN(5) == 0 {
			chain = chain.Public()
		}
		before := guard(t, chain, coretest.Request{})
		after := guard(t, chain.With(some()...).With(some()...), coretest.Request{})
		if before.passed {
			passed++
			if after.passed {
				require.Equal(t, before.user, after.user, "With changes nobody's identity")
			}
			continue
		}
		refused++
		require.False(t, after.passed)
	}
	assert.Greater(t, passed, 500)
	assert.Greater(t, refused, 500)
}

// TestThen has a chain of Then behind other chains. It is closed unless its own chain has let the same request pass.
func TestThen(t *testing.T) {
	asked := 0
	admin := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, req core.Request, _ core.Response) error {
		asked++
		if _, n := req.Header("X-Anonymous"); n > 0 {
			return nil
		}
		return sc.SetAuth(core.NewAuth(core.AuthData{UserID: "ann", Roles: []string{"admin"}}))
	})
	outer := newChain(t, core.PublicRoutes("/public"), admin, core.Optional())
	other := newChain(t, sets("eve"))
	inner := outer.Then(core.RequireRoles("admin"))
	plain, anonymous := coretest.Request{Target: "/x"}, coretest.Request{Target: "/x", Headers: http.Header{"X-Anonymous": {"1"}}}
	for name, c := range map[string]struct {
		front  []*core.SecurityChain
		inner  *core.SecurityChain
		req    core.Request
		status int // 0: it passes
		asked  int
	}{
		"behind its chain":             {[]*core.SecurityChain{outer}, inner, plain, 0, 1},
		"behind a copy of its chain":   {[]*core.SecurityChain{outer.WithRealm("x").With(core.RequireAuth())}, inner, plain, 0, 1},
		"twice":                        {[]*core.SecurityChain{outer, inner}, inner, plain, 0, 1},
		"without what is required":     {[]*core.SecurityChain{outer}, outer.Then(core.RequireRoles("owner")), plain, 403, 1},
		"requiring nothing":            {[]*core.SecurityChain{outer}, outer.Then(), plain, 0, 1},
		"keeps what With had added":    {[]*core.SecurityChain{outer}, outer.With(core.RequireRoles("owner")).Then(), plain, 403, 1},
		"behind no chain":              {nil, inner, plain, 401, 0},
		"behind no chain, required 0":  {nil, outer.Then(), plain, 401, 0},
		"behind another chain":         {[]*core.SecurityChain{other}, inner, plain, 401, 0},
		"another chain between":        {[]*core.SecurityChain{outer, other}, inner, plain, 401, 1},
		"nobody was let in":            {[]*core.SecurityChain{outer}, inner, anonymous, 401, 1},
		"nobody, and nothing required": {[]*core.SecurityChain{outer}, outer.Then(), anonymous, 401, 1},
		"public by pattern":            {[]*core.SecurityChain{outer}, inner, coretest.Request{Target: "/public"}, 401, 0},
		"public by its route":          {[]*core.SecurityChain{outer.Public()}, inner, plain, 401, 0},
		"public itself":                {nil, inner.Public(), plain, 401, 0},
		"malformed":                    {[]*core.SecurityChain{outer}, inner, coretest.Request{Target: "/a//b"}, 400, 0},
	} {
		t.Run(name, func(t *testing.T) {
			asked = 0
			ctx := t.Context()
			for _, front := range c.front {
				ctx, _ = front.WithLogger(slog.New(slog.DiscardHandler)).Guard(ctx, c.req, &coretest.Recorder{})
			}
			var res coretest.Recorder
			in, ok := c.inner.WithLogger(slog.New(slog.DiscardHandler)).Guard(ctx, c.req, &res)
			assert.Equal(t, []any{c.status, c.status == 0, c.asked}, []any{res.Status, ok, asked})
			if ok {
				auth, _ := core.AuthFrom(in)
				assert.Equal(t, "ann", auth.UserID())
			}
		})
	}
	assert.Panics(t, func() { outer.Then(core.Optional()) })

	var kept context.Context // of a request that the same chain refused after it knew who it was
	refusing := outer.With(core.ProviderFunc(func(ctx context.Context, _ core.SecurityContext, _ core.Request, _ core.Response) error {
		kept = ctx
		_, during := inner.WithLogger(slog.New(slog.DiscardHandler)).Guard(ctx, plain, &coretest.Recorder{})
		assert.False(t, during, "it has not passed yet")
		return core.Forbidden("no")
	}))
	_, passes := refusing.WithLogger(slog.New(slog.DiscardHandler)).Guard(t.Context(), plain, &coretest.Recorder{})
	assert.False(t, passes)
	_, passes = inner.WithLogger(slog.New(slog.DiscardHandler)).Guard(kept, plain, &coretest.Recorder{})
	assert.False(t, passes, "it was refused")
	var zero core.SecurityChain
	ctx, _ := zero.Guard(t.Context(), plain, &coretest.Recorder{})
	_, ok := zero.Then().Guard(ctx, plain, &coretest.Recorder{})
	assert.False(t, ok, "the zero chain stays closed")
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

func TestSealedAfterChain(t *testing.T) {
	var sc core.SecurityContext
	var res core.Response
	keep := core.ProviderFunc(func(_ context.Context, s core.SecurityContext, _ core.Request, r core.Response) error {
		sc, res = s, r
		return s.SetAuth(core.NewAuth(core.AuthData{UserID: "ann"}))
	})
	var out coretest.Recorder
	ctx, ok := newChain(t, keep).Guard(t.Context(), coretest.Request{}, &out)
	require.True(t, ok)
	assert.ErrorIs(t, sc.SetAuth(core.NewAuth(core.AuthData{UserID: "eve"})), core.ErrSealed)
	assert.ErrorIs(t, res.Send(200, []byte("late")), core.ErrSealed)
	res.SetHeader("X-Late", "1")
	res.AddHeader("X-Late", "1")
	assert.Empty(t, out.Headers)
	assert.Zero(t, out.Sends)
	assert.True(t, sc.HasAuth())
	auth, _ := core.AuthFrom(ctx)
	assert.Equal(t, "ann", auth.UserID())
}

// broken is an adapter whose request or response panics.
type broken struct{ coretest.Request }

func (broken) RoutePath() string { panic(errInside) }

type brokenResponse struct{ coretest.Recorder }

func (*brokenResponse) Send(int, []byte) error { panic(errInside) }

type failingResponse struct{ coretest.Recorder }

func (*failingResponse) Send(int, []byte) error { return errInside }

func TestBrokenAdapterLetsNobodyIn(t *testing.T) {
	o := guard(t, newChain(t, sets("ann")), broken{})
	assert.Equal(t, "panic", o.reason(t))
	for _, res := range []core.Response{&brokenResponse{}, &failingResponse{}, nil} {
		_, ok := newChain(t, returns(nil)).Guard(t.Context(), coretest.Request{}, res)
		assert.False(t, ok)
	}
	_, ok := newChain(t, sets("ann")).Guard(t.Context(), nil, &coretest.Recorder{})
	assert.False(t, ok)
	_, ok = (&core.SecurityChain{}).Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
	assert.False(t, ok, "the zero chain is closed")
	_, ok = (&core.SecurityChain{}).Public().Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
	assert.False(t, ok, "also when it is made public")
}

// TestProviderThatRemovesTheCredential holds that the providers behind it do not find the credential.
func TestProviderThatRemovesTheCredential(t *testing.T) {
	headers := coretest.Bearer("t")
	strip := core.ProviderFunc(func(context.Context, core.SecurityContext, core.Request, core.Response) error {
		headers.Del("Authorization")
		return nil
	})
	var seen int
	look := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, req core.Request, _ core.Response) error {
		_, seen = req.Header("Authorization")
		return nil
	})
	chain, err := core.NewSecurityChain(strip, look)
	require.NoError(t, err)
	_, ok := chain.Guard(t.Context(), coretest.Request{Headers: headers}, &coretest.Recorder{})
	assert.False(t, ok)
	assert.Zero(t, seen)
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

// unwrapPanics is an error whose Unwrap panics.
type unwrapPanics struct{}

func (unwrapPanics) Error() string { return "" }
func (unwrapPanics) Unwrap() error { panic("inside") }

// TestFaultNamesTheProvider holds that the record of a fault names the provider, wherever that stands.
func TestFaultNamesTheProvider(t *testing.T) {
	for fault, c := range map[string]struct {
		provider core.Provider
		reason   string
	}{
		"panic":                         {panics("x"), "panic"},
		"an error that panics":          {returns(unwrapPanics{}), "panic"},
		"unsendable, nil":               {offers(nil), "misuse"},
		"unsendable, typed nil":         {offers((*core.Error)(nil)), "misuse"},
		"unsendable, NotMine":           {offers(core.NotMine), "misuse"},
		"unsendable, BreakChain":        {offers(core.BreakChain), "misuse"},
		"a typed nil in another error":  {returns(fmt.Errorf("%w", (*core.Error)(nil))), "misuse"},
		"an error that nobody foresees": {returns(errInside), "unforeseen"},
	} {
		bad, pass := named{c.provider, "bad"}, named{returns(nil), "pass"}
		for place, chain := range map[string]*core.SecurityChain{
			"first": newChain(t, bad, sets("ann")), "last": newChain(t, sets("ann"), pass, bad),
			"added": newChain(t, sets("ann"), pass).With(bad, pass),
		} {
			o := guard(t, chain, coretest.Request{})
			assert.Equal(t, []string{c.reason, "bad"}, []string{o.reason(t), o.logged[0]["provider"].(string)}, "%s, %s", fault, place)
		}
	}
}

// nilPanics is an adapter's response that calls panic(nil).
type nilPanics struct{ coretest.Recorder }

func (*nilPanics) Send(int, []byte) error { panic(nil) }

// TestPanicWithNilRefuses sets GODEBUG=panicnil=1, with which recover returns nil after panic(nil).
func TestPanicWithNilRefuses(t *testing.T) {
	t.Setenv("GODEBUG", "panicnil=1")
	for place, chain := range map[string]*core.SecurityChain{
		"first": newChain(t, panics(nil), sets("ann")), "last": newChain(t, sets("ann"), panics(nil)),
		"added": newChain(t, sets("ann")).With(panics(nil), core.RequireRoles("admin")),
	} {
		assert.Equal(t, "panic", guard(t, chain, coretest.Request{}).reason(t), place)
	}
	_, passed := newChain(t, returns(core.Forbidden("no"))).Guard(t.Context(), coretest.Request{}, new(nilPanics))
	assert.False(t, passed, "in the answer")
}

// TestKeptRequestMayBeRead reads a Request on another goroutine while the chain runs and ends, for the race detector.
func TestKeptRequestMayBeRead(t *testing.T) {
	var readers sync.WaitGroup
	keeps := core.ProviderFunc(func(_ context.Context, _ core.SecurityContext, r core.Request, _ core.Response) error {
		begun := make(chan struct{})
		readers.Go(func() {
			close(begun)
			for r.RoutePath() != "" { // empty once the chain has ended
				runtime.Gosched()
			}
		})
		<-begun
		return nil
	})
	chain := newChain(t, keeps, sets("ann"), returns(nil)).With(returns(nil), core.RequireAuth())
	for range 50 {
		_, passed := chain.Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
		require.True(t, passed)
	}
	readers.Wait()
}

// takesAway is a provider that removes the credential from the request.
type takesAway struct{ headers http.Header }

func (p *takesAway) Provide(context.Context, core.SecurityContext, core.Request, core.Response) error {
	p.headers.Del("Authorization")
	return nil
}

func TestRemovedTokenIsNotVerified(t *testing.T) {
	issuer := coretest.NewIssuer("i")
	headers := coretest.Bearer(issuer.Microkubes(nil))
	chain := newChain(t, &takesAway{headers}, jwt.New(issuer.Keys(), jwt.Microkubes("i")))
	assert.Equal(t, "no_credential", guard(t, chain, coretest.Request{Headers: headers}).reason(t))
}
