package core_test

import (
	"context"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"unsafe"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

// observed returns chains that decide alike, without an observer and with one.
func observed(chain *core.SecurityChain) map[string]*core.SecurityChain {
	return map[string]*core.SecurityChain{"unobserved": chain, "observed": chain.WithObserver(&observer{})}
}

// TestNothingIsKeptOfARequestThatPassed uses what a provider of the base chain and one that With has added have kept of a request,
// while the handler runs. The adapter uses the memory behind it for other requests.
func TestNothingIsKeptOfARequestThatPassed(t *testing.T) {
	type kept struct {
		sc  core.SecurityContext
		req core.Request
		res core.Response
	}
	var all []kept
	keeps := core.ProviderFunc(func(_ context.Context, sc core.SecurityContext, req core.Request, res core.Response) error {
		all = append(all, kept{sc, req, res})
		return nil
	})
	for name, chain := range observed(newChain(t, keeps, sets("ann")).With(keeps)) {
		all = nil
		var out coretest.Recorder
		ctx, passed := chain.Guard(t.Context(), coretest.Request{
			Verb: "POST", Target: "/x?y=z", Site: "h", Peer: "p:1", TLS: true, Headers: coretest.Bearer("t"),
		}, &out)
		require.True(t, passed, name)
		require.Len(t, all, 2, name)
		for _, k := range all {
			assert.ErrorIs(t, k.sc.SetAuth(core.NewAuth(core.AuthData{UserID: "eve"})), core.ErrSealed, name)
			core.MarkCached(k.sc)
			assert.Equal(t, core.NotMine, core.NotMineBecause(k.sc, "bad_type"), name)
			q := k.req
			authorization, n := q.Header("Authorization")
			assert.Equal(t, []any{"", "", "", "", "", "", "", 0},
				[]any{q.Method(), q.Scheme(), q.Host(), q.RoutePath(), q.RawQuery(), q.RemoteAddr(), authorization, n}, name)
			_, ok := core.RequestAs[coretest.Request](q)
			assert.False(t, ok, name)
			k.res.SetHeader("X-Kept", "1")
			k.res.AddHeader("X-Kept", "2")
			assert.ErrorIs(t, k.res.Send(200, []byte("eve")), core.ErrSealed, name)
			assert.Equal(t, "ann", k.sc.Auth().UserID(), name)
		}
		assert.Equal(t, coretest.Recorder{}, out, name)
		auth, _ := core.AuthFrom(ctx)
		assert.Equal(t, "ann", auth.UserID(), name)
	}
}

// TestThenTakesOverFromEachChain has an outer chain without an observer, and one with an observer that asks the inner chain itself.
func TestThenTakesOverFromEachChain(t *testing.T) {
	base := newChain(t, sets("ann")).WithLogger(slog.New(slog.DiscardHandler))
	inner := base.Then()
	enters := func(ctx context.Context) bool {
		_, passed := inner.Guard(ctx, coretest.Request{}, &coretest.Recorder{})
		return passed
	}
	for name, outer := range observed(base) {
		ctx, passed := outer.Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
		require.True(t, passed, name)
		assert.True(t, enters(ctx), name)
	}
	asks := &asking{asks: enters}
	_, passed := base.WithObserver(asks).Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
	assert.True(t, passed)
	assert.Equal(t, []bool{false}, asks.answers, "the request has not passed yet while it is observed")
	_, passed = base.With(core.RequireRoles("x")).WithObserver(asks).Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
	assert.False(t, passed)
	assert.Equal(t, []bool{false, false}, asks.answers, "a refused one never passes")
}

// asking is an Observer that asks something about the context of each decision.
type asking struct {
	asks    func(context.Context) bool
	answers []bool
}

func (a *asking) Decision(ctx context.Context, _ core.Event) {
	a.answers = append(a.answers, a.asks(ctx))
}

// borrowed is an adapter's request whose path is in memory of its own, which it gives back when the request has ended.
type borrowed struct {
	coretest.Request
	path string
}

func (b *borrowed) RoutePath() string { return b.path }

// TestContextsDoNotHoldThePath has contexts that outlive their requests. No provider of another module is in the chains, so the chain
// knows the path until its end.
func TestContextsDoNotHoldThePath(t *testing.T) {
	var held context.Context
	holds := &asking{asks: func(ctx context.Context) bool { held = ctx; return true }}
	chain := newChain(t, core.PublicRoutes("/public")).WithLogger(slog.New(slog.DiscardHandler))
	for name, c := range map[string]struct {
		chain *core.SecurityChain
		path  string
	}{
		"passed": {chain, "/public"}, "passed, observed": {chain.WithObserver(holds), "/public"},
		"refused, observed": {chain.WithObserver(holds), "/closed"},
	} {
		memory := new([64]byte)
		copy(memory[:], c.path)
		there := weak.Make(memory)
		req := &borrowed{path: unsafe.String(&memory[0], len(c.path))}
		if ctx, passed := c.chain.Guard(t.Context(), req, &coretest.Recorder{}); passed {
			held = ctx
		}
		require.NotNil(t, held, name)
		req.path, memory = "", nil
		for range 100 {
			if runtime.GC(); there.Value() == nil {
				break
			}
		}
		assert.Nil(t, there.Value(), name)
		runtime.KeepAlive(held)
		held = nil
	}
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
