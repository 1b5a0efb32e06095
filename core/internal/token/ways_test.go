package token_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

var (
	steps = flag.Int("steps", 100_000, "the number of steps of TestThreeWaysDecideAlike")
	seed  = flag.Uint64("seed", 1, "the seed of TestThreeWaysDecideAlike")
)

// world is what tokens are decided by. It changes at random, and is the same for all ways.
type world struct {
	*rand.Rand
	t       testing.TB
	clock   time.Time
	stores  [2]*mutable
	signers []*coretest.Issuer
	tokens  []string
	revoked map[string]bool // by `jti`
	down    bool            // the service that knows what is revoked
}

// mutable is a store whose keys change at random.
type mutable struct {
	changeable
	keys []*keys.Key
}

func (s *mutable) Find(ctx context.Context, kid, algorithm string) ([]*keys.Key, error) {
	if len(s.keys) == 0 {
		return nil, keys.ErrUnavailable
	}
	return s.changeable.Find(ctx, kid, algorithm)
}

// way is a chain that decides in one way, and the number of signatures that it has verified.
type way struct {
	name     string
	chain    *core.SecurityChain
	verified atomic.Int64
	last     core.Event
	between  int // how often a provider of another module was called
}

func (w *way) Decision(_ context.Context, e core.Event) { w.last = e }

// Provide implements [core.Provider] for a provider that stands between those of this module.
func (w *way) Provide(context.Context, core.SecurityContext, core.Request, core.Response) error {
	w.between++
	return nil
}

func newWorld(t testing.TB, seed uint64) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 0)), t: t, clock: later, revoked: map[string]bool{}}
	for _, algorithm := range []string{"EdDSA", "EdDSA", "EdDSA", "ES256", "ES256", "RS256", "RS256"} {
		w.signers = append(w.signers, coretest.NewIssuerFor("", algorithm))
	}
	for i := range w.stores {
		w.stores[i] = &mutable{}
		for range 3 {
			w.addKey(w.stores[i])
		}
	}
	return w
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

