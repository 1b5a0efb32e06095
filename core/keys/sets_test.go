package keys_test

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/keys"
)

var everyAlgorithm = strings.Fields("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519 HS256 HS384 HS512")

// findable returns the algorithms for which a store finds a key, as id:algorithm.
func findable(t testing.TB, store keys.Store, kids ...string) (found []string) {
	t.Helper()
	for _, kid := range kids {
		for _, a := range everyAlgorithm {
			list, err := store.Find(t.Context(), kid, a)
			if err != nil {
				continue
			}
			require.Len(t, list, 1)
			require.Equal(t, kid, list[0].ID())
			found = append(found, kid+":"+a)
		}
	}
	return found
}

func uses(kid, algorithms string) (list []string) {
	for _, a := range strings.Fields(algorithms) {
		list = append(list, kid+":"+a)
	}
	return list
}

const (
	rsaUses = "RS256 RS384 RS512 PS256 PS384 PS512"
	edUses  = "EdDSA Ed25519"
)

// sharedIDs lists JWKs with the id "k", and the algorithms for which Find returns a key with that id.
func sharedIDs() map[string]struct {
	set      []any
	uses     string
	disputed bool
} {
	k := func(jwk func(object) object, change object) object {
		change["kid"] = "k"
		return jwk(change)
	}
	otherRSA := object{"n": b64(otherRSAKey.N.Bytes())}
	return map[string]struct {
		set      []any
		uses     string
		disputed bool
	}{
		"RSA and EC":              {[]any{k(jwkRSA, object{}), k(jwkEC, object{})}, rsaUses + " ES256", false},
		"four kinds":              {[]any{k(jwkRSA, object{}), k(jwkEC, object{}), k(jwkOKP, object{})}, rsaUses + " ES256 " + edUses, false},
		"sig and enc":             {[]any{k(jwkRSA, object{"use": "sig"}), k(jwkRSA, object{"use": "enc", "n": otherRSA["n"]})}, rsaUses, false},
		"enc and sig":             {[]any{k(jwkRSA, object{"use": "enc", "n": otherRSA["n"]}), k(jwkRSA, object{"use": "sig"})}, rsaUses, false},
		"good and private":        {[]any{k(jwkRSA, object{}), k(jwkRSA, object{"n": otherRSA["n"], "d": "AQ"})}, rsaUses, false},
		"good and weak":           {[]any{k(jwkRSA, object{"n": b64(rsaKey.N.Bytes()[:128])}), k(jwkRSA, object{})}, rsaUses, false},
		"good and unknown kind":   {[]any{k(jwkRSA, object{}), object{"kty": "AKP", "kid": "k", "alg": "ML-DSA-44", "pub": "AA"}}, rsaUses, false},
		"good and malformed":      {[]any{k(jwkRSA, object{}), k(jwkRSA, object{"alg": 7})}, rsaUses, false},
		"two algorithms, one key": {[]any{k(jwkRSA, object{"alg": "RS256"}), k(jwkRSA, object{"alg": "RS512"})}, "RS256 RS512", false},
		"two algorithms, two keys": {
			[]any{k(jwkRSA, object{"alg": "RS256"}), k(jwkRSA, object{"alg": "RS512", "n": otherRSA["n"]})}, "RS256 RS512", false},
		"the same twice":              {[]any{k(jwkRSA, object{}), k(jwkRSA, object{})}, rsaUses, false},
		"with and without alg":        {[]any{k(jwkRSA, object{}), k(jwkRSA, object{"alg": "RS256"})}, "RS256", false},
		"without and with alg":        {[]any{k(jwkRSA, object{"alg": "RS256"}), k(jwkRSA, object{})}, "RS256", false},
		"EdDSA and Ed25519":           {[]any{k(jwkOKP, object{"alg": "EdDSA"}), k(jwkOKP, object{"alg": "Ed25519"})}, edUses, false},
		"two keys":                    {[]any{k(jwkRSA, object{}), k(jwkRSA, object{"n": otherRSA["n"]})}, "", true},
		"two keys, one for RS256":     {[]any{k(jwkRSA, object{}), k(jwkRSA, object{"n": otherRSA["n"], "alg": "RS256"})}, "RS384 RS512 PS256 PS384 PS512", true},
		"two keys and a good one":     {[]any{k(jwkRSA, object{}), k(jwkEC, object{}), k(jwkRSA, object{"n": otherRSA["n"]})}, "ES256", true},
		"two keys, one of them twice": {[]any{k(jwkRSA, object{}), k(jwkRSA, object{"n": otherRSA["n"]}), k(jwkRSA, object{})}, "", true},
		"nulls between":               {[]any{nil, k(jwkRSA, object{}), nil}, rsaUses, false},
	}
}

