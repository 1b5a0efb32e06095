// Package jws is the strict layer below every token: it takes a compact JWS apart (RFC 7515, section 7.1) and checks
// its signature with a key that is bound to the algorithm. It does not look at claims.
//
// golang-jwt does the signatures. Its parser is not used: it ignores `crit`, takes duplicate members, and passes line
// breaks inside a segment.
package jws

import (
	"encoding/base64"
	"errors"
	"strings"
)

// Errors of Parse, one for each reason code. They hold nothing of the token.
var (
	ErrMalformed    = errors.New("not a compact JWS")
	ErrCritical     = errors.New("the header has critical extensions")
	ErrBadAlgorithm = errors.New("the header has no algorithm that can be verified")
	ErrNoFittingKey = errors.New("the key does not verify this algorithm")
	ErrBadSignature = errors.New("the signature is wrong")
)

// Token is a compact JWS taken apart. Nothing in it is to be trusted before Verify. It is for one goroutine, and keeps
// its memory for the next token: Parse may be called again.
type Token struct {
	Header

	header    string // as it was sent, base64url
	signed    string // the first two segments with the dot between them
	payload   string // as it was sent
	signature []byte

	decoded []byte // room for the payload
	ready   bool   // it is there
}

// LooksLike tells whether a credential has the form of a compact JWS, three segments, without decoding anything.
func LooksLike(credential string) bool {
	_, rest, ok := strings.Cut(credential, ".")
	if !ok {
		return false
	}
	_, rest, ok = strings.Cut(rest, ".")
	return ok && strings.IndexByte(rest, '.') < 0
}

// Parse takes a token apart and reads its header, or knows it from an earlier token; known may be nil. The caller has
// checked the size.
func (t *Token) Parse(token string, known *Headers) (err error) {
	header, rest, ok := strings.Cut(token, ".")
	payload, signature, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 {
		return ErrMalformed // more than three segments: a dot is not base64url
	}
	t.header, t.payload, t.signed, t.ready = header, payload, token[:len(header)+1+len(payload)], false
	if t.Header, ok = known.find(header); !ok {
		if t.Header, err = readHeader(header); err != nil {
			return err
		}
	}
	t.signature, err = decode(t.signature, signature)
	return err
}

// Payload is the second segment, decoded. The bytes are good until the next Parse.
func (t *Token) Payload() (_ []byte, err error) {
	if !t.ready {
		if t.decoded, err = decode(t.decoded, t.payload); err != nil {
			return nil, err
		}
		t.ready = true
	}
	return t.decoded, nil
}

// Forget lets go of everything that belongs to the token, and keeps the memory, unless a large token has made it large.
func (t *Token) Forget() {
	const most = 16 << 10
	kept := Token{signature: t.signature[:0], decoded: t.decoded[:0]}
	if cap(t.signature)+cap(t.decoded) > most {
		kept = Token{}
	}
	*t = kept
}

// strict refuses set bits after the last byte (RFC 4648, section 3.5), which give one token many texts.
var strict = base64.RawURLEncoding.Strict()

// decode is base64url without padding (RFC 7515, section 2), into room where there is enough. encoding/base64 passes over
// line breaks; a token has none.
func decode(room []byte, segment string) ([]byte, error) {
	if strings.IndexByte(segment, '\n') >= 0 || strings.IndexByte(segment, '\r') >= 0 {
		return room, ErrMalformed
	}
	out, err := strict.AppendDecode(room[:0], []byte(segment))
	if err != nil {
		return room, ErrMalformed
	}
	return out, nil
}
