package keys

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// unreadable is the error for input that has no key because it was not written or read completely. Every other error is about
// input that was read, and that has no usable key.
type unreadable struct{ error }

func (u unreadable) Unwrap() error { return u.error }

func isUnreadable(err error) bool {
	var u unreadable
	return errors.As(err, &u)
}

var tooLarge = unreadable{errors.New("keys: the input has more than 65536 bytes")}

// form is the encoding of an input. In a command it replaces %s.
type form string

const (
	asText form = ""
	asDER  form = " -inform DER"
)

func (f form) fill(command string) string { return strings.ReplaceAll(command, "%s", string(f)) }

// advice returns the error for an input that is not a key. The error says what the input is and, unless remedy is empty, how to
// get a key from it.
func (f form) advice(what, remedy string) error {
	if remedy != "" {
		remedy = ": " + f.fill(remedy)
	}
	return errors.New("keys: this is " + what + ", not a public key in PEM or JSON" + remedy)
}

// keyLabels lists the labels of the PEM blocks that are parsed. The content of such a block decides what it is.
var keyLabels = []string{"PUBLIC KEY", "RSA PUBLIC KEY", "EC PUBLIC KEY", "ECDSA PUBLIC KEY", "ED25519 PUBLIC KEY",
	"CERTIFICATE", "X509 CERTIFICATE", "X.509 CERTIFICATE"}

func isKeyLabel(label string) bool { return slices.Contains(keyLabels, label) }

const (
	fromRequest = "openssl req%s -in FILE -noout -pubkey -out name.pub"
	fromPKCS7   = "openssl pkcs7%s -in FILE -print_certs -out name.crt"
	fromCMS     = "openssl cms -cmsout -in FILE -inform PEM -outform DER | openssl pkcs7 -inform DER -print_certs -out name.crt"
	fromPKCS12  = "openssl pkcs12 -in FILE -nokeys -clcerts -out name.crt; " +
		"grep -q BEGIN name.crt || openssl pkcs12 -in FILE -nokeys -out name.crt"
	fromOpenPGP = "gpg --export-ssh-key ID > key.ssh && ssh-keygen -e -m PKCS8 -f key.ssh > name.pub"
	fromSSH     = "grep -oE '(ssh-rsa|ecdsa-sha2-nistp[0-9]+) AAAA[A-Za-z0-9+/=]+' FILE | head -n 1 > key.ssh; " +
		"ssh-keygen -e -m PKCS8 -f key.ssh > name.pub"
	fromSSH2     = "ssh-keygen -i -f FILE > key.ssh; ssh-keygen -e -m PKCS8 -f key.ssh > name.pub"
	fromSSH2Ed   = "ssh-keygen -i -f FILE > key.ssh; " + fromSSHEdOf + "key.ssh" + sshEd25519
	fromSSHEd    = fromSSHEdOf + "FILE" + sshEd25519
	fromBase64   = "grep -oE 'LS0tLS1[A-Za-z0-9+/=]+' FILE | head -n 1 | openssl base64 -d -A -out name.pub"
	mayBePrivate = "PKCS#12, which may have private keys"
)

// OpenSSH does not write Ed25519 keys as PKCS#8. The key is the last 32 bytes, after a constant prefix. Keys of FIDO tokens and
// SSH certificates have the 32 bytes elsewhere, and start with a different prefix.
const (
	fromSSHEdOf = "grep -o 'AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]*' "
	sshEd25519  = ` | head -n 1 | openssl base64 -d -A | (printf '0*0\005\006\003+ep\003!\000'; tail -c 32)` +
		" | openssl pkey -pubin -inform DER -out name.pub"
)

// otherLabels lists labels of PEM blocks that have no key, with what such a block is and how to get a key from it.
var otherLabels = map[string]struct{ what, remedy string }{
	"CERTIFICATE REQUEST":     {"a certificate request (CSR)", fromRequest},
	"NEW CERTIFICATE REQUEST": {"a certificate request (CSR)", fromRequest},
	"TRUSTED CERTIFICATE":     {"a certificate with trust settings of OpenSSL", "openssl x509 -in FILE -out name.crt"},
	"PKCS7":                   {"PKCS#7", fromPKCS7},
	"PKCS #7 SIGNED DATA":     {"PKCS#7", fromPKCS7},
	"CMS":                     {"PKCS#7", fromCMS},
	"PKCS12":                  {mayBePrivate, fromPKCS12},
	"X509 CRL":                {"a certificate revocation list (CRL)", ""},
	"DSA PUBLIC KEY":          {"a DSA key, which cannot verify tokens", ""},
	"SSH2 PUBLIC KEY":         {"an SSH public key", fromSSH2},
	"PGP PUBLIC KEY BLOCK":    {"an OpenPGP key", fromOpenPGP},
	"PGP MESSAGE":             {"an OpenPGP message", "gpg --decrypt FILE > name.pub"},
	"PGP SIGNED MESSAGE":      {"an OpenPGP message", "gpg --decrypt FILE > name.pub"},
	"PGP SIGNATURE":           {"an OpenPGP signature", ""},
	"SSH SIGNATURE":           {"an SSH signature", ""},
}