func TestKeysThatShareAnID(t *testing.T) {
	good := jwkOKP(object{"kid": "good"})
	for name, c := range sharedIDs() {
		t.Run(name, func(t *testing.T) {
			for form, document := range map[string]any{"set": object{"keys": append(c.set, good)}, "array": append(c.set, good)} {
				found, skipped, err := keys.ParseJWKS(must(json.Marshal(document)))
				require.NoError(t, err, form)
				set, err := keys.Static(found...)
				require.NoError(t, err)
				assert.Equal(t, append(uses("k", c.uses), uses("good", edUses)...), findable(t, set, "k", "good"), form)
				assert.Equal(t, c.disputed, strings.Contains(fmt.Sprint(skipped), "different keys have the same id"))
			}
		})
	}
}

// TestFilesThatShareAnID has each JWK in its own file, in both orders.
func TestFilesThatShareAnID(t *testing.T) {
	for name, c := range sharedIDs() {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, map[string]string{"good.pub": pkix(t, edPublic)})
			for i, jwk := range c.set {
				if jwk != nil {
					write(t, dir, map[string]string{string(rune('a'+i)) + ".json": string(must(json.Marshal(jwk)))})
				}
			}
			d, log := opened(t, dir)
			assert.Equal(t, append(uses("k", c.uses), uses("good", edUses)...), findable(t, d, "k", "good"))
			assert.Equal(t, c.disputed, strings.Contains(log.String(), "another key with the same id"))
			assert.NoError(t, d.Reload())
			assert.Equal(t, uint64(1), d.Generation())
		})
	}
}

// TestOneKeyInTwoForms has a key in PEM, which names no algorithms, and as a JWK or RSASSA-PSS key, which may.
func TestOneKeyInTwoForms(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"a.pub": pkix(t, &rsaKey.PublicKey), "a.jwk": string(must(json.Marshal(jwkRSA(object{"kid": nil, "alg": "RS256"})))),
		"b.pub": pkix(t, &rsaKey.PublicKey), "b.jwk": string(must(json.Marshal(jwkRSA(object{"kid": "b"})))),
		"c.pub": pkix(t, &rsaKey.PublicKey), "c.pss": pssKey(t, &rsaKey.PublicKey, nil),
		"d.pub": pkix(t, &p256.PublicKey), "d.jwk": string(must(json.Marshal(jwkEC(object{"kid": "d", "alg": "ES256"})))),
		"e.pub": pkix(t, &rsaKey.PublicKey), "e.crt": certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)),
		"f.pub": pkix(t, &rsaKey.PublicKey), "f.cert": pkix(t, edPublic),
	})
	d, log := opened(t, dir)
	want := append(uses("a", "RS256"), uses("b", rsaUses)...)
	want = append(want, uses("c", "PS256 PS384 PS512")...)
	want = append(want, uses("d", "ES256")...)
	want = append(want, uses("e", rsaUses)...)
	want = append(want, uses("f", rsaUses+" "+edUses)...)
	assert.Equal(t, want, findable(t, d, "a", "b", "c", "d", "e", "f"))
	assert.Empty(t, log.String())
	all, err := d.Find(t.Context(), "", "RS256")
	require.NoError(t, err)
	assert.Len(t, all, 4, "a, b, e and f, each once")
}

