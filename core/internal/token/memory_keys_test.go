package token_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/internal/token"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// TestKeysTakeTheirTokensWithThem changes the keys of a store in each way, and asks for a token that a key of it has verified.
func TestKeysTakeTheirTokensWithThem(t *testing.T) {
	issuer, other := coretest.NewIssuer(issuerName), coretest.NewIssuer(issuerName)
	issuer.Clock = clockAtLater
	key := keyOf(t, "default", issuer)
	second := keyOf(t, "second", other)
	for name, c := range map[string]struct {
		keys     []*keys.Key
		noKid    bool
		reason   string
		verified int64
	}{
		"the same":                           {keys: []*keys.Key{key}},
		"the same, without a kid":            {keys: []*keys.Key{key}, noKid: true},
		"the same, read again":               {keys: []*keys.Key{keyOf(t, "default", issuer)}},
		"another is added":                   {keys: []*keys.Key{key, second}},
		"another is added, without a kid":    {keys: []*keys.Key{key, second}, noKid: true},
		"another is put in front":            {keys: []*keys.Key{second, key}, noKid: true},
		"an id more":                         {keys: []*keys.Key{key, keyOf(t, "third", issuer)}},
		"removed":                            {keys: []*keys.Key{second}, reason: "unknown_kid"},
		"removed, without a kid":             {keys: []*keys.Key{second}, noKid: true, reason: "bad_signature", verified: 1},
		"replaced, with the same id":         {keys: []*keys.Key{keyOf(t, "default", other)}, reason: "bad_signature", verified: 1},
		"replaced, without a kid":            {keys: []*keys.Key{keyOf(t, "default", other)}, noKid: true, reason: "bad_signature", verified: 1},
		"another id":                         {keys: []*keys.Key{keyOf(t, "x", issuer)}, reason: "unknown_kid"},
		"another id, without a kid":          {keys: []*keys.Key{keyOf(t, "x", issuer)}, noKid: true, verified: 1},
		"restricted to it":                   {keys: []*keys.Key{keyOf(t, "default", issuer, "RS256")}, verified: 1},
		"restricted to another":              {keys: []*keys.Key{keyOf(t, "default", issuer, "RS512")}, reason: "no_fitting_key"},
		"restricted to another, without kid": {keys: []*keys.Key{keyOf(t, "default", issuer, "RS512")}, noKid: true, reason: "no_fitting_key"},
	} {
		t.Run(name, func(t *testing.T) {
			store := newChangeable(t, key)
			r := remember(jwt.New(store, config(clockAtLater)))
			text := issuer.AccessToken("a", nil)
			if c.noKid {
				text = issuer.Microkubes(nil)
			}
			_, verified := r.ask(t, text)
			assert.EqualValues(t, 1, verified)
			store.replace(t, c.keys...)
			reason, verified := r.ask(t, text)
			assert.Equal(t, c.reason, reason)
			assert.Equal(t, c.verified, verified)
			store.replace(t, key)
			reason, verified = r.ask(t, text)
			assert.Empty(t, reason, "the key is back")
			assert.Zero(t, verified)
		})
	}
}

// TestRotationVerifiesOnlyNewTokens adds a key to a directory under load, as a rotation does. No token is verified twice.
func TestRotationVerifiesOnlyNewTokens(t *testing.T) {
	const users = 100
	dir := t.TempDir()
	publish := func(name string, issuer *coretest.Issuer) {
		der, err := x509.MarshalPKIXPublicKey(issuer.PublicKey())
		require.NoError(t, err)
		block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".pub"), block, 0o600))
	}
	before, after := edIssuer(), edIssuer()
	after.KeyID = "next"
	publish("default", before)
	store, err := keys.Dir(dir)
	require.NoError(t, err)
	defer func() { _ = store.Close() }()
	for name, cached := range map[string]bool{"by digests": false, "with the cache": true} {
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "next.pub")))
		require.NoError(t, store.Reload())
		var verified atomic.Int64
		p := token.CountSignatures(jwt.New(store, config(clockAtLater)), &verified)
		if !cached {
			token.WithoutCache(p)
		}
		var wg sync.WaitGroup
		rotated := make(chan struct{})
		for n := range users {
			old, fresh := before.AccessToken("a", coretest.Claims{"jti": fmt.Sprint(n)}), after.AccessToken("a", coretest.Claims{"jti": fmt.Sprint(n)})
			send := func(text string) {
				assert.NoError(t, provide(t, p, text))
			}
			send(old)
			wg.Go(func() {
				for range 20 {
					send(old)
				}
				<-rotated
				for range 20 {
					send(old)
					send(fresh)
				}
			})
		}
		assert.EqualValues(t, users, verified.Load(), name)
		publish("next", after)
		require.NoError(t, store.Reload())
		close(rotated)
		wg.Wait()
		assert.EqualValues(t, 2*users, verified.Load(), name)
		require.NoError(t, os.Remove(filepath.Join(dir, "next.pub")))
		require.NoError(t, store.Reload())
		assert.Equal(t, "unknown_kid", reasonOf(t, provide(t, p, after.AccessToken("a", coretest.Claims{"jti": "0"}))))
	}
}

