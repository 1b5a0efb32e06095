package keys_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

// TestAnExpiredCertificateStaysGone has faults before and after the certificate expires. The key is gone without a poll, and no
// poll brings it back.
func TestAnExpiredCertificateStaysGone(t *testing.T) {
	vanish := func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(dir)) }
	for name, fault := range map[string]func(t *testing.T, dir string){
		"none":       func(*testing.T, string) {},
		"vanished":   vanish,
		"replaced":   func(t *testing.T, dir string) { vanish(t, dir); require.NoError(t, os.WriteFile(dir, nil, 0o600)) },
		"empty file": func(t *testing.T, dir string) { write(t, dir, map[string]string{"a.crt": ""}) },
		"half a file": func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"a.crt": "-----BEGIN CERTIFICATE-----\nMIIB"})
		},
		"all removed": func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "a.crt")))
			_ = os.Remove(filepath.Join(dir, "other.pub"))
		},
	} {
		for _, other := range []string{"", pkix(t, &p256.PublicKey)} {
			t.Run(fmt.Sprintf("%s, beside another key: %t", name, other != ""), func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "keys")
				write(t, dir, map[string]string{"a.crt": validFor(t, &rsaKey.PublicKey, 0, time.Hour)})
				if other != "" {
					write(t, dir, map[string]string{"other.pub": other})
				}
				early, late := &clock{now: year2030}, &clock{now: year2030}
				before, after := early.open(t, dir), late.open(t, dir)
				late.now = year2030.Add(2 * time.Hour)
				_ = after.Reload()
				fault(t, dir)
				_ = before.Reload()
				_ = after.Reload()
				if name != "all removed" || other == "" { // a file that is gone while others are there is removed
					_, err := before.Find(t.Context(), "a", "RS256")
					assert.NoError(t, err, "a fault keeps the key until it expires")
				}
				early.now = year2030.Add(2 * time.Hour)
				want := keys.ErrUnknownKey
				if other == "" {
					want = keys.ErrUnavailable
				}
				for range 2 {
					for _, d := range []*keys.Directory{before, after} {
						_, err := d.Find(t.Context(), "a", "RS256")
						assert.ErrorIs(t, err, want)
						_, err = d.Find(t.Context(), "", "RS256")
						assert.Error(t, err)
						_ = d.Reload()
					}
				}
			})
		}
	}
}

// TestTheLastCertificateExpires checks that the log says so once, and that a renewed certificate is used.
func TestTheLastCertificateExpires(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.crt": validFor(t, &rsaKey.PublicKey, 0, time.Hour)})
	clock := &clock{now: year2030}
	d := clock.open(t, dir)
	clock.now = year2030.Add(2 * time.Hour)
	for range 3 {
		require.ErrorContains(t, d.Reload(), "no usable key")
	}
	assert.Equal(t, 1, strings.Count(clock.log.String(), "no key is usable now"))
	assert.Equal(t, 1, strings.Count(clock.log.String(), `"keys: the certificate expired at 2030-01-01T01:00:00Z: put the renewed one in its place"`))
	_, err := clock.config(dir).Open()
	assert.ErrorContains(t, err, "the certificate expired at")
	assert.Equal(t, 1, strings.Count(clock.log.String(), "no key is usable now"), "an error that is returned is not logged")
	write(t, dir, map[string]string{"a.crt": validFor(t, &rsaKey.PublicKey, time.Hour, 3*time.Hour)})
	require.NoError(t, d.Reload())
	assert.Equal(t, []string{"a"}, ids(t, d, "a"))
}

// TestRenewal has the old and the new certificate under the same id. While both are valid they are in conflict, unless they have
// the same key.
func TestRenewal(t *testing.T) {
	clock := &clock{now: year2030}
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"a.crt": validFor(t, &rsaKey.PublicKey, 0, 2*time.Hour), "a.pem": validFor(t, &rsaKey.PublicKey, time.Hour, 3*time.Hour),
		"b.crt": validFor(t, &rsaKey.PublicKey, 0, 2*time.Hour), "b.pem": validFor(t, &otherRSAKey.PublicKey, time.Hour, 3*time.Hour),
		"c.crt": validFor(t, &rsaKey.PublicKey, 0, 2*time.Hour), "c.pub": pkix(t, &rsaKey.PublicKey),
	})
	d := clock.open(t, dir)
	for _, c := range []struct {
		at   time.Duration
		want string
	}{
		{0, "a b c"}, {time.Hour, "a c"}, {2 * time.Hour, "a c"}, {2*time.Hour + 1, "a b c"}, {3 * time.Hour, "a b c"}, {4 * time.Hour, "c"},
	} {
		clock.now = year2030.Add(c.at)
		assert.Equal(t, strings.Fields(c.want), ids(t, d, "a", "b", "c"), "%v", c.at)
		_ = d.Reload()
		assert.Equal(t, strings.Fields(c.want), ids(t, d, "a", "b", "c"), "%v", c.at)
	}
}
