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
// or a certificate that has not expired. What a block has inside counts, and not its label. Text before and after it is passed
// over (RFC 7468, section 2), and so are the issuers after a certificate, indentation, and `\n` written as two characters.
// The base64 text of such a block alone will do, too.
//
// A key of the kind id-RSASSA-PSS is for PS algorithms alone. A certificate whose keyUsage does not allow digital signatures,
// or allows to sign certificates, is refused (RFC 5280, section 4.2.1.3). One that is not valid yet makes a Key that
// [Static] and [Dir] find when its time comes.
//
// Two certificates of one key, an old and a renewed one, are one key: the Key is that of the certificate that is valid now, or
// the next to be.
//
// A private key anywhere in data is ErrPrivateKey, and two different keys are an error. Where data is something else in a form
// that is known here, such as a certificate request, an SSH key or a key in DER, the error names it and, where there is one, the
// command that makes a key of it. No error has anything of data in it.
func ParsePEM(id string, data []byte) (*Key, error) {
	all, err := parsePEM(id, data)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	key := all[0]
	for _, other := range all[1:] {
		if other.before(key, now) {
			key = other
		}
	}
	if err := key.expired(now); err != nil {
		return nil, err
	}
	return key, nil
}

// before reports whether of two certificates of one key k's is the better one: one that is valid now and is so for longer, or
// else the next to be valid.
func (k *Key) before(other *Key, now time.Time) bool {
	valid, otherValid := k.valid.check(now) == nil, other.valid.check(now) == nil
	switch {
	case valid != otherValid:
		return valid
	case valid:
		return k.valid.last.After(other.valid.last)
	case other.expired(now) != nil:
		return k.expired(now) == nil
	}
	return k.expired(now) == nil && k.valid.first.Before(other.valid.first)
}

// parsePEM gives the one key, more than once where there are certificates of it with different validity.
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

// unescape undoes what JSON, shells and environment files do to line breaks, slashes and the other signs of base64.
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

// nextBlock takes the first PEM block from a text. encoding/pem passes over blocks that it cannot read, and does not read
// blocks that are indented or on one line.
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
	if !isKeyLabel(label) { // parameters: there may be anything inside
		return block{label: label}, rest, nil
	}
	der, ok := decodeBase64(body)
	if !ok {
		return b, "", broken
	}
	return block{label, der}, rest, nil
}

// decodeBase64 takes line breaks and other space at any place.
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

// keyOfBlocks is the one key that a text has in PEM blocks. A certificate says more about its key than the bare key does, so
// where both are there it counts.
func keyOfBlocks(text string) ([]*public, error) {
	bare, chain, err := readBlocks(text)
	if err != nil {
		return nil, err
	}
	var found []*public
	own, ok := withoutIssuers(chain)
	for _, der := range own {
		key, err := parseDER(der, asText)
		if err != nil {
			return nil, err
		}
		found = append(found, key)
	}
	if !ok {
		return nil, errors.New("keys: a certificate after the first is not its issuer: give one key per file")
	}
	certificates := len(found)
	if found = append(found, bare...); len(found) == 0 { // the key may come yet
		return nil, unreadable{asText.advice("parameters without a key", "openssl pkey -in PRIVATE -pubout -out name.pub")}
	}
	for _, other := range found[1:] {
		first, ok := found[0].material.(interface{ Equal(x crypto.PublicKey) bool })
		if !ok || !first.Equal(other.material) {
			return nil, errors.New("keys: there are several public keys: give one key per file")
		}
	}
	return found[:max(certificates, 1)], nil
}

// readBlocks parses the bare keys. Of a chain only the first certificate is looked into, which is not known before the end.
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
		if _, _, _, ok := names(b.der); ok {
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

// keyOfText is for a text without any PEM block: base64 of what would be inside one, or something else.
func keyOfText(text string) ([]*public, error) {
	quoted := text
	text = strings.Trim(text, "\"'`, \t\r\n")
	if text == "" {
		return nil, unreadable{errors.New("keys: it is empty")}
	}
	if text[0] == '{' && quoted[0] != '{' {
		return nil, asText.advice("JSON in quotes", "take the quotes and the backslashes away")
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

// bareDER is what the base64 of a key looks like, and of the beginning of one.
var bareDER = regexp.MustCompile(`^M[A-Za-z0-9+/_\s-]*=*$`)

var errNoKey = errors.New("keys: not a PEM block, and not a key in any other form")

// expired is the error for a key that is not valid any more. One that is not valid yet will be.
func (k *Key) expired(now time.Time) error {
	if k.valid.limited && now.Before(k.valid.first) && !k.valid.last.Before(k.valid.first) {
		return nil
	}
	return k.valid.check(now)
}