// TestEachBitOfARememberedTokenCounts changes each bit of the three segments and of the text, one at a time.
func TestEachBitOfARememberedTokenCounts(t *testing.T) {
	issuer := edIssuer()
	store := newChangeable(t, keyOf(t, "default", issuer))
	fresh := config(clockAtLater)
	fresh.CacheSize = -1
	r, f := remember(jwt.New(store, config(clockAtLater))), remember(jwt.New(store, fresh))
	for name, text := range map[string]string{"with a kid": issuer.AccessToken("a", nil), "without a kid": issuer.Microkubes(nil)} {
		refuse := func(what string, other string) {
			want, _ := f.ask(t, other)
			got, _ := r.ask(t, other)
			if got != want || got == "" {
				t.Fatalf("%s, %s: %q, and %q if it is verified", name, what, got, want)
			}
		}
		reason, _ := r.ask(t, text)
		require.Empty(t, reason)
		for i := range text {
			for bit := range 8 {
				other := []byte(text)
				other[i] ^= 1 << bit
				refuse(fmt.Sprintf("character %d, bit %d", i, bit), string(other))
			}
		}
		segments := strings.Split(text, ".")
		for s, segment := range segments {
			content, err := base64.RawURLEncoding.DecodeString(segment)
			require.NoError(t, err)
			for i := range content {
				for bit := range 8 {
					content[i] ^= 1 << bit
					other := append([]string(nil), segments...)
					other[s] = base64.RawURLEncoding.EncodeToString(content)
					refuse(fmt.Sprintf("segment %d, byte %d, bit %d", s, i, bit), strings.Join(other, "."))
					content[i] ^= 1 << bit
				}
			}
		}
		refuse("a segment more", text+".")
		refuse("a character more", text+"A")
		refuse("a character less", text[:len(text)-1])
		refuse("padding", text+"==")
		reason, verified := r.ask(t, text)
		assert.Empty(t, reason)
		assert.Zero(t, verified, "it is remembered all the time")
	}
}

// TestAKeyGoesWhileItVerifies removes or replaces a key between the moment at which the store has returned it and the moment at which
// its token is remembered. The next request must not find that.
func TestAKeyGoesWhileItVerifies(t *testing.T) {
	issuer, other := edIssuer(), edIssuer()
	key, text := keyOf(t, "default", issuer), issuer.AccessToken("a", nil)
	same := func(p core.Authenticator) core.Authenticator { return p }
	for way, change := range map[string]func(core.Authenticator) core.Authenticator{"digests": token.WithoutCache, "cached": same} {
		for want, others := range map[string]*keys.Key{
			"unknown_kid": keyOf(t, "other", other), "bad_signature": keyOf(t, "default", other),
		} {
			for _, remembered := range []bool{false, true} {
				store := newChangeable(t, key)
				act := func() {}
				p := change(jwt.New(store, config(func() time.Time { act(); return later })))
				ask := func() string {
					return reasonOf(t, provide(t, p, text))
				}
				if remembered {
					require.Empty(t, ask())
					store.generation.Add(1) // so that the cache does not answer
				}
				act = func() { act = func() {}; store.replace(t, others) }
				if reason := ask(); reason != "" { // an entry of the cache is not taken after a change
					assert.Equal(t, want, reason, way)
				}
				assert.Equal(t, want, ask(), "%s, remembered before: %v", way, remembered)
				store.replace(t, key)
				assert.Empty(t, ask(), "the key is back")
			}
		}
	}
}
