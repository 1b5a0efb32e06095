package jws_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/keys"
)

type pair struct {
	private crypto.PrivateKey
	public  *keys.Key
}

func pairs(t testing.TB) map[string]pair {
	t.Helper()
	all := map[string]pair{}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for _, a := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"} {
		all[a] = pair{rsaKey, public(t, &rsaKey.PublicKey)}
	}
	for a, curve := range map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		require.NoError(t, err)
		all[a] = pair{key, public(t, &key.PublicKey)}
	}
	edPublic, edPrivate, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	all["EdDSA"] = pair{edPrivate, public(t, edPublic)}
	for _, a := range []string{"HS256", "HS384", "HS512"} {
		secret := []byte(strings.Repeat("s", 64))
		key, err := keys.Secret("", a, secret)
		require.NoError(t, err)
		all[a] = pair{secret, key}
	}
	return all
}

func public(t testing.TB, key crypto.PublicKey) *keys.Key {
	t.Helper()
	k, err := keys.Public("", key)
	require.NoError(t, err)
	return k
}

func sign(t testing.TB, method jwt.SigningMethod, algorithm string, key crypto.PrivateKey) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(`{"alg":"`+algorithm+`"}`)) + "." + encode([]byte(`{"sub":"ann"}`))
	signature, err := method.Sign(text, key)
	require.NoError(t, err)
	return text + "." + encode(signature)
}

// TestVerify tries every algorithm with every key. Only the key of the signature verifies, and only if the algorithm fits it.
func TestVerify(t *testing.T) {
	all := pairs(t)
	good := 0
	for algorithm, signer := range all {
		token := sign(t, jwt.GetSigningMethod(algorithm), algorithm, signer.private)
		parsed, err := jws.Parse(token)
		require.NoError(t, err)
		for other, verifier := range all {
			err := parsed.Verify(verifier.public)
			switch fits := verifier.public.Verifies(algorithm); {
			case fits:
				assert.NoError(t, err, "%s with the key of %s", algorithm, other)
				good++
			default:
				assert.ErrorIs(t, err, jws.ErrNoFittingKey, "%s with the key of %s", algorithm, other)
			}
		}
		flipped := []byte(token)
		flipped[len(flipped)-10] ^= 1
		parsed, err = jws.Parse(string(flipped))
		if err == nil {
			assert.ErrorIs(t, parsed.Verify(signer.public), jws.ErrBadSignature, algorithm)
		}
	}
	assert.Equal(t, 6*6+3+1+3, good)
}

func TestPSSNeedsTheSaltLengthOfTheHash(t *testing.T) {
	key := pairs(t)["PS256"]
	for length, ok := range map[int]bool{32: true, 20: false, 1: false, rsa.PSSSaltLengthAuto: false} {
		method := &jwt.SigningMethodRSAPSS{SigningMethodRSA: jwt.SigningMethodPS256.SigningMethodRSA,
			Options: &rsa.PSSOptions{SaltLength: length}}
		parsed, err := jws.Parse(sign(t, method, "PS256", key.private))
		require.NoError(t, err)
		assert.Equal(t, ok, parsed.Verify(key.public) == nil, "a salt of %d bytes", length)
	}
}

// TestTableCannotBeChanged registers a method with golang-jwt that accepts every signature.
func TestTableCannotBeChanged(t *testing.T) {
	t.Cleanup(func() { jwt.RegisterSigningMethod("RS256", func() jwt.SigningMethod { return jwt.SigningMethodRS256 }) })
	jwt.RegisterSigningMethod("RS256", func() jwt.SigningMethod { return jwt.SigningMethodNone })
	key := pairs(t)["RS256"]
	parsed, err := jws.Parse(sign(t, jwt.SigningMethodNone, "RS256", jwt.UnsafeAllowNoneSignatureType))
	require.NoError(t, err)
	assert.ErrorIs(t, parsed.Verify(key.public), jws.ErrBadSignature)
	assert.False(t, jws.Supported("none"))
	parsed.Algorithm = "none"
	assert.ErrorIs(t, parsed.Verify(key.public), jws.ErrBadAlgorithm)
}

func TestSegments(t *testing.T) {
	for _, text := range []string{"", ".", "a", "a.b", "a.b.c.d", "a.b.c.d.e", "...", "e30.e30"} {
		_, err := jws.Parse(text)
		assert.ErrorIs(t, err, jws.ErrOtherForm, text)
	}
	for _, text := range []string{"..", "a.b.c", "e30.e30.A", "e30.e30.AA="} {
		_, err := jws.Parse(text)
		assert.ErrorIs(t, err, jws.ErrMalformed, text)
	}
	_, err := jws.Parse("e30.e30.AA")
	assert.NoError(t, err)
}

// TestRememberedHeadersAreCopies has different tokens in the same buffer, as with fasthttp.
func TestRememberedHeadersAreCopies(t *testing.T) {
	token := func(kid string) string { return encoded(`{"alg":"RS256","kid":"`+kid+`"}`) + ".e30.AA" }
	var known jws.Headers
	var parsed jws.Token
	buffer := []byte(token("a"))
	require.NoError(t, parsed.Parse(unsafe.String(&buffer[0], len(buffer)), &known))
	known.Add(&parsed)
	copy(buffer, token("b"))
	for _, kid := range []string{"b", "a"} {
		require.NoError(t, parsed.Parse(token(kid), &known))
		assert.Equal(t, kid, parsed.KeyID)
	}
}

