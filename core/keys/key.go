package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/bits"
	"slices"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/keyid"
)

// Key is a verification key with the algorithms that it may be used for. It is immutable. The kind of the key and its curve are
// checked when it is made, so a public RSA key cannot be used as an HMAC secret (RFC 8725, section 3.1).
//
// A key that was read from a certificate keeps the certificate's validity. [Set] and [Directory] find it only while the
// certificate is valid. A Store of your own can hold its keys in a [Static] set to get the same.
//
// The zero Key has no algorithms and verifies nothing.
type Key struct {
	id         string
	algorithms []string
	hidden     func() *hidden // a function, since package fmt prints fields, pointers and interfaces
	self       [1]*Key        // the Key itself: the result of a search by its id, in the same cache line

	stated bool   // the algorithms were named, rather than being all that fit
	valid  period // of the certificate
	yields bool   // kept for a file that cannot be read: gives way to another key with its id that was read
}

// hidden holds what is never printed of a Key. The fingerprint of a secret would let an attacker test guesses.
type hidden struct {
	material    any
	fingerprint fingerprint
	whole       keyid.Fingerprint // of the material, the id and the algorithms; not used for a secret
}

// fingerprint is a hash of the key material. Keys with the same material have the same fingerprint.
type fingerprint [sha256.Size]byte

// period is the validity of a certificate, from its first instant to its last, inclusive (RFC 5280, section 4.1.2.5). The zero
// period is unlimited. The flag is needed since a certificate may have any time, including the zero time.
type period struct {
	limited     bool
	first, last time.Time
}

// check returns an error if now is outside the period.
func (p period) check(now time.Time) error {
	switch {
	case !p.limited:
		return nil
	case p.last.Before(p.first):
		return errors.New("keys: the certificate is never valid: its notAfter is before its notBefore")
	case now.Before(p.first):
		return fmt.Errorf("keys: the certificate is not valid before %s", p.first.Format(time.RFC3339))
	case now.After(p.last):
		return fmt.Errorf("keys: the certificate expired at %s: put the renewed one in its place", p.last.Format(time.RFC3339))
	}
	return nil
}

func newKey(id string, algorithms []string, stated bool, material any) *Key {
	k := &Key{id: id, algorithms: algorithms, stated: stated}
	k.hide(hidden{material: material, fingerprint: fingerprintOf(material)})
	k.self[0] = k
	return k
}

// hide sets what is hidden. The id and the algorithms must be set.
func (k *Key) hide(h hidden) {
	h.whole = wholeFingerprint(h.fingerprint, k.id, k.algorithms)
	k.hidden = func() *hidden { return &h }
}

func fingerprintOf(material any) fingerprint {
	bytes, ok := material.([]byte)
	kind := "secret "
	if !ok {
		kind = "public "
		bytes, _ = x509.MarshalPKIXPublicKey(material) // Public accepts only kinds that can be marshalled
	}
	return sha256.Sum256(append([]byte(kind), bytes...))
}

// withAlgorithms returns a copy of the key for other algorithms.
func (k *Key) withAlgorithms(algorithms []string, stated bool) *Key {
	other := *k
	other.algorithms, other.stated, other.self = algorithms, stated, [1]*Key{&other}
	other.hide(*k.hidden())
	return &other
}

// withID returns a copy of the key with another id.
func (k *Key) withID(id string) *Key {
	other := *k
	other.id, other.self = id, [1]*Key{&other}
	other.hide(*k.hidden())
	return &other
}

// wholeFingerprint returns the fingerprint for package keyid. The order of the algorithms does not matter.
func wholeFingerprint(material fingerprint, id string, algorithms []string) keyid.Fingerprint {
	text := slices.Clone(material[:])
	for _, part := range append([]string{id}, slices.Sorted(slices.Values(algorithms))...) {
		text = binary.BigEndian.AppendUint64(text, uint64(len(part))) // so that no two lists of parts give the same text
		text = append(text, part...)
	}
	return sha256.Sum256(text)
}

func init() {
	keyid.Of = func(key any) (f keyid.Fingerprint, ok bool) {
		k, ok := key.(*Key)
		if !ok || k == nil || k.hidden == nil { // the zero Key
			return f, false
		}
		h := k.hidden()
		_, secret := h.material.([]byte)
		return h.whole, !secret
	}
}

// ID returns the id that tokens name in `kid`. It is empty for a key without an id, which only verifies tokens without a `kid`.
func (k *Key) ID() string { return k.id }

// Verifies reports whether the key may verify this algorithm (RFC 7518, section 3.1; RFC 9864, section 2.2).
func (k *Key) Verifies(algorithm string) bool { return slices.Contains(k.algorithms, algorithm) }

// Material returns the *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey or, for a secret, the []byte. It is shared: do not
// change it.
func (k *Key) Material() any {
	if k.hidden == nil { // the zero Key
		return nil
	}
	return k.hidden().material
}

// String returns the kind of the key, without its id or content.
func (k Key) String() string { return fmt.Sprintf("keys.Key(%T)", k.Material()) }