func TestStaticKeysThatShareAnID(t *testing.T) {
	rs256 := must(keys.Public("k", &rsaKey.PublicKey, "RS256"))
	rs512 := must(keys.Public("k", &otherRSAKey.PublicKey, "RS512"))
	whole := must(keys.Public("k", &rsaKey.PublicKey))
	es256 := must(keys.Public("k", &p256.PublicKey))
	secret := must(keys.Secret("k", "HS256", make([]byte, 32)))
	anonymous := must(keys.Public("", &rsaKey.PublicKey))
	otherAnonymous := must(keys.Public("", &otherRSAKey.PublicKey))
	for name, c := range map[string]struct {
		all  []*keys.Key
		uses string
		says string
	}{
		"disjoint":       {[]*keys.Key{rs256, rs512, es256, secret}, "RS256 RS512 ES256 HS256", ""},
		"the same twice": {[]*keys.Key{whole, whole}, rsaUses, ""},
		"merged first":   {[]*keys.Key{whole, rs512, rs256}, "RS256 RS512", ""},
		"in conflict":    {[]*keys.Key{es256, whole, rs512}, "", "key 3 has the id of an earlier one but is a different key, and both are for RS512"},
		"no ids":         {[]*keys.Key{anonymous, otherAnonymous, anonymous, es256}, "ES256", ""},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := keys.Static(c.all...)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, uses("k", c.uses), findable(t, set, "k"))
			for _, a := range everyAlgorithm {
				assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = set.Find(t.Context(), "k", a) }))
			}
			if name == "no ids" {
				all, err := set.Find(t.Context(), "", "RS256")
				require.NoError(t, err)
				assert.Equal(t, []*keys.Key{anonymous, otherAnonymous}, all)
			}
		})
	}
	secretDER := must(keys.Secret("k", "HS256", must(x509.MarshalPKIXPublicKey(&p256.PublicKey))))
	found, err := must(keys.Static(es256, secretDER)).Find(t.Context(), "k", "HS256")
	require.NoError(t, err)
	assert.Equal(t, []*keys.Key{secretDER}, found, "the text of a public key as a secret is another key")
	var zero keys.Set
	_, err = zero.Find(t.Context(), "k", "RS256")
	assert.ErrorIs(t, err, keys.ErrUnavailable)
}

// TestFormsOfSets has the other forms of key sets in JSON.
func TestFormsOfSets(t *testing.T) {
	a, b := pkix(t, &rsaKey.PublicKey), certificate(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	old := certificate(t, time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour))
	private := block("RSA PRIVATE KEY", []byte("x"))
	for name, c := range map[string]struct {
		document any
		ids      []string
		skipped  int
		says     string
	}{
		"array":             {[]any{jwkRSA(nil), jwkEC(nil)}, []string{"r", "e"}, 0, ""},
		"array with nulls":  {[]any{nil, jwkRSA(nil)}, []string{"r"}, 0, ""},
		"empty array":       {[]any{}, nil, 0, ""},
		"nulls only":        {object{"keys": []any{nil}}, nil, 0, ""},
		"map":               {object{"a": a, "b": b}, []string{"a", "b"}, 0, ""},
		"map, one expired":  {object{"a": a, "b": old}, []string{"a"}, 1, ""},
		"map, one broken":   {object{"a": a, "b": b[:200]}, []string{"a"}, 1, ""},
		"map, other values": {object{"a": a, "b": 7, "c": nil, "d": "text"}, []string{"a"}, 2, ""},
		"map, private":      {object{"a": a, "b": private}, nil, 0, "private key"},
		"map, escaped":      {json.RawMessage(strings.ReplaceAll(string(must(json.Marshal(object{"a": a, "b": private}))), "PRIVATE", `\u0050RIVATE`)), nil, 0, "private key"},
		"map, nested":       {object{"a": a, "b": object{"c": private}}, nil, 0, "private key"},
		"no map, bare":      {object{"private_key": bare(block("", must(x509.MarshalPKCS8PrivateKey(rsaKey))))}, nil, 0, "private key"},
		"map, bare":         {object{"a": a, "b": bare(block("", must(x509.MarshalPKCS8PrivateKey(rsaKey))))}, nil, 0, "private key"},
		"service account":   {object{"type": "service_account", "private_key": private, "key": a}, nil, 0, "private key"},
		"null keys, a JWK":  {jwkRSA(null("keys")), []string{"r"}, 0, ""},
		"keys of a map":     {object{"keys": object{"a": a}}, nil, 0, "not an array of objects"},
	} {
		t.Run(name, func(t *testing.T) {
			document := "\xef\xbb\xbf \n" + string(must(json.Marshal(c.document)))
			found, skipped, err := keys.ParseJWKS([]byte(document))
			if c.says != "" {
				assert.ErrorContains(t, err, c.says)
				assert.Empty(t, found)
				return
			}
			require.NoError(t, err)
			assert.Len(t, skipped, c.skipped)
			var got []string
			for _, k := range found {
				got = append(got, k.ID())
			}
			assert.Equal(t, c.ids, got)
			dir := t.TempDir()
			write(t, dir, map[string]string{"x.json": document, "good.pub": pkix(t, edPublic)})
			d, _ := opened(t, dir)
			assert.Equal(t, append(c.ids, "good"), ids(t, d, "a", "b", "r", "e", "good"))
		})
	}
}

