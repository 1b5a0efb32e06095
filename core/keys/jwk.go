package keys

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// ParseJWKS reads a JWK Set (RFC 7517, section 5) or a single JWK. A key that cannot be used (of an unknown kind, weak,
// for encryption, private, malformed) is left out and does not spoil the others; skipped has one error for each. The
// error is for a document that is no key set at all, or in which two keys have one id.
func ParseJWKS(data []byte) (found []*Key, skipped []error, err error) {
	var set string
	single := true
	document := string(data)
	err = strictjson.Object(document, func(name, value string) error {
		if name == "keys" {
			set, single = value, false
		}
		return nil
	})
	if err != nil {
		return nil, nil, errors.New("keys: not a JWK Set: " + err.Error())
	}
	objects := []string{document}
	if !single {
		var ok bool
		if objects, ok = strictjson.Objects(set); !ok {
			return nil, nil, errors.New(`keys: not a JWK Set: "keys" is no array of objects`)
		}
	}
	ids := map[string]bool{}
	for i, object := range objects {
		w, err := readJWK(object)
		if err == nil && w.kid != "" && ids[w.kid] {
			return nil, nil, fmt.Errorf("keys: key %d of the set has the id of an earlier one", i+1)
		}
		ids[w.kid] = true
		var key *Key
		if err == nil {
			key, err = w.key()
		}
		if err != nil {
			skipped = append(skipped, fmt.Errorf("key %d: %w", i+1, err))
			continue
		}
		found = append(found, key)
	}
	return found, skipped, nil
}

// jwk has the members of RFC 7517, section 4 and RFC 7518, section 6 that matter for verifying.
type jwk struct {
	kty, kid, use, alg, crv string
	n, e, x, y              string
	ops                     []string
	hasOps, private         bool
}

func readJWK(object string) (w jwk, err error) {
	text := map[string]*string{
		"kty": &w.kty, "kid": &w.kid, "use": &w.use, "alg": &w.alg, "crv": &w.crv,
		"n": &w.n, "e": &w.e, "x": &w.x, "y": &w.y,
	}
	err = strictjson.Object(object, func(name, value string) error {
		ok := true
		switch name {
		case "key_ops":
			w.ops, ok = strictjson.Strings(nil, value)
			w.hasOps = true
		case "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv":
			w.private = true
		default:
			if field := text[name]; field != nil {
				*field, ok = strictjson.String(value)
			}
		}
		if !ok {
			return fmt.Errorf("keys: the JWK member %q has the wrong type", name)
		}
		return nil
	})
	// These are kept, and must not keep the document, which may have a private key.
	w.kid, w.alg = strings.Clone(w.kid), strings.Clone(w.alg)
	return w, err
}

func (w *jwk) key() (*Key, error) {
	switch {
	case w.private || w.kty == "oct":
		return nil, ErrPrivateKey
	case w.use != "" && w.use != "sig":
		return nil, errors.New(`keys: the JWK is not for signatures (its "use" is not "sig")`)
	case w.hasOps && !slices.Contains(w.ops, "verify"):
		return nil, errors.New(`keys: the JWK is not for verifying ("key_ops" has no "verify")`)
	}
	var algorithms []string
	if w.alg != "" {
		algorithms = []string{w.alg}
	}
	switch w.kty {
	case "RSA":
		return w.rsa(algorithms)
	case "EC":
		return w.ec(algorithms)
	case "OKP":
		x, ok := decodeField(w.x)
		if !ok || w.crv != "Ed25519" || len(x) != ed25519.PublicKeySize {
			return nil, errors.New("keys: of the OKP keys only Ed25519 with 32 bytes is used (RFC 8037, section 2)")
		}
		return Public(w.kid, ed25519.PublicKey(x), algorithms...)
	}
	return nil, errors.New("keys: the JWK is of a kind that is not used for signatures here")
}

func (w *jwk) rsa(algorithms []string) (*Key, error) {
	n, ok := decodeField(w.n)
	e, ok2 := decodeField(w.e)
	if !ok || !ok2 || len(n) == 0 || len(e) == 0 || len(e) > 4 {
		return nil, errors.New("keys: the RSA key has no sound n and e (RFC 7518, section 6.3.1)")
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	return Public(w.kid, public, algorithms...)
}

func (w *jwk) ec(algorithms []string) (*Key, error) {
	curve, ok := map[string]elliptic.Curve{
		"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521(),
	}[w.crv]
	if !ok {
		return nil, errors.New("keys: the EC key is on no curve that is used here (RFC 7518, section 6.2.1.1)")
	}
	x, okX := decodeField(w.x)
	y, okY := decodeField(w.y)
	size := (curve.Params().BitSize + 7) / 8
	if !okX || !okY || len(x) != size || len(y) != size { // RFC 7518, section 6.2.1.2: of full size
		return nil, errors.New("keys: the EC key has no coordinates of the curve's size")
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, errors.New("keys: the EC key is no point of its curve")
	}
	return Public(w.kid, public, algorithms...)
}

var field = base64.RawURLEncoding.Strict()

func decodeField(s string) ([]byte, bool) {
	b, err := field.DecodeString(s)
	return b, err == nil
}