// Format implements [fmt.Formatter]. It writes String for every verb. No verb prints key material, neither for a Key nor for a
// *Key, nor for a value that holds one in an unexported field, where package fmt does not call Format.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// RSA keys outside these sizes are refused: smaller ones can be factored (RFC 7518, section 3.3), larger ones would let
// an attacker cause expensive verifications for free.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// Public makes a Key of an RSA, P-256, P-384, P-521 or Ed25519 public key: an *rsa.PublicKey, *ecdsa.PublicKey or
// ed25519.PublicKey. Without algorithms the Key verifies all that fit: RS and PS for RSA, the algorithm of the curve for ECDSA,
// EdDSA and Ed25519 for Ed25519. With algorithms it verifies only those, and each must fit. EdDSA and Ed25519 are two names of
// the same algorithm here (RFC 9864, section 2.2): either name stands for both. The public key is copied.
func Public(id string, public crypto.PublicKey, algorithms ...string) (*Key, error) {
	fitting, err := fittingAlgorithms(public)
	if err != nil {
		return nil, err
	}
	var named []string
	for _, a := range algorithms {
		if !slices.Contains(fitting, a) {
			return nil, fmt.Errorf("keys: this key cannot be used for %q: it fits %v", a, fitting)
		}
		if !slices.Contains(named, a) {
			named = append(named, a)
		}
	}
	if _, ok := public.(ed25519.PublicKey); !ok && len(named) > 0 {
		fitting = named
	}
	return newKey(id, fitting, len(named) > 0, clone(public)), nil
}

// clone returns a copy of a public key that was checked. The program may change its own.
func clone(public crypto.PublicKey) crypto.PublicKey {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return &rsa.PublicKey{N: new(big.Int).Set(k.N), E: k.E}
	case *ecdsa.PublicKey:
		if point, err := k.Bytes(); err == nil {
			if other, err := ecdsa.ParseUncompressedPublicKey(k.Curve, point); err == nil {
				return other
			}
		}
	case ed25519.PublicKey:
		return slices.Clone(k)
	}
	return public
}

// The algorithms of each kind of key. All keys of a kind share its slice.
var (
	rsaAlgorithms  = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	p256Algorithms = []string{"ES256"}
	p384Algorithms = []string{"ES384"}
	p521Algorithms = []string{"ES512"}
	edAlgorithms   = []string{"EdDSA", "Ed25519"}
)

func fittingAlgorithms(public crypto.PublicKey) ([]string, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k == nil || k.N == nil {
			return nil, errors.New("keys: the RSA key is nil")
		}
		if n := k.N.BitLen(); n < minRSABits || n > maxRSABits {
			return nil, fmt.Errorf("keys: the RSA key has %d bits: it must have %d to %d", n, minRSABits, maxRSABits)
		}
		if k.E < 3 || k.E%2 == 0 || bits.Len(uint(k.E)) > 32 || k.N.Bit(0) == 0 {
			return nil, errors.New("keys: the RSA key is not sound: " +
				"its modulus and exponent must be odd, and the exponent between 3 and 2^32")
		}
		return rsaAlgorithms, nil
	case *ecdsa.PublicKey:
		return curveAlgorithm(k)
	case ed25519.PublicKey:
		if err := checkEd25519(k); err != nil {
			return nil, err
		}
		return edAlgorithms, nil
	default:
		return nil, fmt.Errorf("keys: a %T does not verify tokens: "+
			"use *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey", public)
	}
}

func curveAlgorithm(k *ecdsa.PublicKey) ([]string, error) {
	if k == nil || k.Curve == nil {
		return nil, errors.New("keys: the ECDSA key is nil")
	}
	switch k.Curve {
	case elliptic.P256(), elliptic.P384(), elliptic.P521():
	case elliptic.P224():
		return nil, errors.New("keys: the ECDSA key is on P-224: it must be on P-256, P-384 or P-521 (RFC 7518, section 3.4)")
	default:
		return nil, errors.New("keys: the ECDSA key must be on P-256, P-384 or P-521 (RFC 7518, section 3.4)")
	}
	if _, err := k.ECDH(); err != nil { // ECDH fails for a point that is not on the curve
		return nil, fmt.Errorf("keys: the ECDSA key is not sound: %w", err)
	}
	switch k.Curve {
	case elliptic.P256():
		return p256Algorithms, nil
	case elliptic.P384():
		return p384Algorithms, nil
	}
	return p521Algorithms, nil
}

// Secret makes a Key of an HMAC secret for one algorithm. The secret must be at least as long as the hash (RFC 7518,
// section 3.2): 32 bytes for HS256, 48 for HS384, 64 for HS512. It is copied. Everyone who holds the secret can sign tokens, so
// prefer public keys.
func Secret(id, algorithm string, secret []byte) (*Key, error) {
	need, ok := map[string]int{"HS256": 32, "HS384": 48, "HS512": 64}[algorithm]
	if !ok {
		return nil, fmt.Errorf("keys: a secret is for HS256, HS384 or HS512, not for %q", algorithm)
	}
	if len(secret) < need {
		return nil, fmt.Errorf("keys: a secret for %s must have %d bytes or more, this one has %d", algorithm, need, len(secret))
	}
	return newKey(id, []string{algorithm}, true, slices.Clone(secret)), nil
}