// TestInputs reads the files of testdata, which are described there.
func TestInputs(t *testing.T) {
	now := func() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }
	for name, want := range map[string][]string{
		"01-same-kid-rsa-ec.json":              append(uses("k1", rsaUses), "k1:ES256"),
		"02-same-kid-sig-enc.json":             uses("k1", rsaUses),
		"04-same-kid-unusable.json":            uses("k1", rsaUses),
		"06-oth-empty.json":                    uses("k1", rsaUses),
		"08-key-ops-empty.json":                uses("k1", rsaUses),
		"10-alg-ed25519.json":                  uses("o", edUses),
		"12-label-public-content-pkcs1.pub":    uses("12-label-public-content-pkcs1", rsaUses),
		"13-bare-base64.pub":                   uses("13-bare-base64", rsaUses),
		"14-escaped-newlines.pub":              uses("14-escaped-newlines", rsaUses),
		"17-bag-attributes-before.crt":         uses("17-bag-attributes-before", rsaUses),
		"18-ec-parameters-and-private-key.pem": nil,
		"20-key-encipherment-only.crt":         nil,
		"22-rsassa-pss.pub":                    uses("22-rsassa-pss", "PS256 PS384 PS512"),
		"30-rsassa-pss-sha384.crt":             uses("30-rsassa-pss-sha384", "PS384"),
		"31-secp256k1.crt":                     nil,
		"24-google-certs.json":                 uses("abc123", rsaUses),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			data := must(os.ReadFile(filepath.Join("testdata", name)))
			write(t, dir, map[string]string{name: string(data), "good.pub": pkix(t, &p521.PublicKey)})
			d, err := keys.DirConfig{Path: dir, Now: now}.Open()
			require.NoError(t, err)
			defer d.Close()
			id, _, _ := strings.Cut(name, ".")
			assert.Equal(t, want, findable(t, d, "k1", "o", "abc123", id))
		})
	}
}

// TestWarningOfASetInUse has a set with a key for signatures and a key for encryption. The log does not say that the file is
// skipped.
func TestWarningOfASetInUse(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"set.json": string(must(os.ReadFile("testdata/02-same-kid-sig-enc.json"))), "other.txt": "notes"})
	var log strings.Builder
	d, err := keys.DirConfig{Path: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))}.Open()
	require.NoError(t, err)
	require.NoError(t, d.Close())
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	require.Len(t, lines, 2)
	assert.Contains(t, lines[0], `msg="key file skipped" file=other.txt`)
	assert.Contains(t, lines[1], `msg="a key in the file is not used" file=set.json`)
	assert.Contains(t, lines[1], "key 2")
}