func TestCarriageReturnIsNoBase64(t *testing.T) {
	for _, text := range []string{"\reyJhbGciOiJSUzI1NiJ9.e30.AA", "eyJhbGciOiJSUzI1NiJ9.e3\r0.AA", "eyJhbGciOiJSUzI1NiJ9.e30.A\rA"} {
		token, err := jws.Parse(text)
		if err == nil {
			_, err = token.Payload()
		}
		assert.ErrorIs(t, err, jws.ErrMalformed, "%q", text)
	}
}

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// FuzzParse searches for a token that golang-jwt refuses or parses differently, and for a second encoding of a token.
func FuzzParse(f *testing.F) {
	all := pairs(f)
	for algorithm, p := range all {
		f.Add(sign(f, jwt.GetSigningMethod(algorithm), algorithm, p.private))
	}
	f.Add("e30.e30.e30")
	f.Add("..")
	parser := jwt.NewParser(jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())
	f.Fuzz(func(t *testing.T, text string) {
		token, err := jws.Parse(text)
		if err != nil {
			return
		}
		require.Equal(t, 2, strings.Count(text, "."))
		payload, err := token.Payload()
		if err != nil {
			return
		}
		parts := strings.Split(text, ".")
		require.Equal(t, parts[1], base64.RawURLEncoding.EncodeToString(payload), "a payload has a single encoding")
		verified := false
		for _, p := range all {
			verified = verified || token.Verify(p.public) == nil
		}
		if !verified {
			return
		}
		claims := jwt.MapClaims{}
		reference, err := parser.ParseWithClaims(text, claims, func(*jwt.Token) (any, error) {
			return verificationKey(all, token.Algorithm), nil
		})
		require.NoError(t, err)
		require.Equal(t, reference.Header["alg"], token.Algorithm)
	})
}

func verificationKey(all map[string]pair, algorithm string) any {
	return all[algorithm].public.Material()
}

// TestRememberedHeadersAreFew has an issuer with a different header on every token.
func TestRememberedHeadersAreFew(t *testing.T) {
	var known jws.Headers
	var token jws.Token
	for i := range 1000 {
		require.NoError(t, token.Parse(encoded(fmt.Sprintf(`{"alg":"RS256","kid":"%d"}`, i))+".e30.AA", &known))
		known.Add(&token)
		assert.LessOrEqual(t, known.Len(), 32)
		assert.Positive(t, known.Len())
	}
}

// TestOneTokenAfterAnother parses two tokens into the same memory, as a verifier does.
func TestOneTokenAfterAnother(t *testing.T) {
	var token jws.Token
	for _, payload := range []string{`{"sub":"ann"}`, `{"sub":"bob","x":1}`, `{}`} {
		require.NoError(t, token.Parse(encoded(`{"alg":"RS256"}`)+"."+encoded(payload)+"."+encoded(payload), nil))
		for _, part := range []func() ([]byte, error){token.Payload, token.Signature} {
			for range 2 {
				got, err := part()
				require.NoError(t, err)
				assert.Equal(t, payload, string(got))
			}
			assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = part() }), "decoded once")
		}
	}
	token.Reset()
	assert.Zero(t, token.Header)
	got, err := token.Payload()
	require.NoError(t, err)
	assert.Empty(t, got, "nothing is left of the previous token")
}

func TestHeaderHasFewMembers(t *testing.T) {
	header := `{"alg":"RS256"`
	for i := range 31 {
		header += fmt.Sprintf(`,"m%d":0`, i)
	}
	_, err := jws.Parse(encoded(header+"}") + ".e30.AA")
	require.NoError(t, err)
	_, err = jws.Parse(encoded(header+`,"one more":0}`) + ".e30.AA")
	assert.ErrorIs(t, err, jws.ErrMalformed)
}

func TestMembersOfAJWE(t *testing.T) {
	for _, name := range []string{"zip", "enc"} {
		_, err := jws.Parse(encoded(`{"alg":"RS256","`+name+`":"x"}`) + ".e30.AA")
		assert.ErrorIs(t, err, jws.ErrMalformed, name)
	}
}

// TestSignatureThatCannotBeRead checks that Verify refuses a signature that cannot be decoded.
func TestSignatureThatCannotBeRead(t *testing.T) {
	key := pairs(t)["ES256"].public
	for _, signature := range []string{"A", "AA\n", "AA=", "\xc3"} {
		var token jws.Token
		require.NoError(t, token.Parse(encoded(`{"alg":"ES256"}`)+".e30."+signature, nil))
		assert.ErrorIs(t, token.Verify(key), jws.ErrMalformed, "%q", signature)
	}
}

// TestLineBreaksAreNoBase64 inserts one to four line breaks at each position of segments of each length.
func TestLineBreaksAreNoBase64(t *testing.T) {
	for length := range 12 {
		segment := encoded(strings.Repeat("a", length))
		for place := range len(segment) + 1 {
			for _, breaks := range []string{"\n", "\r", "\r\n", "\n\n\n", "\r\n\r\n"} {
				_, err := jws.Parse("e30.e30." + segment[:place] + breaks + segment[place:])
				assert.ErrorIs(t, err, jws.ErrMalformed, "%q in %q at %d", breaks, segment, place)
			}
		}
		_, err := jws.Parse("e30.e30." + segment)
		assert.NoError(t, err)
	}
}