func adviceForLabel(label string) error {
	if other, ok := otherLabels[label]; ok {
		return asText.advice(other.what, other.remedy)
	}
	if isKeyLabel(label) || strings.HasSuffix(label, "PARAMETERS") {
		return nil
	}
	return errors.New("keys: a PEM block of this kind has no public key: give a PUBLIC KEY or a CERTIFICATE block")
}

// otherTexts lists what else a text without a PEM block may be. The first pattern that matches decides.
var otherTexts = []struct {
	pattern      *regexp.Regexp
	what, remedy string
	fault        bool // the text is there by a fault, and not on purpose
}{
	{re(`(^|\s)sk-(ssh|ecdsa)-\S+ +AAAA|AAAA[GI]nNrL`), "an SSH key of a FIDO token, which cannot sign tokens", "", false},
	{re(`(^|\s)(ssh|ecdsa)-\S+-cert-v01@openssh\.com +AAAA`), "an SSH certificate", "give the key that it certifies", false},
	{re(`(^|\s)ssh-dss +AAAA|AAAAB3NzaC1kc3M`), "a DSA key, which cannot verify tokens", "", false},
	{re(`(^|\s)ssh-ed25519 +AAAA`), "an SSH public key", fromSSHEd, false},
	{re(`(^|\s)(ssh-rsa|ecdsa-sha2-\S+) +AAAA`), "an SSH public key", fromSSH, false},
	{re(`BEGIN SSH2 PUBLIC KEY[\s\S]*AAAAC3NzaC1lZDI1NTE5`), "an SSH public key", fromSSH2Ed, false},
	{re(`BEGIN SSH2 PUBLIC KEY`), "an SSH public key", fromSSH2, false},
	{re(`(?i)<!doctype html|<html|<head|<body`), "an HTML page, perhaps an error page", "get the key again", true},
	{re(`^<[!a-zA-Z]{0,8}$`), "a page that is cut off", "", true},
	{re(`X509Certificate>`), "XML", "put only the text of its X509Certificate element in the file", false},
	{re(`<RSAKeyValue`), "an RSA key in XML (RSAKeyValue)",
		"make a JWK of it, with its Modulus as n and its Exponent as e, both in base64url", false},
	{re(`^<`), "XML", "", false},
	{re(`(?m)^kind: *["']?Secret\b`), "a Kubernetes Secret", "mount it, or " + fromBase64, false},
	{re(`(?m)^[^\n]*[:=] *["']?LS0tLS1`), "a PEM file in base64", fromBase64, false},
	{re(`(?m)^(export +)?[A-Za-z_]\w*=[^=\s]`), "an assignment to a variable", "put only its value in the file", false},
	{re(`^[\[{]`), "JSON", "read it with ParseJWKS", false},
	{re(`^(?i:bearer\s+)?eyJ[\w-]*(\.[\w-]*){2,4}$`), "a token (JWT)", "get the public key of its issuer", false},
	{re(`Public-Key:|^Modulus[=:]|^Certificate( Request)?:|^(Bag|Key) Attributes|^(subject|issuer)=` +
		`|^(Keystore type|Alias name):`), "a description of a key by openssl or keytool",
		"print the key itself, with -pubkey or -rfc and without -text, -modulus and -noout", true}, // the key may come yet
	{re(`^https?://\S+$`), "a URL", "download the key from it", false},
	{re(`^\$ANSIBLE_VAULT|ENC\[AES256_GCM|^age-encryption\.org`), "an encrypted file", "decrypt it", false},
	{re(`^version https://git-lfs`), "a Git LFS pointer", "git lfs pull", true},
	{re(`^-----BEGIN|-----END |` + beginCutOff), "a PEM block that is cut off", "", true},
}

// beginCutOff matches the end of a text that breaks off within the first line of a PEM block.
const beginCutOff = `(^|[^-])-{1,5}(B(E(G(I(N)?)?)?)?)?$`

func re(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

func adviceForText(text string) error {
	for _, other := range otherTexts {
		if other.pattern.MatchString(text) {
			err := asText.advice(other.what, other.remedy)
			if other.fault {
				return unreadable{err}
			}
			return err
		}
	}
	return nil
}
