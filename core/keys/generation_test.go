package keys_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestGenerationFollowsTheKeys changes one property of a key at a time. Verified tokens are cached for a generation, so it must
// change with every change of the keys, and with nothing else.
func TestGenerationFollowsTheKeys(t *testing.T) {
	now := time.Now()
	text := func(v any) string { return string(must(json.Marshal(v))) }
	set := func(all ...object) string { return text(object{"keys": all}) }
	r := func(change object) string { return text(jwkRSA(change)) }
	cert := func(to time.Duration) string {
		return certificate(t, now.Add(-time.Hour), now.Add(to).Truncate(time.Second))
	}
	whole := cert(time.Hour)
	for name, c := range map[string]struct {
		before, after string
		rises         bool
	}{
		"the same":               {r(nil), r(nil), false},
		"alg named":              {r(nil), r(object{"alg": "RS256"}), true},
		"alg not named any more": {r(object{"alg": "RS256"}), r(nil), true},
		"alg other":              {r(object{"alg": "RS256"}), r(object{"alg": "RS512"}), true},
		"alg of the same key":    {text(jwkOKP(nil)), text(jwkOKP(object{"use": "sig"})), false},
		"the only alg named":     {text(jwkEC(nil)), text(jwkEC(object{"alg": "ES256"})), false},
		"use added":              {r(nil), r(object{"use": "sig"}), false},
		"use for encryption":     {set(jwkRSA(nil), jwkEC(nil)), set(jwkRSA(object{"use": "enc"}), jwkEC(nil)), true},
		"key_ops added":          {r(nil), r(object{"key_ops": []string{"verify"}}), false},
		"key_ops without verify": {set(jwkRSA(nil), jwkEC(nil)), set(jwkRSA(object{"key_ops": []string{"sign"}}), jwkEC(nil)), true},
		"kid renamed":            {r(nil), r(object{"kid": "other"}), true},
		"kid taken away":         {r(nil), r(object{"kid": nil}), true},
		"kids exchanged": {set(jwkRSA(object{"kid": "a", "alg": "RS256"}), jwkRSA(object{"kid": "b", "alg": "RS512"})),
			set(jwkRSA(object{"kid": "b", "alg": "RS256"}), jwkRSA(object{"kid": "a", "alg": "RS512"})), true},
		"material":             {r(nil), r(object{"n": b64(otherRSAKey.N.Bytes())}), true},
		"exponent":             {r(nil), r(object{"e": "Aw"}), true},
		"kind":                 {r(nil), text(jwkEC(object{"kid": "r"})), true},
		"order":                {set(jwkRSA(nil), jwkEC(nil)), set(jwkEC(nil), jwkRSA(nil)), false},
		"order without kids":   {set(jwkRSA(object{"kid": nil}), jwkEC(object{"kid": nil})), set(jwkEC(object{"kid": nil}), jwkRSA(object{"kid": nil})), false},
		"a member more":        {r(nil), r(object{"x5t": "x"}), false},
		"form":                 {r(object{"kid": "k"}), set(jwkRSA(object{"kid": "k"})), false},
		"a key more":           {set(jwkRSA(nil)), set(jwkRSA(nil), jwkEC(nil)), true},
		"a key less":           {set(jwkRSA(nil), jwkEC(nil)), set(jwkRSA(nil)), true},
		"once more":            {set(jwkRSA(nil)), set(jwkRSA(nil), jwkRSA(nil)), false},
		"a dispute":            {set(jwkRSA(nil), jwkEC(nil)), set(jwkRSA(nil), jwkEC(nil), jwkRSA(object{"n": b64(otherRSAKey.N.Bytes())})), true},
		"PEM, other breaks":    {pkix(t, &rsaKey.PublicKey), bare(pkix(t, &rsaKey.PublicKey)), false},
		"certified":            {pkix(t, &rsaKey.PublicKey), whole, true},
		"certificate the same": {whole, whole, false},
		"validity":             {whole, cert(2 * time.Hour), true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, map[string]string{"k": c.before})
			d, _ := opened(t, dir)
			first := d.Generation()
			write(t, dir, map[string]string{"k": c.after})
			require.NoError(t, d.Reload())
			assert.Equal(t, c.rises, d.Generation() > first)
			second := d.Generation()
			require.NoError(t, d.Reload())
			assert.Equal(t, second, d.Generation())
			write(t, dir, map[string]string{"k": c.before})
			require.NoError(t, d.Reload())
			assert.Equal(t, c.rises, d.Generation() > second, "and back")
		})
	}
}

// TestGenerationFollowsTheFiles moves keys between files, which changes the generation only if Find changes.
func TestGenerationFollowsTheFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.jwk": string(must(json.Marshal(jwkRSA(nil)))), "b.jwk": string(must(json.Marshal(jwkEC(nil))))})
	d, _ := opened(t, dir)
	first := d.Generation()
	require.NoError(t, os.Rename(filepath.Join(dir, "a.jwk"), filepath.Join(dir, "z.json")))
	require.NoError(t, d.Reload())
	assert.Equal(t, first, d.Generation())
	write(t, dir, map[string]string{"r.pub": pkix(t, &p384.PublicKey)})
	require.NoError(t, d.Reload())
	assert.Greater(t, d.Generation(), first)
}
