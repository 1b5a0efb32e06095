package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
)

// Key is one verification key with the algorithms it may be used for. It is immutable. A key has one kind and one
// curve, checked when it is made: that is what keeps a public RSA key from being used as an HMAC secret (RFC 8725,
// section 3.1).
type Key struct {
	id         string
	algorithms []string
	material   any
	alone      [1]*Key // the key itself: what a search by its id finds, in the same line of the processor's cache
}

func newKey(id string, algorithms []string, material any) *Key {
	k := &Key{id: id, algorithms: algorithms, material: material}
	k.alone[0] = k
	return k
}

// ID is what tokens name in `kid`; empty where the key has no id and serves tokens without one only.
func (k *Key) ID() string { return k.id }

// Verifies tells whether the key may verify this algorithm (RFC 7518, section 3.1).
func (k *Key) Verifies(algorithm string) bool { return slices.Contains(k.algorithms, algorithm) }

// Material is the *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey or, for a secret, []byte. Do not change it.
func (k *Key) Material() any { return k.material }

// equal tells whether two keys are the same key for the same algorithms, such as a public key and its certificate.
func (k *Key) equal(other *Key) bool {
	public, ok := k.material.(interface{ Equal(x crypto.PublicKey) bool })
	return ok && public.Equal(other.material) && slices.Equal(k.algorithms, other.algorithms)
}

// String names the kind of the key, without its id or content.
func (k Key) String() string { return fmt.Sprintf("keys.Key(%T)", k.material) }

// Format is String for every verb of package fmt: none shows a secret, of a copy neither.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// RSA keys outside these sizes are refused: smaller ones can be factored (RFC 7518, section 3.3), larger ones cost an
// attacker nothing to send work for.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// Public makes a Key of an RSA, P-256, P-384, P-521 or Ed25519 public key. Without algorithms it verifies all that
// fit: RS and PS for RSA, the one of its curve for ECDSA, EdDSA for Ed25519. With algorithms it verifies those only,
// and each must fit.
func Public(id string, public crypto.PublicKey, algorithms ...string) (*Key, error) {
	fitting, err := fittingAlgorithms(public)
	if err != nil {
		return nil, err
	}
	for _, a := range algorithms {
		if !slices.Contains(fitting, a) {
			return nil, fmt.Errorf("keys: this key cannot be used for %q: it fits %v", a, fitting)
		}
	}
	if len(algorithms) > 0 {
		fitting = slices.Clone(algorithms)
	}
	return newKey(id, fitting, public), nil
}

// The algorithms of each kind of key, shared by all keys of it.
var (
	rsaAlgorithms  = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	p256Algorithms = []string{"ES256"}
	p384Algorithms = []string{"ES384"}
	p521Algorithms = []string{"ES512"}
	edAlgorithms   = []string{"EdDSA"}
)

func fittingAlgorithms(public crypto.PublicKey) ([]string, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k == nil || k.N == nil {
			return nil, errors.New("keys: the RSA key is nil")
		}
		if n := k.N.BitLen(); n < minRSABits || n > maxRSABits {
			return nil, fmt.Errorf("keys: an RSA key of %d bits: it must have %d to %d", n, minRSABits, maxRSABits)
		}
		if k.E < 3 || k.E%2 == 0 || bits.Len(uint(k.E)) > 32 || k.N.Bit(0) == 0 {
			return nil, errors.New("keys: the RSA exponent or modulus is not one that a sound key has")
		}
		return rsaAlgorithms, nil
	case *ecdsa.PublicKey:
		return curveAlgorithm(k)
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return nil, errors.New("keys: an Ed25519 key has 32 bytes")
		}
		return edAlgorithms, nil
	default:
		return nil, fmt.Errorf("keys: %T is no key that tokens are verified with: use RSA, ECDSA or Ed25519", public)
	}
}

func curveAlgorithm(k *ecdsa.PublicKey) ([]string, error) {
	if k == nil || k.Curve == nil {
		return nil, errors.New("keys: the ECDSA key is nil")
	}
	if _, err := k.ECDH(); err != nil { // it refuses points that are not on the curve
		return nil, fmt.Errorf("keys: not a sound ECDSA key: %w", err)
	}
	switch k.Curve {
	case elliptic.P256():
		return p256Algorithms, nil
	case elliptic.P384():
		return p384Algorithms, nil
	case elliptic.P521():
		return p521Algorithms, nil
	}
	return nil, errors.New("keys: an ECDSA key must be on P-256, P-384 or P-521 (RFC 7518, section 3.4)")
}

// Secret makes a Key of an HMAC secret for one algorithm. The secret must be as long as the hash, at least (RFC 7518,
// section 3.2): 32 bytes for HS256, 48 for HS384, 64 for HS512. Every holder of it can sign, so prefer public keys.
func Secret(id, algorithm string, secret []byte) (*Key, error) {
	need, ok := map[string]int{"HS256": 32, "HS384": 48, "HS512": 64}[algorithm]
	if !ok {
		return nil, fmt.Errorf("keys: a secret is for HS256, HS384 or HS512, not for %q", algorithm)
	}
	if len(secret) < need {
		return nil, fmt.Errorf("keys: a secret for %s has %d bytes or more, this one %d", algorithm, need, len(secret))
	}
	return newKey(id, []string{algorithm}, slices.Clone(secret)), nil
}
