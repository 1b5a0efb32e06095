package token_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/issuers"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

const issuerName = "https://issuer.example"

// later is later than any test runs, because the shared memory also drops what has ended by the time of the machine.
var later = time.Unix(4_000_000_000, 0)

// changeable is a store whose keys are replaced at once, as those of keys.Directory are.
type changeable struct {
	current    atomic.Pointer[keys.Set]
	generation atomic.Uint64
}

func newChangeable(t testing.TB, all ...*keys.Key) *changeable {
	s := &changeable{}
	s.replace(t, all...)
	return s
}

func (s *changeable) replace(t testing.TB, all ...*keys.Key) {
	t.Helper()
	set, err := keys.Static(all...)
	require.NoError(t, err)
	s.current.Store(set)
	s.generation.Add(1)
}

func (s *changeable) Find(ctx context.Context, kid, algorithm string) ([]*keys.Key, error) {
	return s.current.Load().Find(ctx, kid, algorithm)
}

func (s *changeable) Generation() uint64 { return s.generation.Load() }
func (s *changeable) Close() error       { return nil }

func keyOf(t testing.TB, id string, issuer *coretest.Issuer, algorithms ...string) *keys.Key {
	t.Helper()
	key, err := keys.Public(id, issuer.PublicKey(), algorithms...)
	require.NoError(t, err)
	return key
}

// edIssuer returns an issuer with a key for EdDSA, and the clock of these tests.
func edIssuer() *coretest.Issuer {
	issuer := coretest.NewIssuerFor(issuerName, "EdDSA")
	issuer.Clock = func() time.Time { return later }
	return issuer
}

func config(now func() time.Time) jwt.Config {
	return jwt.Config{Issuers: []string{issuerName}, AnyAudience: true, Types: []string{"JWT", "at+jwt"}, Now: now}
}

func clockAtLater() time.Time { return later }

// remembering is a provider that has no cache of whole tokens, so it looks all tokens up by their digests. It counts the
// signatures that it verifies.
type remembering struct {
	core.Authenticator
	verified atomic.Int64
}

func remember(p core.Authenticator) *remembering {
	r := &remembering{Authenticator: token.WithoutCache(p)}
	token.CountSignatures(p, &r.verified)
	return r
}

// provide sends a request with a token to a provider.
func provide(t testing.TB, p core.Provider, text string) error {
	return p.Provide(t.Context(), &coretest.SecurityContext{}, coretest.Request{Headers: coretest.Bearer(text)}, nil)
}

// ask returns the reason of the refusal, if any, and how many signatures were verified.
func (r *remembering) ask(t testing.TB, text string) (reason string, verified int64) {
	t.Helper()
	before := r.verified.Load()
	err := provide(t, r, text)
	if errors.Is(err, core.NotMine) {
		return "not_mine", r.verified.Load() - before
	}
	return reasonOf(t, err), r.verified.Load() - before
}

// TestASignatureIsVerifiedOnce counts for each algorithm, with and without a `kid`.
func TestASignatureIsVerifiedOnce(t *testing.T) {
	for _, algorithm := range []string{"RS256", "PS384", "ES256", "EdDSA"} {
		for _, withKid := range []bool{true, false} {
			issuer := coretest.NewIssuerFor(issuerName, algorithm)
			issuer.Clock = clockAtLater
			c := config(clockAtLater)
			c.Algorithms = []string{algorithm}
			r := remember(jwt.New(newChangeable(t, keyOf(t, issuer.KeyID, issuer)), c))
			text := issuer.Microkubes(nil)
			if withKid {
				text = issuer.AccessToken("a", nil)
			}
			for i, want := range []int64{1, 0, 0} {
				reason, verified := r.ask(t, text)
				assert.Empty(t, reason)
				assert.Equal(t, want, verified, "%s, kid: %v, time %d", algorithm, withKid, i)
			}
		}
	}
}

func signHS256(header, claims string, secret []byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(header)) + "." + encode([]byte(claims))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

// TestSecretsAreNotRemembered verifies each time, which costs no more than a digest.
func TestSecretsAreNotRemembered(t *testing.T) {
	secret := []byte(strings.Repeat("s", 32))
	key, err := keys.Secret("s", "HS256", secret)
	require.NoError(t, err)
	r := remember(jwt.New(newChangeable(t, key), config(clockAtLater)))
	text := signHS256(`{"alg":"HS256","kid":"s","typ":"JWT"}`,
		fmt.Sprintf(`{"iss":%q,"sub":"ann","exp":%d}`, issuerName, later.Unix()+60), secret)
	before := token.Remembered()
	for range 3 {
		reason, verified := r.ask(t, text)
		assert.Empty(t, reason)
		assert.EqualValues(t, 1, verified)
	}
	assert.LessOrEqual(t, token.Remembered(), before, "what other tests have left may end meanwhile")
	assert.False(t, token.Marked(t.Context(), r.Authenticator, text))
}

// TestVerifiersRememberTheirOwn has two providers with the same policy and the same keys: each verifies for itself. So nothing
// that one policy has accepted is known to another.
func TestVerifiersRememberTheirOwn(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	text := issuer.AccessToken("a", nil)
	for range 3 {
		r := remember(jwt.New(store, config(clockAtLater)))
		for _, want := range []int64{1, 0} {
			_, verified := r.ask(t, text)
			assert.Equal(t, want, verified)
		}
	}
}

