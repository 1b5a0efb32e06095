package keys_test

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestKeptKeysYield has a file that can no longer be read, whose key has the id of a key that is read. A directory that has been
// open for long finds the key that was read, as a newly opened directory does.
func TestKeptKeysYield(t *testing.T) {
	a, b, ec := pkix(t, &rsaKey.PublicKey), pkix(t, &otherRSAKey.PublicKey), pkix(t, &p256.PublicKey)
	stated := string(must(json.Marshal(jwkRSA(object{"kid": "a", "alg": "RS256"}))))
	for name, c := range map[string]struct {
		before, then map[string]string
		both         bool // the kept key has other algorithms, for which it stays
	}{
		"a new file":        {map[string]string{"a.pub": a}, map[string]string{"a.pub": "", "a.pem": b}, false},
		"an earlier name":   {map[string]string{"a.pub": a}, map[string]string{"a.pub": "", "a.aaa": b}, false},
		"in dispute before": {map[string]string{"a.pub": a, "a.pem": b, "x.pub": ec}, map[string]string{"a.pub": ""}, false},
		"another kind":      {map[string]string{"a.pub": ec}, map[string]string{"a.pub": "", "a.pem": b}, true},
		"some algorithms":   {map[string]string{"a.pub": b}, map[string]string{"a.pub": "", "a.json": stated}, true},
		"two kept ones": {map[string]string{"a.pub": a, "a.crt": certOf(t, nil, &rsaKey.PublicKey)},
			map[string]string{"a.pub": "", "a.crt": "", "a.pem": b}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, c.before)
			old, log := opened(t, dir)
			write(t, dir, c.then)
			for range 3 {
				assert.ErrorContains(t, old.Reload(), "last good keys are kept")
				fresh, _ := opened(t, dir)
				want := findable(t, fresh, "a")
				got := findable(t, old, "a")
				assert.Subset(t, got, want)
				if !c.both {
					assert.Equal(t, want, got)
				}
				for _, use := range want {
					_, algorithm, _ := strings.Cut(use, ":")
					was, is := must(old.Find(t.Context(), "a", algorithm)), must(fresh.Find(t.Context(), "a", algorithm))
					assert.Equal(t, is[0].Material(), was[0].Material(), algorithm)
				}
			}
			if c.both {
				return
			}
			assert.Equal(t, 1, strings.Count(log.String(), "was read from"), log.String())
			for name, text := range c.then { // with the good files again, the two keys are in conflict
				if text == "" {
					write(t, dir, map[string]string{name: a})
				}
			}
			_ = old.Reload()
			assert.Empty(t, findable(t, old, "a"))
		})
	}
}

// TestAFaultIsNoChange checks that a file which cannot be read does not change the generation.
func TestAFaultIsNoChange(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.pub": pkix(t, &rsaKey.PublicKey), "b.pub": pkix(t, &p256.PublicKey)})
	d, _ := opened(t, dir)
	before := d.Generation()
	write(t, dir, map[string]string{"a.pub": ""})
	require.Error(t, d.Reload())
	assert.Equal(t, before, d.Generation())
}

// TestAlgorithmsNowAndLater has certificates that are valid at different times, and keys in conflict.
func TestAlgorithmsNowAndLater(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"old.crt": validFor(t, &rsaKey.PublicKey, -2*time.Hour, -time.Hour), "now.pub": pkix(t, &p384.PublicKey),
		"later.crt": validFor(t, &p521.PublicKey, time.Hour, 2*time.Hour),
		"x.crt":     validFor(t, &p256.PublicKey, -time.Hour, time.Hour), "x.pub": pkix(t, &otherP256.PublicKey),
		"y.crt": validFor(t, edPublic, time.Hour, 2*time.Hour), "y.pub": validFor(t, edOther, 0, 3*time.Hour),
	})
	clock := &clock{now: year2030}
	d := clock.open(t, dir)
	for at, want := range map[time.Duration]string{
		0: "ES256 ES384 ES512 Ed25519 EdDSA", 90 * time.Minute: "ES256 ES384 ES512 Ed25519 EdDSA", 150 * time.Minute: "ES256 ES384 Ed25519 EdDSA",
		4 * time.Hour: "ES256 ES384", -90 * time.Minute: "ES256 ES384 ES512 Ed25519 EdDSA PS256 PS384 PS512 RS256 RS384 RS512",
	} {
		clock.now = year2030.Add(at)
		assert.Equal(t, strings.Fields(want), d.Algorithms(), "%v", at)
	}
	clock.now = year2030
	never := t.TempDir()
	write(t, never, map[string]string{"now.pub": pkix(t, &p384.PublicKey), "x.pub": pkix(t, &p256.PublicKey), "x.pem": pkix(t, &otherP256.PublicKey),
		"old.crt": validFor(t, &rsaKey.PublicKey, -2*time.Hour, -time.Hour)})
	assert.Equal(t, []string{"ES384"}, clock.open(t, never).Algorithms(), "always in conflict")
}

