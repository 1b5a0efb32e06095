package keys

import (
	"crypto"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// ParsePEM reads one public key: a SubjectPublicKeyInfo ("PUBLIC KEY", RFC 7468, section 13), a PKCS#1 "RSA PUBLIC KEY",
// or a certificate that has not expired. The content of a block decides what it is, and not its label. Text before and after the
// block is ignored (RFC 7468, section 2), and so are the issuers after a certificate and indentation. `\n` may be written as two
// characters. The base64 of the content without a block is accepted, too.
//
// A key of the kind id-RSASSA-PSS is only for PS algorithms. A certificate whose keyUsage does not allow digital signatures, or
// allows signing certificates, is refused (RFC 5280, section 4.2.1.3). A certificate that is not valid yet gives a Key that
// [Static] and [Dir] find once it is valid.
//
// Two certificates of the same key, an old and a renewed one, are one key. The Key has the validity of the certificate that is
// valid now, or becomes valid next.
//
// A private key anywhere in data is [ErrPrivateKey], and two different keys are an error. If data is something else that is
// known, such as a certificate request, an SSH key or a key in DER, the error names it and, if there is one, the command that
// gets a key from it. No error quotes data.
func ParsePEM(id string, data []byte) (*Key, error) {
	all, err := parsePEM(id, data)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	key := all[0]
	for _, other := range all[1:] {
		if other.preferredTo(key, now) {
			key = other
		}
	}
	if err := key.checkNotExpired(now); err != nil {
		return nil, err
	}
	return key, nil
}

// preferredTo reports whether k has a better validity than other, another certificate of the same key: it is valid now, and for
// longer, or else it is the next to become valid.
func (k *Key) preferredTo(other *Key, now time.Time) bool {
	valid, otherValid := k.valid.check(now) == nil, other.valid.check(now) == nil
	switch {
	case valid != otherValid:
		return valid
	case valid:
		return k.valid.last.After(other.valid.last)
	case other.checkNotExpired(now) != nil:
		return k.checkNotExpired(now) == nil
	}
	return k.checkNotExpired(now) == nil && k.valid.first.Before(other.valid.first)
}

// parsePEM returns one key, once for each certificate of it.
func parsePEM(id string, data []byte) ([]*Key, error) {
	if len(data) > maxFileSize {
		return nil, tooLarge
	}
	text, err := plainText(data)
	if err != nil {
		return nil, err
	}
	return parseText(id, text)
}

// parseText is parsePEM for what plainText has returned.
func parseText(id, text string) (all []*Key, err error) {
	text = unescape.Replace(text)
	if err := findPrivate(text); err != nil {
		return nil, err
	}
	var found []*public
	if strings.Contains(text, begin) {
		found, err = keyOfBlocks(text)
	} else {
		found, err = keyOfText(text)
	}
	if err != nil {
		return nil, err
	}
	for _, p := range found {
		key, err := p.key(id)
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	return all, nil
}

// unescape replaces the escapes with which JSON, shells and environment files write line breaks and the characters of base64.
var unescape = strings.NewReplacer(`\r`, "\n", `\n`, "\n", `\t`, " ", `\/`, "/", `\u002b`, "+", `\u002B`, "+",
	`\u002f`, "/", `\u002F`, "/", `\u003d`, "=", `\u003D`, "=", `\`, "")

const (
	begin  = "-----BEGIN "
	dashes = "-----"
)

type block struct {
	label string
	der   []byte
}

// nextBlock splits the first PEM block from a text. encoding/pem would skip a block that it cannot read, and it cannot read a
// block that is indented or on one line.
func nextBlock(text string) (b block, rest string, err error) {
	broken := unreadable{errors.New("keys: a PEM block is cut off or damaged")}
	_, text, _ = strings.Cut(text, begin)
	label, text, ok := strings.Cut(text, dashes)
	if !ok || len(label) > 64 || strings.ContainsAny(label, "\r\n") {
		return b, "", broken
	}
	if err := adviceForLabel(label); err != nil {
		return b, "", err
	}
	body, rest, ok := strings.Cut(text, "-----END "+label+dashes)
	if !ok {
		return b, "", broken
	}
	if !isKeyLabel(label) { // parameters, whose content does not matter
		return block{label: label}, rest, nil
	}
	der, ok := decodeBase64(body)
	if !ok {
		return b, "", broken
	}
	return block{label, der}, rest, nil
}

// decodeBase64 decodes base64 with or without padding. It ignores white space.
func decodeBase64(text string) ([]byte, bool) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	der, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	return der, err == nil && len(der) > 0
}

// keyOfBlocks returns the key in the PEM blocks of a text, once for each certificate of it. If the bare key is there, too, the
// certificates count, since they restrict the key.
func keyOfBlocks(text string) ([]*public, error) {
	bare, chain, err := readBlocks(text)
	if err != nil {
		return nil, err
	}
	var found []*public
	leaves, ok := withoutIssuers(chain)
	for _, der := range leaves {
		key, err := parseDER(der, asText)
		if err != nil {
			return nil, err
		}
		found = append(found, key)
	}
	if !ok {
		return nil, errors.New("keys: a certificate after the first has another key and is not its issuer: give one key per file")
	}
	certificates := len(found)
	if found = append(found, bare...); len(found) == 0 { // the key may not be written yet
		return nil, unreadable{asText.advice("parameters without a key", "openssl pkey -in PRIVATE -pubout -out name.pub")}
	}
	for _, other := range found[1:] {
		first, ok := found[0].material.(interface{ Equal(x crypto.PublicKey) bool })
		if !ok || !first.Equal(other.material) {
			return nil, errors.New("keys: there are several different public keys: give one key per file")
		}
	}
	return found[:max(certificates, 1)], nil
}

// readBlocks returns the bare keys in the PEM blocks of a text, and the certificates in DER: which of those are issuers is known
// only when all have been read.
func readBlocks(text string) (bare []*public, chain [][]byte, err error) {
	for strings.Contains(text, begin) {
		b, rest, err := nextBlock(text)
		if err != nil {
			return nil, nil, err
		}
		text = rest
		if b.der == nil { // parameters
			continue
		}
		if _, _, _, ok := certificateNames(b.der); ok {
			chain = append(chain, b.der)
			continue
		}
		key, err := parseDER(b.der, asText)
		if err != nil {
			return nil, nil, err
		}
		bare = append(bare, key)
	}
	return bare, chain, nil
}

// keyOfText returns the key in a text without a PEM block, which may be the base64 of its content.
func keyOfText(text string) ([]*public, error) {
	quoted := text
	text = strings.Trim(text, "\"'`, \t\r\n")
	if text == "" {
		return nil, unreadable{errors.New("keys: the input is empty")}
	}
	if text[0] == '{' && quoted[0] != '{' {
		return nil, asText.advice("JSON in quotes", "remove the quotes and the backslashes")
	}
	if err := adviceForText(text); err != nil {
		return nil, err
	}
	der, ok := decodeBase64(strings.NewReplacer("-", "+", "_", "/").Replace(text))
	mayBeCutOff := bareDER.MatchString(text)
	if !ok && !mayBeCutOff {
		return nil, errNoKey
	}
	if inside := string(der); strings.Contains(inside, begin) {
		if err := findPrivate(inside); err != nil {
			return nil, err
		}
		return nil, asText.advice("a PEM file in base64", decoding(text)+" -out name.pub")
	}
	if _, ok := sequence(der); ok {
		key, err := parseDER(der, asText)
		return []*public{key}, err
	}
	if mayBeCutOff {
		return nil, unreadable{errors.New("keys: not a PEM block, and its base64 is cut off or damaged")}
	}
	return nil, errNoKey
}

// bareDER matches the base64 of DER, complete or cut off.
var bareDER = regexp.MustCompile(`^M[A-Za-z0-9+/_\s-]*=*$`)

var errNoKey = errors.New("keys: not a PEM block, and not a key in any other form: give the public key as PEM, which begins " +
	"with -----BEGIN PUBLIC KEY-----")

// checkNotExpired returns an error if the key is not valid now and never will be again. A key that is not valid yet is accepted.
func (k *Key) checkNotExpired(now time.Time) error {
	if k.valid.limited && now.Before(k.valid.first) && !k.valid.last.Before(k.valid.first) {
		return nil
	}
	return k.valid.check(now)
}