// way returns a chain for the policies.
func (w *world) way(name string, cacheSize int, change func(core.Authenticator) core.Authenticator) *way {
	way := &way{name: name}
	var providers []core.Provider
	for i, p := range w.policies(cacheSize) {
		p = token.CountSignatures(change(p), &way.verified)
		if i == 2 {
			p = core.Enrich(p, func(_ context.Context, auth *core.Auth) (*core.Auth, error) { return auth, nil })
		}
		providers = append(providers, p, way)
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

func (w *way) decide(ctx context.Context, text string) verdict {
	var res coretest.Recorder
	w.between = 0
	ctx, passed := w.chain.Guard(ctx, coretest.Request{Headers: coretest.Bearer(text)}, &res)
	v := verdict{passed: passed, status: res.Status, event: w.last, between: w.between}
	v.event.Cached, v.event.Duration = false, 0
	v.challenge, v.retry = res.Headers.Get("WWW-Authenticate"), res.Headers.Get("Retry-After")
	if auth, ok := core.AuthFrom(ctx); ok {
		v.identity = auth.Data()
	}
	return v
}

func pick[T any](w *world, all ...T) T { return all[w.IntN(len(all))] }

// addKey adds a key of a signer to a store, unless it is in conflict with another one.
func (w *world) addKey(s *mutable) {
	algorithms := pick(w, nil, nil, []string{"RS256"}, []string{"RS256", "RS512"}, []string{"RS512"})
	signer := pick(w, w.signers...)
	key, err := keys.Public(pick(w, "", "k1", "k2", "k3"), signer.PublicKey(), algorithms...)
	if err != nil { // the algorithms are for RSA
		key, err = keys.Public(pick(w, "", "k1", "k2", "k3"), signer.PublicKey())
		require.NoError(w.t, err)
	}
	w.use(s, append(s.keys[:len(s.keys):len(s.keys)], key))
}

// use replaces the keys of a store, unless they are in conflict with each other.
func (w *world) use(s *mutable, all []*keys.Key) {
	if len(all) == 0 {
		s.keys = nil
		s.generation.Add(1)
		return
	}
	if set, err := keys.Static(all...); err == nil {
		s.keys = all
		s.current.Store(set)
		s.generation.Add(1)
	}
}

// changeKeys adds, removes, replaces or restricts a key.
func (w *world) changeKeys() {
	s := pick(w, w.stores[:]...)
	if len(s.keys) < 2 || w.IntN(3) == 0 && len(s.keys) < 6 {
		w.addKey(s)
		return
	}
	at := w.IntN(len(s.keys))
	others := append(append([]*keys.Key(nil), s.keys[:at]...), s.keys[at+1:]...)
	old := s.keys[at]
	switch w.IntN(3) {
	case 0: // remove
		w.use(s, others)
	case 1: // replace, with the same id
		key, err := keys.Public(old.ID(), pick(w, w.signers...).PublicKey())
		require.NoError(w.t, err)
		w.use(s, append(others, key))
	case 2: // restrict, or lift the restriction
		key, err := keys.Public(old.ID(), old.Material(), pick(w, nil, []string{"RS256"}, []string{"RS512"}, []string{"PS256", "RS256"})...)
		if err == nil {
			w.use(s, append(others, key))
		}
	}
}

// kind is a kind of tokens that a policy accepts, with the store that has its keys.
type kind struct {
	store       int
	issuer, typ string
	audience    any
}

// mint adds a new token, which one of the policies accepts, or would accept but for one or two defects.
func (w *world) mint() string {
	k := pick(w, kind{0, "a", "JWT", "z"}, kind{0, "a", "at+jwt", "x"}, kind{0, "b", "application/at+jwt", []string{"z", "x"}},
		kind{0, "b", "jwt", "y"}, kind{1, "c", "JWT", "x"}, kind{1, "c", "JWT", "y"}, kind{1, "c", "at+jwt", "x"}, kind{0, "d", "JWT", "z"})
	now := w.clock.Unix()
	claims := coretest.Claims{
		"iss": k.issuer, "sub": "ann", "userId": "ann", "jti": fmt.Sprint(w.IntN(1000)), "aud": k.audience, "client_id": "client",
		"exp": now + pick(w, int64(3), 30, 300, 3000, 3000), "iat": now, "scope": "read write", "roles": strings.Repeat("r", w.IntN(60)),
	}
	signer, id := pick(w, w.signers...), ""
	if held := w.stores[k.store].keys; len(held) > 0 {
		key := pick(w, held...)
		signer, id = w.signerOf(key), key.ID()
	}
	header := map[string]any{"typ": k.typ}
	switch signer.PublicKey().(type) {
	case *rsa.PublicKey:
		header["alg"] = "RS256"
	case *ecdsa.PublicKey:
		header["alg"] = "ES256"
	default:
		header["alg"] = "EdDSA"
	}
	if id != "" && w.IntN(3) > 0 {
		header["kid"] = id
	}
	for range pick(w, 0, 0, 0, 1, 1, 2) {
		w.spoil(header, claims, now)
	}
	text := signer.Sign(header, claims)
	if w.tokens = append(w.tokens, text); len(w.tokens) > 300 {
		w.tokens = w.tokens[1:]
	}
	return text
}

// signerOf returns the signer that has the private key.
func (w *world) signerOf(key *keys.Key) *coretest.Issuer {
	for _, signer := range w.signers {
		if signer.PublicKey().(interface{ Equal(crypto.PublicKey) bool }).Equal(key.Material()) {
			return signer
		}
	}
	panic("no signer has this key")
}

// spoil changes a header or claims so that some policies refuse them.
func (w *world) spoil(header, claims map[string]any, now int64) {
	switch w.IntN(9) {
	case 0:
		header["alg"] = pick(w, "RS256", "RS512", "PS256", "EdDSA", "ES256")
	case 1:
		header["kid"] = pick(w, "k1", "k2", "k3", "k4")
	case 2:
		header["typ"] = pick(w, "JWT", "at+jwt", "logout+jwt")
	case 3:
		claims["iss"] = pick(w, "a", "b", "c", "d", "e")
	case 4:
		claims["aud"] = pick[any](w, "x", "y", "z", []string{"x", "y"})
	case 5:
		claims["exp"] = now + pick(w, int64(-1), 0, 1)
	case 6:
		claims["nbf"] = now + pick(w, int64(-10), 0, 5, 50)
	case 7:
		delete(claims, pick(w, "jti", "aud", "client_id", "exp", "sub", "scope"))
	case 8:
		claims["use"] = pick(w, "access", "id")
	}
}

// mutate returns a token that differs from another in one place.
func (w *world) mutate(text string) string {
	switch w.IntN(4) {
	case 0: // a bit of the text
		b := []byte(text)
		b[w.IntN(len(b))] ^= 1 << w.IntN(8)
		return string(b)
	case 1: // a bit of a segment
		segments := strings.Split(text, ".")
		at := w.IntN(3)
		content, err := base64.RawURLEncoding.DecodeString(segments[at])
		require.NoError(w.t, err)
		content[w.IntN(len(content))] ^= 1 << w.IntN(8)
		segments[at] = base64.RawURLEncoding.EncodeToString(content)
		return strings.Join(segments, ".")
	case 2: // a segment of another token
		segments, other := strings.Split(text, "."), strings.Split(pick(w, w.tokens...), ".")
		at := w.IntN(3)
		segments[at] = other[at]
		return strings.Join(segments, ".")
	default:
		return text + pick(w, ".", "A", "=", " ")
	}
}

// step changes the world, perhaps, and returns the next token.
func (w *world) step() string {
	switch w.IntN(100) {
	case 0:
		w.changeKeys()
	case 1:
		w.clock = w.clock.Add(time.Duration(w.IntN(20_000)) * time.Millisecond)
	case 2:
		w.clock = w.clock.Add(-time.Duration(w.IntN(5_000)) * time.Millisecond)
	case 3:
		id := fmt.Sprint(w.IntN(1000))
		w.revoked[id] = !w.revoked[id]
	case 4:
		w.down = w.IntN(4) == 0
	}
	if len(w.tokens) == 0 || w.IntN(12) == 0 {
		return w.mint()
	}
	recent := w.tokens[max(0, len(w.tokens)-40):]
	text := pick(w, pick(w, recent...), pick(w, recent...), pick(w, w.tokens...))
	if w.IntN(12) == 0 {
		return w.mutate(text)
	}
	return text
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
	if testing.Short() {
		n = min(n, 10_000)
	}
	reasons := map[string]int{}
	for i := range n {
		text := w.step()
		want := ways[0].decide(t.Context(), text)
		for _, way := range ways[1:] {
			if got := way.decide(t.Context(), text); !reflect.DeepEqual(want, got) {
				t.Fatalf("step %d, %s, %s:\nfresh %+v\n%s %+v", i, text, w.clock, want, way.name, got)
			}
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
