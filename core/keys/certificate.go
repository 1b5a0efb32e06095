package keys

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"slices"
	"strings"
)

var oidKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 15}

// certificate is the key of a certificate that may sign tokens. Whether the certificate is valid now is not looked at: that
// changes, and the set that has the key knows the time. Nor is its signature: it lies where only trusted keys do.
func certificate(der []byte) (*public, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		if _, err := certificateKey(der); err != nil && !isUnreadable(err) {
			return nil, err // the certificate is sound, but not its key
		}
		return nil, unreadable{errors.New("keys: the certificate cannot be parsed")}
	}
	if err := checkUsage(cert); err != nil {
		return nil, err
	}
	key, err := publicKeyInfo(cert.RawSubjectPublicKeyInfo)
	if err != nil {
		return nil, err
	}
	key.valid = period{limited: true, first: cert.NotBefore, last: cert.NotAfter}
	return key, nil
}

// checkUsage refuses a certificate whose keyUsage is not that of a key for tokens (RFC 5280, section 4.2.1.3): an authority's,
// or one for encryption. A certificate that has no such extension says nothing of what it is for, even where it calls itself
// an authority: `openssl req -x509` makes those, and issuers sign tokens with them. Extended key usages are not looked at: none
// for tokens is in use, and issuers have those for TLS.
func checkUsage(cert *x509.Certificate) error {
	present := slices.ContainsFunc(cert.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidKeyUsage) })
	switch {
	case !present:
		return nil
	case cert.KeyUsage&x509.KeyUsageCertSign != 0:
		return errors.New("keys: the certificate may sign certificates, its keyUsage has keyCertSign " +
			"(RFC 5280, section 4.2.1.3): of a chain give the first one; " +
			"where the issuer of the tokens made it for itself, trust its key alone, " +
			"with the issuer's JWK Set, or with openssl x509 -in FILE -pubkey -noout -out name.pub")
	case cert.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return errors.New("keys: the certificate is not for signatures, its keyUsage has no digitalSignature " +
			"(RFC 5280, section 4.2.1.3)")
	}
	return nil
}

// certificateShape reports whether a TBSCertificate has this shape: the version may be absent, and so may what comes after
// the key.
func certificateShape(tbs element) bool {
	return strings.HasPrefix(strings.TrimPrefix(tbs.shape, "0"), "ISSSSS")
}

// names are the parts of a certificate that say whose it is.
func names(der []byte) (issuer, subject, key []byte, ok bool) {
	e, ok := sequence(der)
	if !ok || e.shape != "SSB" {
		return nil, nil, nil, false
	}
	tbs, ok := sequence(e.parts[0].FullBytes)
	if !ok || !certificateShape(tbs) {
		return nil, nil, nil, false
	}
	parts := tbs.parts
	if tbs.shape[0] == '0' {
		parts = parts[1:]
	}
	return parts[2].FullBytes, parts[4].FullBytes, parts[5].FullBytes, true
}

func certificateKey(der []byte) (*public, error) {
	_, _, key, ok := names(der)
	if !ok {
		return nil, unreadable{errors.New("keys: the certificate cannot be parsed")}
	}
	return publicKeyInfo(key)
}

// withoutIssuers are the certificates of a chain that have the key of the first one: it, and what it was renewed with. It is
// false where another certificate is not an issuer of one in the chain. Issuers are not read any further.
func withoutIssuers(chain [][]byte) (own [][]byte, ok bool) {
	issuers := issuersOf(chain)
	for i, der := range chain {
		_, subject, key, _ := names(der)
		_, _, first, _ := names(chain[0])
		isIssuer := slices.ContainsFunc(issuers, func(issuer []byte) bool { return bytes.Equal(issuer, subject) })
		switch {
		case i == 0, bytes.Equal(key, first) && !isIssuer:
			own = append(own, der)
		case !isIssuer:
			return own, false
		}
	}
	return own, true
}

func issuersOf(chain [][]byte) (issuers [][]byte) {
	for _, der := range chain {
		issuer, subject, _, _ := names(der)
		if !bytes.Equal(issuer, subject) { // what signs itself has no issuer
			issuers = append(issuers, issuer)
		}
	}
	return issuers
}
