package jwt_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

// BenchmarkVerify compares a verifier with the minimum of work: splitting, decoding, hashing and verifying the signature.
func BenchmarkVerify(b *testing.B) {
	issuer := coretest.NewIssuer("Microkubes JWT Authority")
	token := issuer.Microkubes(nil)
	key := issuer.PublicKey().(*rsa.PublicKey)
	b.Run("limit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			last := strings.LastIndexByte(token, '.')
			signature, _ := base64.RawURLEncoding.DecodeString(token[last+1:])
			sum := sha256.Sum256([]byte(token[:last]))
			if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
				b.Fatal()
			}
		}
	})
	for name, size := range map[string]int{"uncached": -1, "cached": 0} {
		config := jwt.Microkubes("Microkubes JWT Authority")
		config.CacheSize = size
		v, err := jwt.NewVerifier(issuer.Keys(), config)
		require.NoError(b, err)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
