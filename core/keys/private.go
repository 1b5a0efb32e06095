package keys

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrPrivateKey is returned for a private or secret key. The key is not used: verification needs public keys, and whoever holds
// a private key can sign tokens.
var ErrPrivateKey = errors.New("keys: this is a private key, give the public one")

func privateKey(kind string, form form, command string) error {
	return fmt.Errorf("%w (%s): %s", ErrPrivateKey, kind, form.fill(command))
}

const fromPrivate = "openssl pkey%s -in FILE -pubout -out name.pub"

var (
	privateLabel = regexp.MustCompile(`(?i)-{2,5} ?(BEGIN|END) [A-Z0-9 ]*PRIVATE KEY( BLOCK)? ?-{2,5}`)
	privateMarks = regexp.MustCompile(`PuTTY-User-Key-File-|AGE-SECRET-KEY-|` + opensshBody + `|` +
		`privateExponent:|Private-Key:[ \t]*([(\r\n]|$)|\bpriv:\s+([0-9a-f]{2}:){2}`) // as openssl prints keys
	privateXML    = regexp.MustCompile(`<RSAKeyValue[\s\S]*<(P|Q|D|DP|DQ|InverseQ)>`)
	privateMember = regexp.MustCompile(`"(d|p|q|dp|dq|qi|k|priv)"\s*:\s*"`)
	privateBegin  = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY`)
)

// opensshBody is the beginning of a private key of OpenSSH in base64: openssh-key-v1.
const opensshBody = "b3BlbnNzaC1rZXktdjE"

// findPrivate returns an error if there is a private key anywhere in a text, complete or cut off. Nothing of such a file is used.
func findPrivate(text string) error {
	label := strings.ToUpper(privateLabel.FindString(text))
	switch {
	case strings.Contains(label, "OPENSSH"):
		return privateOpenSSH(text)
	case strings.Contains(label, "PGP"):
		return privateKey("of OpenPGP", asText, fromOpenPGP)
	case strings.Contains(label, "ENCRYPTED"), label != "" && strings.Contains(text, "Proc-Type: 4,ENCRYPTED"):
		return privateKey("encrypted", asText, fromPrivate)
	case label != "":
		return privateKey("PEM", asText, fromPrivate)
	case hasPrivateBase64(text):
		if !onlyBase64.MatchString(text) {
			return fmt.Errorf("%w (base64)", ErrPrivateKey)
		}
		return privateKey("base64", asText, decoding(text)+" | openssl pkey -inform DER -pubout -out name.pub")
	case hasPrivatePEM(text):
		if !onlyBase64.MatchString(text) {
			return fmt.Errorf("%w (PEM in base64)", ErrPrivateKey)
		}
		return privateKey("PEM in base64", asText, decoding(text)+" | openssl pkey -pubout -out name.pub")
	case privateMarks.MatchString(text), privateXML.MatchString(text),
		strings.Contains(text, `"kty"`) && privateMember.MatchString(text):
		return ErrPrivateKey
	}
	return nil
}

// privateOpenSSH returns the error for a private key of OpenSSH. The kind of the key is in the public half, which is never
// encrypted.
func privateOpenSSH(text string) error {
	_, body, _ := strings.Cut(text, dashes+"\n")
	body, _, _ = strings.Cut(body, dashes)
	der, _ := decodeBase64(body)
	kind := "of OpenSSH"
	switch inside := string(der); {
	case strings.Contains(inside, "sk-ssh-"), strings.Contains(inside, "sk-ecdsa-"):
		return fmt.Errorf("%w (%s, for a FIDO token, which cannot sign tokens)", ErrPrivateKey, kind)
	case strings.Contains(inside, "ssh-dss"):
		return fmt.Errorf("%w (%s, DSA, which cannot verify tokens)", ErrPrivateKey, kind)
	case strings.Contains(inside, "ssh-ed25519"):
		return privateKey(kind, asText, "ssh-keygen -y -f FILE > key.ssh && "+strings.Replace(fromSSHEd, "FILE", "key.ssh", 1))
	}
	return privateKey(kind, asText, "ssh-keygen -y -f FILE > key.ssh && ssh-keygen -e -m PKCS8 -f key.ssh > name.pub")
}

// onlyBase64 matches a text that is base64 and nothing else, with or without the first and last lines of a PEM block.
var onlyBase64 = regexp.MustCompile(`^(-----BEGIN [^\n]*-----\s)?[A-Za-z0-9+/=\s]*(-----END [^\n]*-----\s*)?$`)

// decoding returns the command that decodes a text which onlyBase64 matches. openssl has one option for many lines and one for a
// single line.
func decoding(text string) string {
	switch {
	case strings.Contains(text, dashes):
		return "grep -v -e ----- FILE | openssl base64 -d"
	case strings.ContainsAny(strings.TrimSpace(text), "\r\n"):
		return "openssl base64 -d -in FILE"
	}
	return "openssl base64 -d -A -in FILE"
}

// base64Runs matches longer runs of base64 in a text, each with the lines of base64 that follow.
var base64Runs = regexp.MustCompile(`[A-Za-z0-9+/]{24,}(=*[ \t]*[\r\n]+[ \t]*[A-Za-z0-9+/]+)*`)

// hasPrivatePEM reports whether a text has a private key in PEM that is encoded in base64 once more, as in a Kubernetes Secret.
func hasPrivatePEM(text string) bool {
	for _, run := range base64Runs.FindAllString(text, -1) {
		for _, part := range append(strings.Fields(run), strings.Join(strings.Fields(run), "")) {
			decoded := make([]byte, len(part))
			n, _ := base64.RawStdEncoding.Decode(decoded, []byte(part[:len(part)/4*4]))
			if privateBegin.Match(decoded[:n]) {
				return true
			}
		}
	}
	return false
}

// hasPrivateBase64 reports whether a run of base64 anywhere in a text begins like a private key in DER: with a version, which
// public keys do not have.
func hasPrivateBase64(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != 'M' || i > 0 && isBase64(text[i-1]) { // DER begins with a SEQUENCE, which is M in base64
			continue
		}
		if beginsPrivate(firstBytes(text[i:])) {
			return true
		}
	}
	return false
}

func isBase64(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}

// firstBytes decodes the beginning of a text in base64 with line breaks.
func firstBytes(text string) []byte {
	letters := make([]byte, 0, 32)
	for i := 0; i < len(text) && i < 128 && len(letters) < cap(letters); i++ {
		switch c := text[i]; {
		case isBase64(c):
			letters = append(letters, c)
		case c != ' ' && c != '\n' && c != '\r' && c != '\t':
			i = len(text)
		}
	}
	decoded := make([]byte, 24)
	n, _ := base64.RawStdEncoding.Decode(decoded, letters[:len(letters)/4*4])
	return decoded[:n]
}

// beginsPrivate reports whether der begins like a private key. PKCS#8, PKCS#1 and SEC 1 begin with a version of 0 or 1, and
// encrypted PKCS#8 with the identifier of its encryption.
func beginsPrivate(der []byte) bool {
	inside, ok := insideOf(der)
	if !ok || len(inside) < 4 {
		return false
	}
	if inside[0] == 2 && inside[1] == 1 && inside[2] <= 1 {
		return inside[3] == 0x30 || inside[3] == 0x02 || inside[3] == 0x04
	}
	scheme, ok := insideOf(inside)
	return ok && (strings.HasPrefix(string(scheme), pkcs5) || strings.HasPrefix(string(scheme), pkcs12PBE))
}

const (
	// The object identifiers of encryption schemes in DER, without the last number.
	pkcs5     = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05"
	pkcs12PBE = "\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01"
)

// insideOf returns the content of a SEQUENCE that may be cut off.
func insideOf(der []byte) ([]byte, bool) {
	if len(der) < 2 || der[0] != 0x30 {
		return nil, false
	}
	skip := 2
	if der[1] >= 0x80 {
		skip += int(der[1] & 0x7f)
	}
	if skip > 6 || skip > len(der) {
		return nil, false
	}
	return der[skip:], true
}
