package token_test

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

var (
	steps = flag.Int("steps", 100_000, "the number of steps of TestThreeWaysDecideAlike")
	seed  = flag.Uint64("seed", 1, "the seed of TestThreeWaysDecideAlike")
)

// way is a chain that decides in one way, and the number of signatures that it has verified.
type way struct {
	name     string
	chain    *core.SecurityChain
	verified atomic.Int64
	last     core.Event
	between  int // how often a provider of another module was called
	swap     swap
	request  *coretest.Request
}

func (w *way) Decision(_ context.Context, e core.Event) { w.last = e }

// Provide implements [core.Provider] for a provider that stands between those of this module, and may replace the token of the
// request.
func (w *way) Provide(context.Context, core.SecurityContext, core.Request, core.Response) error {
	if w.between++; w.between == w.swap.at {
		w.request.Headers = coretest.Bearer(w.swap.to)
	}
	return nil
}

// policies returns providers with different policies: five issuers, two audiences, required claims, values, scopes, types,
// algorithms and leeway.
func (w *world) policies(cacheSize int) (all []core.Authenticator) {
	base := jwt.Config{CacheSize: cacheSize, Now: func() time.Time { return w.clock }, Revoked: w.isRevoked}
	with := func(change func(*jwt.Config)) jwt.Config {
		c := base
		change(&c)
		return c
	}
	return []core.Authenticator{
		jwt.New(w.stores[0], with(func(c *jwt.Config) { c.Issuers, c.AnyAudience = []string{"a"}, true })),
		oauth2.New(w.stores[0], oauth2.Config{Scopes: []string{"read"}, Config: with(func(c *jwt.Config) {
			c.Issuers, c.Audiences = []string{"a", "b"}, []string{"x"}
		})}),
		jwt.New(w.stores[0], with(func(c *jwt.Config) {
			c.Issuers, c.Audiences, c.Leeway, c.Algorithms = []string{"b"}, []string{"y"}, 10*time.Second, []string{"EdDSA", "RS256", "PS256"}
			c.Claims.Required = [][]jwt.Path{{{"jti"}, {"client_id"}}}
			c.Claims.Values = []jwt.Value{{Path: jwt.Path{"use"}, OneOf: []string{"access"}, Optional: true}}
		})),
		issuers.New(
			jwt.New(w.stores[1], with(func(c *jwt.Config) { c.Issuers, c.Audiences = []string{"c"}, []string{"x", "y"} })),
			oauth2.New(w.stores[1], oauth2.Config{Config: with(func(c *jwt.Config) { c.Issuers, c.Audiences = []string{"c"}, []string{"x"} })}),
			jwt.New(w.stores[0], with(func(c *jwt.Config) { c.Issuers, c.AnyAudience = []string{"d"}, true })),
		),
	}
}

func (w *world) isRevoked(_ context.Context, auth *core.Auth) (bool, error) {
	if w.down {
		return false, errors.New("down")
	}
	return w.revoked[auth.TokenID()], nil
}

// way returns a chain for the policies. Providers of another module stand behind the second and the fourth of them, so one pair has
// nothing between, and one pair has a provider that may change the request.
func (w *world) way(name string, cacheSize int, change func(core.Authenticator) core.Authenticator) *way {
	way := &way{name: name}
	var providers []core.Provider
	for i, p := range w.policies(cacheSize) {
		p = token.CountSignatures(change(p), &way.verified)
		if i == 2 {
			p = core.Enrich(p, func(_ context.Context, auth *core.Auth) (*core.Auth, error) { return auth, nil })
		}
		if providers = append(providers, p); i%2 == 1 {
			providers = append(providers, way)
		}
	}
	chain, err := core.NewSecurityChain(providers...)
	require.NoError(w.t, err)
	way.chain = chain.WithLogger(slog.New(slog.DiscardHandler)).WithObserver(way)
	return way
}

// verdict is everything that a client, a handler or an operator sees of a decision.
type verdict struct {
	passed           bool
	identity         core.AuthData
	status           int
	challenge, retry string
	event            core.Event
	between          int
}

// decide decides on a text. The text is in memory that is overwritten afterwards, as fasthttp does with the next request.
func (w *way) decide(ctx context.Context, text string, swap swap) verdict {
	var res coretest.Recorder
	buffer := []byte("Bearer " + text)
	defer func() { copy(buffer, strings.Repeat("x", len(buffer))) }()
	w.between, w.swap = 0, swap
	w.request = &coretest.Request{Headers: http.Header{"Authorization": {unsafe.String(&buffer[0], len(buffer))}}}
	ctx, passed := w.chain.Guard(ctx, w.request, &res)
	v := verdict{passed: passed, status: res.Status, event: w.last, between: w.between}
	v.event.Cached, v.event.Duration = false, 0
	v.challenge, v.retry = res.Headers.Get("WWW-Authenticate"), res.Headers.Get("Retry-After")
	if auth, ok := core.AuthFrom(ctx); ok {
		v.identity = auth.Data()
	}
	return v
}

// TestThreeWaysDecideAlike compares chains that ask each provider and verify each signature, that look signatures up by digests,
// and that also have the cache of whole tokens, while keys, clocks and revocations change. The flags -steps and -seed make a
// longer run.
func TestThreeWaysDecideAlike(t *testing.T) {
	w := newWorld(t, *seed)
	same := func(p core.Authenticator) core.Authenticator { return p }
	find := ownership.New
	ownership.New = nil // the first chain asks its providers one after the other
	defer func() { ownership.New = find }()
	ways := []*way{w.way("fresh", -1, same)}
	ownership.New = find
	ways = append(ways, w.way("digests", 0, token.WithoutCache), w.way("cached", 0, same))
	n := *steps
	if testing.Short() || raceEnabled { // the race detector makes each step several times as slow
		n = min(n, 10_000)
	}
	reasons := map[string]int{}
	for i := range n {
		text, swap := w.step()
		want := ways[0].decide(t.Context(), text, swap)
		for _, way := range ways[1:] {
			if got := way.decide(t.Context(), text, swap); !reflect.DeepEqual(want, got) {
				t.Fatalf("step %d, %s, %+v, %s:\nfresh %+v\n%s %+v", i, text, swap, w.clock, want, way.name, got)
			}
		}
		if id := want.identity.TokenID; want.passed && !w.mayPass(text, id) && !w.mayPass(swap.to, id) {
			t.Fatalf("step %d, %s, %+v, %s: passed, and should not", i, text, swap, w.clock)
		}
		reasons[string(want.event.Reason)]++
	}
	fresh, digests, cached := ways[0].verified.Load(), ways[1].verified.Load(), ways[2].verified.Load()
	t.Logf("%d steps: %d signatures verified fresh, %d with digests, %d with the cache, too; %v", n, fresh, digests, cached, reasons)
	assert.Less(t, digests, fresh*2/3)
	assert.Less(t, cached, fresh*2/3)
	for _, reason := range []string{
		"", "expired", "not_yet_valid", "bad_signature", "unknown_kid", "no_fitting_key", "revoked", "revocation_unchecked", "bad_audience",
		"bad_algorithm", "not_mine", "malformed_token", "missing_claim_jti", "bad_claim_value", "missing_claim_exp", "insufficient_scope",
	} {
		assert.NotZero(t, reasons[reason], reason)
	}
}
