package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// manyKeys is a set of n different keys.
func manyKeys(n int) string {
	all := make([]object, n)
	for i := range all {
		all[i] = jwkEC(object{"kid": fmt.Sprint("key-", i)})
	}
	return jwkSet(all...)
}

// TestBrokenDocuments: each keeps the last good keys and counts as a failure.
func TestBrokenDocuments(t *testing.T) {
	good := jwkSet(jwkEC(object{"kid": "new"}))
	for name, document := range map[string]string{
		"nothing":                  "",
		"space":                    " \n",
		"an empty set":             `{"keys":[]}`,
		"null keys":                `{"keys":null}`,
		"keys missing":             `{}`,
		"keys of another type":     `{"keys":{}}`,
		"keys that are no objects": `{"keys":["a"]}`,
		"keys twice":               `{"keys":[],` + good[1:],
		"cut":                      good[:len(good)-3],
		"more behind it":           good + "x",
		"HTML":                     "<!DOCTYPE html><html><body>Sign in</body></html>",
		"a discovery document":     discoveryOf(issuerURL, keysURL),
		"an error":                 `{"error":"temporarily_unavailable"}`,
		"zeros":                    strings.Repeat("\x00", 100),
		"for encryption only":      jwkSet(jwkEC(object{"kid": "new", "use": "enc"})),
		"weak only":                jwkSet(jwkRSA(object{"kid": "new", "n": b64(rsaKey.N.Bytes()[:128])})),
		"private only":             jwkSet(jwkEC(object{"kid": "new", "d": "AAAA"})),
		"secret only":              jwkSet(object{"kty": "oct", "k": "AAAA", "kid": "new"}),
		"a private key elsewhere":  `{"keys":[` + strings.TrimSuffix(strings.TrimPrefix(good, `{"keys":[`), "]}") + `],"x":{"kty":"EC","d":"AAAA","crv":"P-256"}}`,
		"in dispute only":          jwkSet(jwkEC(object{"kid": "new"}), jwkECOf(otherP256, object{"kid": "new"})),
		"too many":                 manyKeys(501),
		"too large":                jwkSet(jwkEC(object{"kid": "new", "x5t": strings.Repeat("x", 1<<20)})),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newKeyServer("a")
				r, log := s.remote(t, nil)
				generation := r.Generation()
				s.serve(document)
				time.Sleep(time.Until(r.Health().NextRefresh) + 10*time.Minute)
				synctest.Wait()
				assert.True(t, has(t, r, "a"))
				assert.Positive(t, retryAfter(t, r, "new"), "the last fetch failed, so nobody knows")
				assert.Equal(t, generation, r.Generation())
				assert.Equal(t, []string{"ERROR the keys cannot be fetched; the last good ones are used"}, log.lines())
				assert.ErrorContains(t, r.Health().Err, "keys.example.net/jwks.json")
			})
		})
	}
}

// TestOneBadKey: it is left out and the others are used; that is said once, and without anything of the key.
func TestOneBadKey(t *testing.T) {
	for name, c := range map[string]struct {
		bad   object
		level string
	}{
		"unknown kind":   {object{"kty": "AKP", "alg": "ML-DSA-65", "kid": "KID", "pub": "MATERIAL"}, "WARN keys in the set are not used"},
		"malformed":      {jwkEC(object{"kid": "KID", "x": "MATERIAL"}), "WARN keys in the set are not used"},
		"no curve":       {jwkEC(object{"kid": "KID", "crv": "MATERIAL"}), "WARN keys in the set are not used"},
		"no alg":         {jwkEC(object{"kid": "KID", "alg": "MATERIAL"}), "WARN keys in the set are not used"},
		"kid of a type":  {jwkEC(object{"kid": []string{"KID"}}), "WARN keys in the set are not used"},
		"for encryption": {jwkEC(object{"kid": "KID", "use": "enc"}), "INFO keys in the set are not used"},
		"private":        {jwkEC(object{"kid": "KID", "d": "MATERIAL"}), "ERROR the server publishes a private key, which must be replaced; it is not used"},
		"secret":         {object{"kty": "oct", "k": "MATERIAL", "kid": "KID"}, "ERROR the server publishes a private key, which must be replaced; it is not used"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newKeyServer("a")
				s.serve(jwkSet(jwkEC(object{"kid": "a"}), c.bad, jwkRSA(object{"kid": "b"})))
				r, log := s.remote(t, nil)
				assert.Equal(t, 2, r.Health().Keys)
				assert.NoError(t, r.Health().Err)
				assert.False(t, has(t, r, "KID"))
				time.Sleep(10 * time.Hour)
				synctest.Wait()
				assert.True(t, has(t, r, "a"))
				text := log.all()
				assert.Equal(t, 1, strings.Count(text, "\n"), text)
				level, message, _ := strings.Cut(c.level, " ")
				assert.Contains(t, text, level)
				assert.Contains(t, text, message)
				assert.NotContains(t, text, "KID")
				assert.NotContains(t, text, "MATERIAL")
			})
		})
	}
}

