package keys

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// unreadable is the error for what gave no key because something went wrong when it was written or read. Every other error
// says that it was read, and is not a key that can be used.
type unreadable struct{ error }

func (u unreadable) Unwrap() error { return u.error }

func isUnreadable(err error) bool {
	var u unreadable
	return errors.As(err, &u)
}

var tooLarge = unreadable{errors.New("keys: it has more than 65536 bytes")}

// form is how something is written: it stands for %s in commands.
type form string

const (
	asText form = ""
	asDER  form = " -inform DER"
)

func (f form) fill(command string) string { return strings.ReplaceAll(command, "%s", string(f)) }

// advice says what something is that is not a key, and what to do about it, if there is anything.
func (f form) advice(what, do string) error {
	if do != "" {
		do = ": " + f.fill(do)
	}
	return errors.New("keys: this is " + what + ", not a public key in PEM or JSON" + do)
}

// keyLabels are those of blocks that are read, whatever they have inside. The others with an entry have something else.
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

// OpenSSH does not write Ed25519 keys as PKCS#8: the key is the last 32 bytes, behind a prefix that is always the same. Keys of
// FIDO tokens and certificates have them at another place, and begin with another word.
const (
	fromSSHEdOf = "grep -o 'AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]*' "
	sshEd25519  = ` | head -n 1 | openssl base64 -d -A | (printf '0*0\005\006\003+ep\003!\000'; tail -c 32)` +
		" | openssl pkey -pubin -inform DER -out name.pub"
)

var otherLabels = map[string]struct{ what, do string }{
	"CERTIFICATE REQUEST":     {"a certificate request (CSR)", fromRequest},
	"NEW CERTIFICATE REQUEST": {"a certificate request (CSR)", fromRequest},
	"TRUSTED CERTIFICATE":     {"a certificate with additions of OpenSSL's own", "openssl x509 -in FILE -out name.crt"},
	"PKCS7":                   {"PKCS#7", fromPKCS7},
	"PKCS #7 SIGNED DATA":     {"PKCS#7", fromPKCS7},
	"CMS":                     {"PKCS#7", fromCMS},
	"PKCS12":                  {mayBePrivate, fromPKCS12},
	"X509 CRL":                {"a list of revoked certificates", ""},
	"DSA PUBLIC KEY":          {"a DSA key, which verifies no tokens", ""},
	"SSH2 PUBLIC KEY":         {"an SSH public key", fromSSH2},
	"PGP PUBLIC KEY BLOCK":    {"an OpenPGP key", fromOpenPGP},
	"PGP MESSAGE":             {"an OpenPGP message", "gpg --decrypt FILE > name.pub"},
	"PGP SIGNED MESSAGE":      {"an OpenPGP message", "gpg --decrypt FILE > name.pub"},
	"PGP SIGNATURE":           {"an OpenPGP signature", ""},
	"SSH SIGNATURE":           {"an SSH signature", ""},
}

func adviceForLabel(label string) error {
	if other, ok := otherLabels[label]; ok {
		return asText.advice(other.what, other.do)
	}
	if isKeyLabel(label) || strings.HasSuffix(label, "PARAMETERS") {
		return nil
	}
	return errors.New("keys: a PEM block of this kind has no public key: give a PUBLIC KEY or a CERTIFICATE block")
}

// otherTexts are what lies in place of a key where there is no PEM block. The first that matches counts.
var otherTexts = []struct {
	like     *regexp.Regexp
	what, do string
	fault    bool // something went wrong, and nobody meant it
}{
	{like(`(^|\s)sk-(ssh|ecdsa)-\S+ +AAAA|AAAA[GI]nNrL`), "an SSH key of a FIDO token, which signs no tokens", "", false},
	{like(`(^|\s)(ssh|ecdsa)-\S+-cert-v01@openssh\.com +AAAA`), "an SSH certificate", "give the key that it certifies", false},
	{like(`(^|\s)ssh-dss +AAAA|AAAAB3NzaC1kc3M`), "a DSA key, which verifies no tokens", "", false},
	{like(`(^|\s)ssh-ed25519 +AAAA`), "an SSH public key", fromSSHEd, false},
	{like(`(^|\s)(ssh-rsa|ecdsa-sha2-\S+) +AAAA`), "an SSH public key", fromSSH, false},
	{like(`BEGIN SSH2 PUBLIC KEY[\s\S]*AAAAC3NzaC1lZDI1NTE5`), "an SSH public key", fromSSH2Ed, false},
	{like(`BEGIN SSH2 PUBLIC KEY`), "an SSH public key", fromSSH2, false},
	{like(`(?i)<!doctype html|<html|<head|<body`), "an HTML page, perhaps that of an error", "get the key again", true},
	{like(`^<[!a-zA-Z]{0,8}$`), "a page that is cut off", "", true},
	{like(`X509Certificate>`), "XML", "put the text of its X509Certificate alone in the file", false},
	{like(`<RSAKeyValue`), "an RSA key in XML (RSAKeyValue)",
		"make a JWK of it, with its Modulus as n and its Exponent as e, both in base64url", false},
	{like(`^<`), "XML", "", false},
	{like(`(?m)^kind: *["']?Secret\b`), "a Secret of Kubernetes", "mount it, or " + fromBase64, false},
	{like(`(?m)^[^\n]*[:=] *["']?LS0tLS1`), "a PEM file in base64", fromBase64, false},
	{like(`(?m)^(export +)?[A-Za-z_]\w*=[^=\s]`), "a variable", "put its value alone in the file", false},
	{like(`^[\[{]`), "JSON", "read it with ParseJWKS", false},
	{like(`^(?i:bearer\s+)?eyJ[\w-]*(\.[\w-]*){2,4}$`), "a token (JWT)", "get the key that it was signed with", false},
	{like(`Public-Key:|^Modulus[=:]|^Certificate( Request)?:|^(Bag|Key) Attributes|^(subject|issuer)=` +
		`|^(Keystore type|Alias name):`), "what openssl or keytool prints about a key",
		"print the key itself, with -pubkey or -rfc and without -text, -modulus and -noout", true}, // a key may come yet
	{like(`^https?://\S+$`), "an address", "get the key from there", false},
	{like(`^\$ANSIBLE_VAULT|ENC\[AES256_GCM|^age-encryption\.org`), "an encrypted file", "decrypt it", false},
	{like(`^version https://git-lfs`), "a pointer of Git LFS", "git lfs pull", true},
	{like(`^-----BEGIN|-----END |` + beginCutOff), "a PEM block that is cut off", "", true},
}

// beginCutOff is how a text ends that may be the beginning of one with a PEM block.
const beginCutOff = `(^|[^-])-{1,5}(B(E(G(I(N)?)?)?)?)?$`

func like(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

func adviceForText(text string) error {
	for _, other := range otherTexts {
		if other.like.MatchString(text) {
			err := asText.advice(other.what, other.do)
			if other.fault {
				return unreadable{err}
			}
			return err
		}
	}
	return nil
}
