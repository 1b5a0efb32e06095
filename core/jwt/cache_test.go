package jwt_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// counting is a store that counts the calls of Find, one for each token that is verified.
type counting struct {
	keys.Store
	found      atomic.Int32
	generation atomic.Uint64
}

func (s *counting) Find(ctx context.Context, kid, algorithm string) ([]*keys.Key, error) {
	s.found.Add(1)
	return s.Store.Find(ctx, kid, algorithm)
}

func (s *counting) Generation() uint64 { return s.generation.Load() }

func cached(t *testing.T, change func(*jwt.Config)) (*jwt.Verifier, *counting) {
	t.Helper()
	store := &counting{Store: issuer.Keys()}
	config := jwt.Microkubes(name)
	if change != nil {
		change(&config)
	}
	v, err := jwt.NewVerifier(store, config)
	require.NoError(t, err)
	return v, store
}

func TestATokenIsVerifiedOnce(t *testing.T) {
	for size, verified := range map[int]int32{0: 1, 1: 1, 100: 1, -1: 3} {
		v, store := cached(t, func(c *jwt.Config) { c.CacheSize = size })
		token := issuer.Microkubes(coretest.Claims{"roles": "admin"})
		for range 3 {
			auth, err := v.Verify(t.Context(), token)
			require.NoError(t, err)
			assert.True(t, auth.HasRole("admin"))
		}
		assert.Equal(t, verified, store.found.Load(), "a cache of %d", size)
	}
}

// TestOnlyTheVeryTokenIsKnown sends texts that differ from a cached token in one place. The cache searches for all of them in the
// set of that token.
func TestOnlyTheVeryTokenIsKnown(t *testing.T) {
	v, _ := cached(t, nil)
	token := issuer.Microkubes(nil)
	_, err := v.Verify(t.Context(), token)
	require.NoError(t, err)
	for i := range len(token) - 40 {
		other := []byte(token)
		if other[i]++; other[i] == token[i] || token[i] == '.' {
			continue
		}
		_, err := v.Verify(t.Context(), string(other))
		require.Error(t, err, "byte %d", i)
	}
	parts, eve := strings.Split(token, "."), strings.Split(issuer.Microkubes(coretest.Claims{"userId": "eve"}), ".")
	for _, forged := range []string{
		parts[0] + "." + eve[1] + "." + parts[2], parts[1] + "." + parts[2], "." + token, token + ".", " " + token,
	} {
		_, err := v.Verify(t.Context(), forged)
		require.Error(t, err)
		_, err = v.Verify(t.Context(), forged)
		require.Error(t, err, "a forged token is never cached")
	}
}

func TestAKnownTokenEnds(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	clock := now
	v, store := cached(t, func(c *jwt.Config) {
		c.Now = func() time.Time { return clock }
		c.Leeway = 10 * time.Second
	})
	token := issuer.Microkubes(coretest.Claims{"exp": now.Add(time.Minute).Unix(), "nbf": now.Unix()})
	for _, c := range []struct {
		at     time.Duration
		reason string
	}{
		{0, ""}, {69 * time.Second, ""}, {70 * time.Second, "expired"}, {0, ""}, {-10 * time.Second, ""},
		{-11 * time.Second, "not_yet_valid"}, {time.Second, ""},
	} {
		clock = now.Add(c.at)
		_, err := v.Verify(t.Context(), token)
		assert.Equal(t, c.reason, reasonOf(t, err), "after %v", c.at)
	}
	assert.EqualValues(t, 3, store.found.Load(), "once for the first verification, and once for each refusal")
}

func TestAKnownTokenDiesWithItsKeys(t *testing.T) {
	v, store := cached(t, nil)
	token := issuer.Microkubes(nil)
	_, err := v.Verify(t.Context(), token)
	require.NoError(t, err)

	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	key, err := keys.Public("", &other.PublicKey)
	require.NoError(t, err)
	removed, err := keys.Static(key)
	require.NoError(t, err)
	store.Store = removed
	store.generation.Add(1)
	_, err = v.Verify(t.Context(), token)
	assert.Equal(t, "bad_signature", reasonOf(t, err))

	store.Store = issuer.Keys()
	store.generation.Add(1)
	_, err = v.Verify(t.Context(), token)
	assert.NoError(t, err, "the key is back")
	found := store.found.Load()
	_, err = v.Verify(t.Context(), token)
	assert.NoError(t, err)
	assert.Equal(t, found, store.found.Load(), "the token is cached again")
}

// TestKeysChangeWhileATokenIsVerified removes the key after it was found. The token must not be cached for the new generation.
func TestKeysChangeWhileATokenIsVerified(t *testing.T) {
	store := &swapping{counting: counting{Store: issuer.Keys()}}
	v, err := jwt.NewVerifier(store, jwt.Microkubes(name))
	require.NoError(t, err)
	for range 3 {
		_, err = v.Verify(t.Context(), issuer.Microkubes(nil))
		require.NoError(t, err)
	}
	assert.EqualValues(t, 3, store.found.Load())
}

type swapping struct{ counting }

func (s *swapping) Find(ctx context.Context, kid, algorithm string) ([]*keys.Key, error) {
	found, err := s.counting.Find(ctx, kid, algorithm)
	s.generation.Add(1)
	return found, err
}