func TestManyKeys(t *testing.T) {
	s := newKeyServer()
	s.serve(manyKeys(500))
	r, _ := s.remote(t, nil)
	assert.True(t, has(t, r, "key-499"))
	assert.Equal(t, 500, r.Health().Keys)
}

func TestFormsOfRemoteSets(t *testing.T) {
	s := newKeyServer()
	s.serve(`{"2026-01":` + quoted(pkix(t, &rsaKey.PublicKey)) + `}`) // as Google publishes them
	r, _ := s.remote(t, nil)
	found, err := r.Find(t.Context(), "2026-01", "RS256")
	require.NoError(t, err)
	assert.Len(t, found, 1)
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, "\n", `\n`) + `"` }

// TestCertificatesInRemoteSets: their keys come and go with their validity, without a fetch.
func TestCertificatesInRemoteSets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		s := newKeyServer()
		key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
		s.serve(`{"from":` + quoted(certificateOf(t, &key.PublicKey, now.Add(time.Minute), now.Add(time.Hour))) +
			`,"until":` + quoted(certificateOf(t, &key.PublicKey, now.Add(-time.Hour), now.Add(2*time.Minute))) + `}`)
		r, _ := s.remote(t, nil)
		first := r.Generation()
		assert.True(t, has(t, r, "until"))
		assert.False(t, has(t, r, "from"))
		time.Sleep(time.Minute)
		assert.True(t, has(t, r, "from"))
		assert.Greater(t, r.Generation(), first)
		time.Sleep(time.Minute + time.Second)
		s.count()
		assert.False(t, has(t, r, "until"))
		assert.Equal(t, 1, s.count(), "a renewed one may have been there")
		assert.True(t, r.Health().Usable)
		time.Sleep(time.Hour)
		assert.False(t, r.Health().Usable)
		_, err := r.Find(t.Context(), "from", "ES256")
		assert.ErrorIs(t, err, keys.ErrUnavailable)
		assert.ErrorContains(t, r.Health().Err, "no key of the document is usable now")
	})
}

func certificateOf(t testing.TB, key crypto.PublicKey, from, to time.Time) string {
	return certOf(t, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, to }, key)
}

// FuzzRemoteDocument fetches any document: whatever it is, a good key from before stays or a good document has replaced it.
func FuzzRemoteDocument(f *testing.F) {
	f.Add(manyKeys(3))
	f.Add(`{"keys":[{"kty":"EC"}]}`)
	f.Add("<html>")
	f.Fuzz(func(t *testing.T, document string) {
		s := newKeyServer("a")
		r, log := s.remote(t, func(c *keys.RemoteConfig) { c.CoolDown = time.Millisecond })
		defer r.Close()
		s.serve(document)
		_, err := r.Find(t.Context(), "x", "ES256")
		if err != nil && !errors.Is(err, keys.ErrUnknownKey) && !errors.Is(err, keys.ErrNoFittingKey) {
			require.ErrorIs(t, err, keys.ErrUnavailable)
			assert.True(t, has(t, r, "a"))
			assert.Error(t, r.Health().Err)
			assert.NotEmpty(t, log.all())
		}
	})
}

// TestDeepDocumentIsReadOnce: reading each level again would cost as many times the document as there are levels.
func TestDeepDocumentIsReadOnce(t *testing.T) {
	text := strings.Repeat("x", 200_000)
	deep := func(n int) []byte {
		good := jwkSet(jwkEC(object{"kid": "a"}))
		return []byte(`{"pad":` + strings.Repeat(`{"x":[`, n) + `"` + text + `"` + strings.Repeat(`]}`, n) + `,` + good[1:])
	}
	cost := func(document []byte) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		found, skipped, err := keys.ParseJWKS(document)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		assert.Len(t, found, 1)
		assert.Empty(t, skipped)
		return after.TotalAlloc - before.TotalAlloc
	}
	flat := cost(deep(0))
	for _, n := range []int{15, 100, 4000} {
		assert.Less(t, cost(deep(n)), 2*flat, "%d times two levels", n)
	}
}

// TestLastCertificateEnds: the id was refused before, and now there is no key at all.
func TestLastCertificateEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newKeyServer()
		now := time.Now()
		s.serve(`{"a":` + quoted(certificateOf(t, &otherP256.PublicKey, now.Add(-time.Hour), now.Add(5*time.Second))) + `}`)
		r, _ := s.remote(t, nil)
		assert.False(t, has(t, r, "x"))
		time.Sleep(6 * time.Second)
		assert.Equal(t, 4*time.Second, retryAfter(t, r, "x"))
		assert.Equal(t, 4*time.Second, retryAfter(t, r, "a"))
	})
}
