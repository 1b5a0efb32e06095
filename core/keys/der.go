package keys

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"strings"
)

// public is a parsed public key, with the algorithms that its encoding restricts it to (nil: all that fit) and its validity.
type public struct {
	material   any
	algorithms []string
	valid      period
}

func (p *public) key(id string) (*Key, error) {
	k, err := Public(id, p.material, p.algorithms...)
	if err != nil {
		return nil, err
	}
	k.valid = p.valid
	return k, nil
}

// element is an ASN.1 SEQUENCE split into its parts. Its shape has a letter for each part, which is enough to tell the known
// kinds of DER apart.
type element struct {
	shape string
	parts []asn1.RawValue
}

func sequence(der []byte) (e element, ok bool) {
	var outer asn1.RawValue
	rest, err := asn1.Unmarshal(der, &outer)
	if err != nil || len(rest) > 0 || outer.Class != asn1.ClassUniversal || outer.Tag != asn1.TagSequence {
		return e, false
	}
	var shape strings.Builder
	for rest := outer.Bytes; len(rest) > 0; {
		var part asn1.RawValue
		if rest, err = asn1.Unmarshal(rest, &part); err != nil || len(e.parts) == 16 {
			return e, false
		}
		e.parts = append(e.parts, part)
		shape.WriteByte(shapeLetter(part))
	}
	e.shape = shape.String()
	return e, true
}

// shapeLetter returns the letter of a part: the initial of its type, the digit of a context-specific tag, or a dot for any other.
func shapeLetter(v asn1.RawValue) byte {
	if v.Class == asn1.ClassContextSpecific && v.Tag <= 9 {
		return '0' + byte(v.Tag)
	}
	if v.Class != asn1.ClassUniversal {
		return '.'
	}
	switch v.Tag {
	case asn1.TagInteger:
		return 'I'
	case asn1.TagBitString:
		return 'B'
	case asn1.TagOctetString:
		return 'O'
	case asn1.TagOID:
		return 'D'
	case asn1.TagSequence:
		return 'S'
	}
	return '.'
}

// parseDER parses the content of a PEM block. The content decides what it is, whatever the label says. form is the encoding
// that the commands in errors name.
func parseDER(der []byte, form form) (*public, error) {
	e, ok := sequence(der)
	if !ok {
		return nil, unreadable{errors.New("keys: the content cannot be parsed: it is cut off or not a key")}
	}
	inner := element{}
	if len(e.parts) > 0 {
		inner, _ = sequence(e.parts[0].FullBytes)
	}
	switch {
	case isPrivate(e):
		return nil, privateKey("DER", form, fromPrivate)
	case e.shape == "SB":
		return publicKeyInfo(der)
	case e.shape == "II":
		return pkcs1(der)
	case e.shape == "SSB" && certificateShape(inner):
		return certificate(der)
	case e.shape == "SSB" && (inner.shape == "ISS0" || inner.shape == "ISS"):
		return nil, form.advice("a certificate request (CSR)", fromRequest)
	case e.shape == "SSB":
		return nil, form.advice("a certificate revocation list (CRL)", "")
	case e.shape == "IS" || e.shape == "ISS":
		return nil, form.advice(mayBePrivate, fromPKCS12)
	case e.shape == "D0":
		return nil, form.advice("PKCS#7", fromPKCS7)
	}
	return nil, unreadable{errors.New("keys: the content is not a public key")}
}

// isPrivate reports whether an element has the shape of a private key in PKCS#8 (RFC 5958), encrypted or not, SEC 1 (RFC 5915),
// PKCS#1 (RFC 8017, appendix A.1.2) or the format of OpenSSL for DSA.
func isPrivate(e element) bool {
	for _, shape := range []string{"ISO", "SO", "IO", "IIIIII"} {
		if strings.HasPrefix(e.shape, shape) {
			return true
		}
	}
	return false
}

func pkcs1(der []byte) (*public, error) {
	material, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		return nil, errors.New("keys: the RSA key cannot be used: its modulus or exponent is out of range")
	}
	return &public{material: material}, nil
}

// The algorithm identifiers of a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7).
var (
	oidRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidPSS = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
	oidEC  = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
)

// spki is a SubjectPublicKeyInfo.
type spki struct {
	Algorithm struct {
		Algorithm  asn1.ObjectIdentifier
		Parameters asn1.RawValue `asn1:"optional"`
	}
	PublicKey asn1.BitString
}

func publicKeyInfo(der []byte) (*public, error) {
	var info spki
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		return nil, unreadable{errors.New("keys: the public key cannot be parsed")}
	}
	switch {
	case info.Algorithm.Algorithm.Equal(oidPSS):
		return pss(&info)
	case info.Algorithm.Algorithm.Equal(oidRSA) && len(info.Algorithm.Parameters.FullBytes) == 0:
		return pkcs1(info.PublicKey.Bytes) // RFC 3279, section 2.3.1 requires NULL here, and some encoders omit it
	case unusedKinds[info.Algorithm.Algorithm.String()] != "":
		return nil, info.unsupported()
	}
	material, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, info.unsupported()
	}
	return &public{material: material}, nil
}

// unsupported returns the error for a key that crypto/x509 does not parse. It names the kind of the key.
func (info *spki) unsupported() error {
	fail := func(text string) error { return errors.New("keys: " + text) }
	if info.Algorithm.Algorithm.Equal(oidEC) {
		point, curve := info.PublicKey.Bytes, info.Algorithm.Parameters
		switch {
		case curve.Tag == asn1.TagSequence:
			return fail("the EC key has explicit curve parameters: " +
				"name the curve with openssl ec -pubin -in FILE -param_enc named_curve -conv_form uncompressed -out name.pub")
		case bytes.Equal(curve.FullBytes, oidSecp256k1):
			return fail("the EC key is on secp256k1: it must be on P-256, P-384 or P-521 (RFC 7518, section 3.4)")
		case !knownCurve(curve.FullBytes):
			return fail("the EC key is not on P-256, P-384 or P-521 (RFC 7518, section 3.4)")
		case len(point) > 0 && (point[0] == 2 || point[0] == 3 || point[0] == 6 || point[0] == 7):
			return fail("the EC key is a compressed or hybrid point: " +
				"convert it with openssl ec -pubin -in FILE -conv_form uncompressed -out name.pub")
		}
		return fail("the EC key is not a point on its curve")
	}
	if kind := unusedKinds[info.Algorithm.Algorithm.String()]; kind != "" {
		return fail("a key of the kind " + kind + " does not verify tokens here: use RSA, ECDSA or Ed25519")
	}
	return fail("a key of this kind does not verify tokens here: use RSA, ECDSA or Ed25519")
}

var oidSecp256k1 = []byte{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a}

func knownCurve(oid []byte) bool {
	return bytes.Equal(oid, []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}) || // P-256
		bytes.Equal(oid, []byte{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22}) || // P-384
		bytes.Equal(oid, []byte{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23}) // P-521
}

var unusedKinds = map[string]string{
	"1.2.840.10040.4.1": "DSA", "1.2.840.113549.1.1.7": "RSAES-OAEP", "1.2.840.113549.1.3.1": "Diffie-Hellman",
	"1.3.101.110": "X25519", "1.3.101.111": "X448", "1.3.101.113": "Ed448",
	"2.16.840.1.101.3.4.3.17": "ML-DSA-44", "2.16.840.1.101.3.4.3.18": "ML-DSA-65", "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
