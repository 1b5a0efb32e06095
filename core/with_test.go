package core_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

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