// TestOddValidity has the zero time of Go, and a notAfter before the notBefore.
func TestOddValidity(t *testing.T) {
	zero, now := time.Time{}, time.Now()
	for name, c := range map[string]struct {
		first, last time.Time
		says        string
	}{
		"zero":                  {zero, zero, "expired"},
		"zero to now":           {zero, now.Add(time.Hour), ""},
		"wrong way":             {now.Add(time.Hour), now.Add(-time.Hour), "never valid"},
		"wrong way, past":       {now.Add(-time.Hour), now.Add(-2 * time.Hour), "never valid"},
		"wrong way, to come":    {now.Add(2 * time.Hour), now.Add(time.Hour), "never valid"},
		"from now to zero":      {now.Add(-time.Hour), zero, "never valid"},
		"one second":            {now.Add(time.Hour), now.Add(time.Hour), ""},
		"no end (RFC 5280 4.1)": {now.Add(-time.Hour), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), ""},
	} {
		text := certOf(t, func(cert *x509.Certificate) { cert.NotBefore, cert.NotAfter = c.first, c.last }, &rsaKey.PublicKey)
		key, err := keys.ParsePEM("a", []byte(text))
		dir := t.TempDir()
		write(t, dir, map[string]string{"a.crt": text, "b.pub": pkix(t, &p256.PublicKey)})
		d, log := opened(t, dir)
		if c.says == "" {
			assert.NoError(t, err, name)
			continue
		}
		assert.Nil(t, key, name)
		assert.ErrorContains(t, err, c.says, name)
		assert.Empty(t, findable(t, d, "a"), name)
		assert.Contains(t, log.String(), c.says, name)
	}
}

// TestHiddenEntriesAreNotCounted has more hidden files and directories than the limit for files.
func TestHiddenEntriesAreNotCounted(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{"a.pub": pkix(t, &rsaKey.PublicKey)}
	for i := range 600 {
		files[fmt.Sprint(".", i)], files[filepath.Join(fmt.Sprint(i), "x")] = "", ""
	}
	write(t, dir, files)
	d, _ := opened(t, dir)
	assert.Equal(t, []string{"a"}, ids(t, d, "a"))
}

// TestErrorsHaveNothingOfAFile puts a canary into each member of a JWK, and into text, labels and headers.
func TestErrorsHaveNothingOfAFile(t *testing.T) {
	for _, base := range []func(map[string]any) map[string]any{jwkRSA, jwkEC, jwkOKP} {
		for _, member := range []string{"kty", "kid", "use", "alg", "crv", "n", "e", "x", "y", "key_ops", "oth", "d", "canary", "private_key", "x5c"} {
			for _, value := range []any{"canary", []string{"canary"}, object{"canary": "canary"}, 7, true} {
				jwk := base(object{member: value})
				for _, document := range []any{jwk, []any{jwk}, object{"keys": []any{jwk, jwk}}, object{"canary": jwk}} {
					_, skipped, err := keys.ParseJWKS(must(json.Marshal(document)))
					assert.NotContains(t, fmt.Sprint(skipped, err), "canary", member)
				}
			}
		}
	}
}