func TestRevokedIsAskedOfKnownTokens(t *testing.T) {
	var answer error
	var revoked bool
	asked := 0
	v, store := cached(t, func(c *jwt.Config) {
		c.Revoked = func(context.Context, *core.Auth) (bool, error) {
			asked++
			return revoked, answer
		}
	})
	token := issuer.Microkubes(nil)
	for _, c := range []struct {
		revoked bool
		err     error
		reason  string
	}{
		{true, nil, "revoked"}, {false, nil, ""}, {true, nil, "revoked"}, {false, errors.New("down"), "revocation_unchecked"}, {false, nil, ""},
	} {
		revoked, answer = c.revoked, c.err
		auth, err := v.Verify(t.Context(), token)
		assert.Equal(t, c.reason, reasonOf(t, err))
		assert.Equal(t, c.reason == "", auth != nil)
	}
	assert.Equal(t, 5, asked)
	assert.EqualValues(t, 1, store.found.Load())
}

func TestVerifiersKnowTheirOwnTokensOnly(t *testing.T) {
	token := issuer.Microkubes(nil)
	lax := verifier(t, nil)
	_, err := lax.Verify(t.Context(), token)
	require.NoError(t, err)
	strict := verifier(t, func(c *jwt.Config) { c.AnyAudience, c.Audiences = false, []string{"another"} })
	_, err = strict.Verify(t.Context(), token)
	assert.Equal(t, "bad_audience", reasonOf(t, err))
}

// TestKnownTokensInAChain checks that the observer sees cached tokens, and that every request gets the same Auth.
func TestKnownTokensInAChain(t *testing.T) {
	var events events
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(name)))
	require.NoError(t, err)
	chain = chain.WithObserver(&events)
	var auths []*core.Auth
	token := issuer.Microkubes(nil)
	for range 2 {
		ctx, ok := chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &coretest.Recorder{})
		require.True(t, ok)
		auth, _ := core.AuthFrom(ctx)
		auths = append(auths, auth)
	}
	assert.Same(t, auths[0], auths[1])
	assert.Equal(t, []bool{false, true}, []bool{events[0].Cached, events[1].Cached})
}

type events []core.Event

func (e *events) Decision(_ context.Context, event core.Event) { *e = append(*e, event) }

// TestOnlyGoodTokensHaveTheirHeadersRemembered counts allocations, the only visible effect of the cache of headers.
func TestOnlyGoodTokensHaveTheirHeadersRemembered(t *testing.T) {
	v := verifier(t, func(c *jwt.Config) { c.CacheSize = -1 })
	claims := map[string]any{"iss": name, "sub": "ann", "exp": time.Now().Add(time.Hour).Unix()}
	good := issuer.Sign(map[string]any{"alg": "RS256", "typ": "JWT", "note": rand.Text()}, claims) // never seen before
	forged := good[:len(good)-20] + strings.Repeat("A", 20)
	allocations := func() float64 { // the fewest, since a pool may be empty: the race detector takes things out at random
		fewest := math.Inf(1)
		for range 100 {
			fewest = min(fewest, testing.AllocsPerRun(1, func() {
				_, err := v.Verify(t.Context(), forged)
				assert.Equal(t, "bad_signature", reasonOf(t, err))
			}))
		}
		return fewest
	}
	before := allocations()
	_, err := v.Verify(t.Context(), good)
	require.NoError(t, err)
	assert.Less(t, allocations(), before)
}

// TestKnownTokenMustBeSentAsAnyOther sends a cached token in forms and places, some of which are refused.
func TestKnownTokenMustBeSentAsAnyOther(t *testing.T) {
	token := issuer.Microkubes(nil)
	cookie := jwt.Microkubes(name)
	cookie.Source = core.TokenSource{Cookie: "session"}
	for what, c := range map[string]struct {
		config  jwt.Config
		headers http.Header
		reason  string
		found   bool
	}{
		"as usual":           {jwt.Microkubes(name), coretest.Bearer(token), "", true},
		"scheme in lower":    {jwt.Microkubes(name), http.Header{"Authorization": {"bearer " + token}}, "", true},
		"two fields":         {jwt.Microkubes(name), http.Header{"Authorization": {"Bearer " + token, "Bearer " + token}}, "duplicate_credential", false},
		"two spaces":         {jwt.Microkubes(name), http.Header{"Authorization": {"Bearer  " + token}}, "malformed_credential", false},
		"space behind":       {jwt.Microkubes(name), http.Header{"Authorization": {"Bearer " + token + " "}}, "malformed_credential", false},
		"no space":           {jwt.Microkubes(name), http.Header{"Authorization": {"Bearer" + token}}, "malformed_credential", false},
		"a tab":              {jwt.Microkubes(name), http.Header{"Authorization": {"Bearer\t" + token}}, "malformed_credential", false},
		"another scheme":     {jwt.Microkubes(name), http.Header{"Authorization": {"Token " + token}}, "", false},
		"in a cookie":        {jwt.Microkubes(name), http.Header{"Cookie": {"session=" + token}}, "", false},
		"in the cookie":      {cookie, http.Header{"Cookie": {"session=" + token}}, "", true},
		"in both places":     {cookie, http.Header{"Authorization": {"Bearer " + token}, "Cookie": {"session=" + token}}, "duplicate_credential", false},
		"in the other place": {cookie, coretest.Bearer(token), "", true},
	} {
		provider := jwt.New(issuer.Keys(), c.config)
		place := coretest.Bearer(token)
		if c.config.Source.Cookie != "" {
			place = http.Header{"Cookie": {"session=" + token}}
		}
		require.NoError(t, provider.Provide(t.Context(), &coretest.SecurityContext{}, coretest.Request{Headers: place}, nil))
		var sc coretest.SecurityContext
		err := provider.Provide(t.Context(), &sc, coretest.Request{Headers: c.headers}, nil)
		assert.Equal(t, c.reason, reasonOf(t, err), what)
		assert.Equal(t, c.found, sc.HasAuth(), what)
	}
}