// TestOnlyGoodTokensAreRemembered has genuine tokens that are refused. Their signatures are verified each time.
func TestOnlyGoodTokensAreRemembered(t *testing.T) {
	issuer := edIssuer()
	c := config(clockAtLater)
	c.AnyAudience, c.Audiences = false, []string{"a"}
	r := remember(jwt.New(newChangeable(t, keyOf(t, "default", issuer)), c))
	for reason, text := range map[string]string{
		"bad_audience":      issuer.AccessToken("b", nil),
		"expired":           issuer.AccessToken("a", coretest.Claims{"exp": later.Unix()}),
		"not_yet_valid":     issuer.AccessToken("a", coretest.Claims{"nbf": later.Unix() + 1}),
		"missing_claim_exp": issuer.AccessToken("a", coretest.Claims{"exp": coretest.Absent}),
		"bound_token":       issuer.AccessToken("a", coretest.Claims{"cnf": map[string]any{}}),
	} {
		for range 2 {
			got, verified := r.ask(t, text)
			assert.Equal(t, reason, got)
			assert.EqualValues(t, 1, verified, reason)
		}
	}
}

// TestRememberedTokensEnd moves the clock. What has ended is forgotten, also if the clock steps back.
func TestRememberedTokensEnd(t *testing.T) {
	issuer, clock := edIssuer(), later
	c := config(func() time.Time { return clock })
	c.Leeway = 10 * time.Second
	r := remember(jwt.New(newChangeable(t, keyOf(t, "default", issuer)), c))
	text := issuer.AccessToken("a", coretest.Claims{"exp": later.Unix() + 60, "nbf": later.Unix()})
	for i, step := range []struct {
		at       time.Duration
		reason   string
		verified int64
	}{
		{0, "", 1}, {0, "", 0}, {70*time.Second - 1, "", 0}, {-10 * time.Second, "", 0}, {-10*time.Second - 1, "not_yet_valid", 0},
		{0, "", 0}, {70 * time.Second, "expired", 1}, {70 * time.Second, "expired", 1}, {1000 * time.Second, "expired", 1},
	} {
		clock = later.Add(step.at)
		reason, verified := r.ask(t, text)
		assert.Equal(t, step.reason, reason, "step %d", i)
		assert.Equal(t, step.verified, verified, "step %d", i)
	}
}

// TestTheClockOfThePolicyCounts has a clock that is decades behind that of the machine. The shared memory may drop the token meanwhile,
// so the test takes another one until one is remembered.
func TestTheClockOfThePolicyCounts(t *testing.T) {
	early := time.Unix(1_000_000_000, 0)
	issuer := edIssuer()
	issuer.Clock = func() time.Time { return early }
	r := remember(jwt.New(newChangeable(t, keyOf(t, "default", issuer)), config(issuer.Clock)))
	for i := range 100 {
		text := issuer.AccessToken("a", coretest.Claims{"jti": fmt.Sprint(i)})
		reason, verified := r.ask(t, text)
		require.Empty(t, reason)
		require.EqualValues(t, 1, verified)
		if _, verified = r.ask(t, text); verified == 0 {
			return
		}
	}
	t.Error("no token was remembered")
}

// TestSizeOfTheMemory holds what the documentation says of the memory that all providers share.
func TestSizeOfTheMemory(t *testing.T) { assert.Equal(t, 48<<20, token.MemorySize) }

// TestRouterRemembers counts for a provider of several issuers, of which one leaves.
func TestRouterRemembers(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	otherConfig := config(clockAtLater)
	otherConfig.Issuers = []string{"https://other.example"}
	r := remember(issuers.New(jwt.New(store, config(clockAtLater)), jwt.New(store, otherConfig)))
	for _, name := range []string{issuerName, "https://other.example"} {
		text := issuer.AccessToken("a", coretest.Claims{"iss": name})
		for _, want := range []int64{1, 0, 0} {
			reason, verified := r.ask(t, text)
			assert.Empty(t, reason)
			assert.Equal(t, want, verified)
		}
	}
}

// TestRevokedIsAskedOfRememberedTokens revokes a token and takes that back.
func TestRevokedIsAskedOfRememberedTokens(t *testing.T) {
	issuer, revoked, asked := edIssuer(), false, 0
	c := config(clockAtLater)
	c.Revoked = func(context.Context, *core.Auth) (bool, error) { asked++; return revoked, nil }
	r := remember(jwt.New(newChangeable(t, keyOf(t, "default", issuer)), c))
	text := issuer.AccessToken("a", nil)
	for i, want := range []string{"", "revoked", "", "revoked"} {
		revoked = want != ""
		reason, verified := r.ask(t, text)
		assert.Equal(t, want, reason)
		assert.Equal(t, i == 0, verified == 1)
		assert.Equal(t, i+1, asked)
	}
}

// TestTheObserverSeesRememberedTokens has a token whose entry in the cache has ended, after a change of the keys.
func TestTheObserverSeesRememberedTokens(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	for name, p := range map[string]core.Provider{
		"a provider": jwt.New(store, config(clockAtLater)), "several issuers": issuers.New(jwt.New(store, config(clockAtLater))),
	} {
		var seen []bool
		chain, err := core.NewSecurityChain(p)
		require.NoError(t, err)
		chain = chain.WithObserver(observer(func(e core.Event) { seen = append(seen, e.Cached) }))
		for range 4 {
			_, ok := chain.Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(issuer.AccessToken("a", nil))}, &coretest.Recorder{})
			require.True(t, ok)
			store.generation.Add(1)
		}
		assert.Equal(t, []bool{false, true, true, true}, seen, name)
	}
}

type observer func(core.Event)

func (o observer) Decision(_ context.Context, e core.Event) { o(e) }
