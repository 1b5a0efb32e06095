// Package jws parses compact JSON Web Signatures (RFC 7515, section 7.1) and verifies them with keys that are bound to their
// algorithms. It is strict, and does not interpret claims.
//
// Signatures are verified with golang-jwt. Its parser is not used, since it ignores `crit` and accepts duplicate members and line
// breaks in segments.
package jws

import (
	"encoding/base64"
	"errors"
	"strings"
)

// Errors of Parse and Verify. They do not quote the token.
var (
	ErrOtherForm    = errors.New("not three segments")
	ErrMalformed    = errors.New("not a compact JWS")
	ErrCritical     = errors.New("the header has critical extensions")
	ErrBadAlgorithm = errors.New("the header has no algorithm that can be verified")
	ErrNoFittingKey = errors.New("the key does not verify this algorithm")
	ErrBadSignature = errors.New("the signature is wrong")
)

// Token is a parsed compact JWS. Its content must not be trusted before Verify. It is not safe for concurrent use. Parse may be
// called again, and reuses the memory of the previous token.
type Token struct {
	Header

	text   string // as it was sent
	header string // the first segment, base64url
	signed string // the first two segments with the dot between them

	payload, signature segment
}

// segment is a segment that is decoded on demand, since the token may belong to another verifier.
type segment struct {
	text    string // as it was sent
	decoded []byte
	ready   bool // decoded is the content of text
}

// Parse splits a token and reads its header, or takes the header from known, which may be nil. The caller must have checked the
// size of the token. Parse returns ErrOtherForm if the token is not a compact JWS, but for example an opaque token or a JWE.
func (t *Token) Parse(token string, known *Headers) (err error) {
	header, rest, ok := strings.Cut(token, ".")
	payload, signature, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 || strings.IndexByte(signature, '.') >= 0 {
		return ErrOtherForm
	}
	t.text, t.header, t.signed = token, header, token[:len(header)+1+len(payload)]
	t.payload.reset(payload)
	t.signature.reset(signature)
	if t.Header, ok = known.find(header); !ok {
		t.Header, err = readHeader(header)
	}
	return err
}

// Text returns the whole token as it was sent.
func (t *Token) Text() string { return t.text }

// Payload returns the decoded second segment. The bytes are valid until the next Parse or Reset.
func (t *Token) Payload() ([]byte, error) { return t.payload.bytes() }

// Signature returns the decoded third segment. The bytes are valid until the next Parse or Reset.
func (t *Token) Signature() ([]byte, error) { return t.signature.bytes() }

func (s *segment) reset(text string) { s.text, s.ready = text, false }

func (s *segment) bytes() (_ []byte, err error) {
	if !s.ready {
		if s.decoded, err = decode(s.decoded, s.text); err != nil {
			return nil, err
		}
		s.ready = true
	}
	return s.decoded, nil
}

// Reset drops all texts of the token. It keeps the memory of the decoded segments, unless that is large.
func (t *Token) Reset() {
	const maxKept = 16 << 10 // bytes
	kept := Token{payload: segment{decoded: t.payload.decoded[:0]}, signature: segment{decoded: t.signature.decoded[:0]}}
	if cap(t.payload.decoded)+cap(t.signature.decoded) > maxKept {
		kept = Token{}
	}
	*t = kept
}

// Decode decodes base64url as it is in tokens: without padding, line breaks and nonzero trailing bits.
func Decode(text string) ([]byte, error) { return decode(nil, text) }

// strict refuses nonzero trailing bits (RFC 4648, section 3.5). With them, a token would have many encodings.
var strict = base64.RawURLEncoding.Strict()

// decode decodes base64url without padding (RFC 7515, section 2). It reuses the memory of dst if that is large enough.
//
// encoding/base64 ignores line breaks, which a token must not have. They are detected by the length of the result. A length with
// a remainder of 1 is never valid, and with any other each ignored character makes the result shorter.
func decode(dst []byte, text string) ([]byte, error) {
	out, err := strict.AppendDecode(dst[:0], []byte(text))
	if err != nil || len(text)%4 == 1 || len(out) != strict.DecodedLen(len(text)) {
		return dst, ErrMalformed
	}
	return out, nil
}
