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

// certificate returns the key of a certificate that may sign tokens. It does not check whether the certificate is valid now,
// since that changes: the set that holds the key checks it. Nor does it check the certificate's signature: keys come from a
// trusted place.
func certificate(der []byte) (*public, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		if _, err := certificateKey(der); err != nil && !isUnreadable(err) {
			return nil, err // the certificate is well formed, but its key is not usable
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

// checkUsage refuses a certificate whose keyUsage is for an authority or for encryption, and not for signatures (RFC 5280,
// section 4.2.1.3). A certificate without that extension is accepted, even if it claims to be an authority: `openssl req -x509`
// makes such certificates, and issuers sign tokens with them. Extended key usages are not checked: none for tokens is in use,
// and issuers use certificates that are for TLS.
func checkUsage(cert *x509.Certificate) error {
	present := slices.ContainsFunc(cert.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidKeyUsage) })
	switch {
	case !present:
		return nil
	case cert.KeyUsage&x509.KeyUsageCertSign != 0:
		return errors.New("keys: the certificate is an authority's, its keyUsage has keyCertSign " +
			"(RFC 5280, section 4.2.1.3): of a chain give the first certificate; " +
			"if it is the own certificate of the issuer of the tokens, give only its key, " +
			"with the issuer's JWK Set, or with openssl x509 -in FILE -pubkey -noout -out name.pub")
	case cert.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return errors.New("keys: the certificate is not for signatures, its keyUsage has no digitalSignature " +
			"(RFC 5280, section 4.2.1.3)")
	}
	return nil
}

// certificateShape reports whether an element has the shape of a TBSCertificate. The version is optional, and so is everything
// after the key.
func certificateShape(tbs element) bool {
	return strings.HasPrefix(strings.TrimPrefix(tbs.shape, "0"), "ISSSSS")
}

// certificateNames returns the issuer, the subject and the SubjectPublicKeyInfo of a certificate, in DER. It returns false if der
// is not a certificate.
func certificateNames(der []byte) (issuer, subject, key []byte, ok bool) {
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
	_, _, key, ok := certificateNames(der)
	if !ok {
		return nil, unreadable{errors.New("keys: the certificate cannot be parsed")}
	}
	return publicKeyInfo(key)
}

// withoutIssuers returns the certificates of a chain that have the key of the first one: that one and its renewals. It returns
// false if the chain has a certificate with a different key that issued none of the others. Issuers are not parsed further.
func withoutIssuers(chain [][]byte) (own [][]byte, ok bool) {
	issuers := issuersOf(chain)
	for i, der := range chain {
		_, subject, key, _ := certificateNames(der)
		_, _, first, _ := certificateNames(chain[0])
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

// issuersOf returns the names of the issuers of all certificates that are not self-signed.
func issuersOf(chain [][]byte) (issuers [][]byte) {
	for _, der := range chain {
		issuer, subject, _, _ := certificateNames(der)
		if !bytes.Equal(issuer, subject) { // not self-signed
			issuers = append(issuers, issuer)
		}
	}
	return issuers
}
