package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// jwk holds the members of a JWK that matter for verification (RFC 7517, section 4; RFC 7518, section 6).
type jwk struct {
	kty, kid, use, alg, crv string
	n, e, x, y              string
	ops                     []string
	chain                   []string // x5c
	private                 bool
}

func parseJWK(object string) (*Key, error) {
	w, err := readJWK(object)
	if err != nil {
		return nil, err
	}
	key, err := w.key()
	if err != nil {
		return nil, err
	}
	if err := w.checkCertificate(key.Material()); err != nil {
		return nil, err
	}
	return key, nil
}

// readJWK reads the members of a JWK. A member that is null counts as absent, and so does an empty "oth" or "key_ops": some
// libraries write every field of their types.
func readJWK(object string) (w jwk, err error) {
	text := map[string]*string{
		"kty": &w.kty, "kid": &w.kid, "use": &w.use, "alg": &w.alg, "crv": &w.crv,
		"n": &w.n, "e": &w.e, "x": &w.x, "y": &w.y,
	}
	err = strictjson.Object(object, func(name, value string) error {
		ok := true
		switch {
		case strictjson.IsNull(value):
		case name == "key_ops":
			w.ops, ok = stringsIn(value)
		case name == "x5c":
			w.chain, ok = stringsIn(value)
		case name == "oth":
			var others []json.RawMessage
			w.private = w.private || json.Unmarshal([]byte(value), &others) != nil || len(others) > 0
		case slices.Contains(privateNames, name):
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
	// The Key keeps these strings, and must not keep the whole document in memory, which may have a private key.
	w.kid, w.alg = strings.Clone(w.kid), strings.Clone(w.alg)
	return w, err
}

// privateNames lists the members of a private or secret key, except "oth" (RFC 7518, sections 6.2.2, 6.3.2 and 6.4).
var privateNames = []string{"d", "p", "q", "dp", "dq", "qi", "k", "priv"}

// stringsIn returns the strings of an array, without elements that are null. It returns false for any other value.
func stringsIn(value string) (list []string, ok bool) {
	var elements []*string // strictjson has checked their syntax
	if json.Unmarshal([]byte(value), &elements) != nil {
		return nil, false
	}
	for _, e := range elements {
		if e != nil {
			list = append(list, *e)
		}
	}
	return list, true
}

// errOtherUse is the error of a good key that is for encryption. Keycloak and others publish one beside those for signatures.
var errOtherUse = errors.New(`keys: the JWK is not for signatures (its "use" is not "sig")`)

func (w *jwk) key() (*Key, error) {
	switch {
	case w.private || w.kty == "oct":
		return nil, ErrPrivateKey
	case w.use != "" && w.use != "sig":
		return nil, errOtherUse
	case len(w.ops) > 0 && !slices.Contains(w.ops, "verify"):
		return nil, errors.New(`keys: the JWK is not for verifying ("key_ops" has no "verify")`)
	}
	switch w.kty {
	case "RSA":
		return w.rsa()
	case "EC":
		return w.ec()
	case "OKP":
		x, ok := decodeField(w.x)
		if !ok || w.crv != "Ed25519" || len(x) != ed25519.PublicKeySize {
			return nil, errors.New(`keys: an OKP key must be on Ed25519, with an "x" of 32 bytes (RFC 8037, section 2)`)
		}
		return w.public(ed25519.PublicKey(x))
	}
	return nil, errors.New(`keys: the "kty" of the JWK must be RSA, EC or OKP`)
}

// checkCertificate compares the key with that of the first certificate in "x5c", if there is one: they must match (RFC 7517,
// section 4.7). The certificate says nothing else about the key.
func (w *jwk) checkCertificate(key crypto.PublicKey) error {
	if len(w.chain) == 0 {
		return nil
	}
	der, err := base64.StdEncoding.DecodeString(w.chain[0])
	if err != nil {
		return errors.New(`keys: the first element of "x5c" must be a certificate in base64 (RFC 7517, section 4.7)`)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return errors.New(`keys: the first element of "x5c" is not a certificate`)
	}
	own, ok := key.(interface{ Equal(x crypto.PublicKey) bool })
	if !ok || !own.Equal(certificate.PublicKey) {
		return errors.New(`keys: "x5c" has the certificate of another key (RFC 7517, section 4.7)`)
	}
	return nil
}

// public calls [Public]. It checks "alg" itself, since the error of Public quotes the algorithm, and no error may quote the file.
func (w *jwk) public(key crypto.PublicKey) (*Key, error) {
	if w.alg == "" {
		return Public(w.kid, key)
	}
	fitting, err := fittingAlgorithms(key)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(fitting, w.alg) {
		return nil, fmt.Errorf(`keys: the JWK cannot be used for its "alg": it fits %v`, fitting)
	}
	return Public(w.kid, key, w.alg)
}

func (w *jwk) rsa() (*Key, error) {
	n, ok := decodeField(w.n)
	e, ok2 := decodeField(w.e)
	if !ok || !ok2 || len(n) == 0 || len(e) == 0 || len(e) > 4 {
		return nil, errors.New(`keys: the RSA key must have "n" and "e" in base64url, "e" of at most 4 bytes ` +
			`(RFC 7518, section 6.3.1)`)
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	return w.public(public)
}

func (w *jwk) ec() (*Key, error) {
	curve, ok := map[string]elliptic.Curve{
		"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521(),
	}[w.crv]
	if !ok {
		return nil, errors.New("keys: the EC key must be on P-256, P-384 or P-521 (RFC 7518, section 6.2.1.1)")
	}
	x, okX := decodeField(w.x)
	y, okY := decodeField(w.y)
	size := (curve.Params().BitSize + 7) / 8
	if !okX || !okY || len(x) != size || len(y) != size {
		return nil, fmt.Errorf(`keys: "x" and "y" of the EC key must have %d bytes each (RFC 7518, section 6.2.1.2)`, size)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, errors.New("keys: the EC key is not a point on its curve")
	}
	return w.public(public)
}

var field = base64.RawURLEncoding.Strict()

// decodeField decodes base64url (RFC 7515, section 2). It refuses line breaks, which encoding/base64 ignores.
func decodeField(s string) ([]byte, bool) {
	b, err := field.DecodeString(s)
	return b, err == nil && !strings.ContainsAny(s, "\r\n")
}
