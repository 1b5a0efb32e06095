package keys_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// TestEd25519HasTwoNames verifies tokens with either name, with keys for either name and verifiers that allow either (RFC 9864,
// section 2.2).
func TestEd25519HasTwoNames(t *testing.T) {
	issuer := coretest.NewIssuerFor("https://idp/", "EdDSA")
	other := coretest.NewIssuerFor("https://idp/", "EdDSA")
	claims := coretest.Claims{"iss": issuer.Name, "sub": "ann", "exp": time.Now().Add(time.Hour).Unix()}
	for _, named := range [][]string{nil, {"EdDSA"}, {"Ed25519"}, {"EdDSA", "Ed25519"}} {
		store := must(keys.Static(must(keys.Public("default", issuer.PublicKey(), named...))))
		for _, c := range []struct {
			allowed []string
			good    string
		}{
			{nil, "EdDSA Ed25519"}, {[]string{"EdDSA"}, "EdDSA Ed25519"}, {[]string{"Ed25519"}, "Ed25519"},
			{[]string{"RS256", "EdDSA", "Ed25519"}, "EdDSA Ed25519"}, {[]string{"RS256"}, ""},
		} {
			v, err := jwt.NewVerifier(store, jwt.Config{Issuers: []string{issuer.Name}, AnyAudience: true, Algorithms: c.allowed})
			if c.good == "" {
				require.ErrorContains(t, err, "no key for RS256", "said at start")
				continue
			}
			require.NoError(t, err)
			for _, name := range []string{"EdDSA", "Ed25519", "ed25519", "Ed448"} {
				for _, kid := range []any{"default", nil} {
					header := map[string]any{"alg": name, "kid": kid}
					if kid == nil {
						delete(header, "kid")
					}
					_, err := v.Verify(t.Context(), issuer.Sign(header, claims))
					assert.Equal(t, strings.Contains(" "+c.good+" ", " "+name+" "), err == nil, "key %v, verifier %v, token %s", named, c.allowed, name)
					_, err = v.Verify(t.Context(), other.Sign(header, claims))
					assert.Error(t, err, "another issuer's")
				}
			}
		}
	}
}

func TestTokenOfTestdata(t *testing.T) {
	found, skipped, err := keys.ParseJWKS(must(os.ReadFile("testdata/10-alg-ed25519.json")))
	require.NoError(t, err)
	require.Empty(t, skipped)
	v, err := jwt.NewVerifier(must(keys.Static(found...)), jwt.Config{Issuers: []string{"https://idp/"}, Audiences: []string{"api"}})
	require.NoError(t, err)
	auth, err := v.Verify(t.Context(), strings.TrimSpace(string(must(os.ReadFile("testdata/10-token-alg-ed25519.txt")))))
	require.NoError(t, err)
	assert.Equal(t, "u1", auth.UserID())
}

// TestKnownTokensEndWithTheirCertificate has a token in the cache of a verifier when the certificate expires, alone and beside
// another key.
func TestKnownTokensEndWithTheirCertificate(t *testing.T) {
	issuer := coretest.NewIssuerFor("https://idp/", "ES256")
	clock := &clock{now: time.Now()}
	token := issuer.Sign(map[string]any{"alg": "ES256", "kid": "default"},
		coretest.Claims{"iss": issuer.Name, "sub": "ann", "exp": clock.now.Add(24 * time.Hour).Unix()})
	for name, c := range map[string]struct {
		other, reason string
		status        int
	}{
		"the last key": {"", "keys_unavailable", 503},
		"one of two":   {pkix(t, &rsaKey.PublicKey), "unknown_kid", 401},
	} {
		t.Run(name, func(t *testing.T) {
			clock.now = time.Now()
			dir := t.TempDir()
			write(t, dir, map[string]string{"default.crt": certOf(t, nil, issuer.PublicKey())})
			if c.other != "" {
				write(t, dir, map[string]string{"other.pub": c.other})
			}
			d := clock.open(t, dir)
			v, err := jwt.NewVerifier(d, jwt.Config{Issuers: []string{issuer.Name}, AnyAudience: true})
			require.NoError(t, err)
			for range 2 {
				_, err = v.Verify(t.Context(), token)
				require.NoError(t, err)
			}
			clock.now = clock.now.Add(2 * time.Hour)
			_, err = v.Verify(t.Context(), token)
			var refused *core.Error
			require.ErrorAs(t, err, &refused)
			assert.EqualValues(t, c.reason, refused.Reason())
			assert.Equal(t, c.status, refused.Status())
		})
	}
}
