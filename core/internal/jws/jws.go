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

// Errors of Parse and Verify. They hold nothing of the token.
var (
	ErrOtherForm    = errors.New("not three segments")
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

	header string // as it was sent, base64url
	signed string // the first two segments with the dot between them

	payload, signature segment
}

// segment is one that is decoded when it is asked for: what is not this verifier's token need not be decoded.
type segment struct {
	text    string // as it was sent
	decoded []byte
	ready   bool // it is decoded
}

// Parse takes a token apart and reads its header, or knows it from an earlier token; known may be nil. The caller has
// checked the size. ErrOtherForm says that it is something else than a compact JWS, such as an opaque token or a JWE.
func (t *Token) Parse(token string, known *Headers) (err error) {
	header, rest, ok := strings.Cut(token, ".")
	payload, signature, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || strings.IndexByte(signature, '.') >= 0 {
		return ErrOtherForm
	}
	t.header, t.signed = header, token[:len(header)+1+len(payload)]
	t.payload.take(payload)
	t.signature.take(signature)
	if t.Header, ok = known.find(header); !ok {
		t.Header, err = readHeader(header)
	}
	return err
}

// Payload is the second segment, decoded. The bytes are good until the next Parse.
func (t *Token) Payload() ([]byte, error) { return t.payload.bytes() }

// Signature is the third segment, decoded. The bytes are good until the next Parse.
func (t *Token) Signature() ([]byte, error) { return t.signature.bytes() }

func (s *segment) take(text string) { s.text, s.ready = text, false }

func (s *segment) bytes() (_ []byte, err error) {
	if !s.ready {
		if s.decoded, err = decode(s.decoded, s.text); err != nil {
			return nil, err
		}
		s.ready = true
	}
	return s.decoded, nil
}

// Forget lets go of all texts of the token, and keeps the memory that it was decoded into, unless a large token has made it
// large.
func (t *Token) Forget() {
	const most = 16 << 10
	kept := Token{payload: segment{decoded: t.payload.decoded[:0]}, signature: segment{decoded: t.signature.decoded[:0]}}
	if cap(t.payload.decoded)+cap(t.signature.decoded) > most {
		kept = Token{}
	}
	*t = kept
}

// strict refuses set bits after the last byte (RFC 4648, section 3.5), which give one token many texts.
var strict = base64.RawURLEncoding.Strict()

// decode is base64url without padding (RFC 7515, section 2), into room where there is enough. encoding/base64 passes over
// line breaks; a token has none, so as many bytes come out as its length says. No length leaves a remainder of 1, and without
// that each character that is passed over makes a difference.
func decode(room []byte, text string) ([]byte, error) {
	out, err := strict.AppendDecode(room[:0], []byte(text))
	if err != nil || len(text)%4 == 1 || len(out) != strict.DecodedLen(len(text)) {
		return room, ErrMalformed
	}
	return out, nil
}
