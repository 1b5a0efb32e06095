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

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// Errors of Parse, one for each reason code. They hold nothing of the token.
var (
	ErrMalformed     = errors.New("not a compact JWS")
	ErrCritical      = errors.New("the header has critical extensions")
	ErrBadAlgorithm  = errors.New("the header has no algorithm that can be verified")
	ErrNoFittingKey  = errors.New("the key does not verify this algorithm")
	ErrBadSignature  = errors.New("the signature is wrong")
	errHeaderMembers = errors.New("more header members than any token has")
)

// Token is a compact JWS taken apart. Nothing in it is to be trusted before Verify.
type Token struct {
	Algorithm string
	KeyID     string
	HasKeyID  bool
	Type      string

	signed    string // the first two segments with the dot between them
	payload   string // still base64url
	signature []byte
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

// Parse takes a token apart and reads its header. The caller has checked the size.
func Parse(token string) (*Token, error) {
	header, rest, ok := strings.Cut(token, ".")
	payload, signature, ok2 := strings.Cut(rest, ".")
	if !ok || !ok2 {
		return nil, ErrMalformed // more than three segments: a dot is not base64url
	}
	t := &Token{signed: token[:len(header)+1+len(payload)], payload: payload}
	raw, err := decode(header)
	if err != nil {
		return nil, err
	}
	if err := t.readHeader(raw); err != nil {
		return nil, err
	}
	if t.signature, err = decode(signature); err != nil {
		return nil, err
	}
	return t, nil
}

// Payload decodes the second segment.
func (t *Token) Payload() ([]byte, error) { return decode(t.payload) }

func (t *Token) readHeader(raw []byte) error {
	critical, members := false, 0
	err := strictjson.Object(raw, func(name string, value []byte) error {
		ok := true
		switch name {
		case "alg":
			t.Algorithm, ok = strictjson.String(value)
		case "kid":
			t.KeyID, ok = strictjson.String(value)
			t.HasKeyID = true
			ok = ok && t.KeyID != ""
		case "typ":
			t.Type, ok = strictjson.String(value)
		case "crit", "b64": // b64 changes what is signed (RFC 7797), also without crit
			critical = true
		case "zip", "enc": // members of a JWE (RFC 7516, section 4.1)
			ok = false
		}
		if members++; members > 32 {
			return errHeaderMembers
		}
		if !ok {
			return ErrMalformed
		}
		return nil
	})
	switch {
	case err != nil:
		return ErrMalformed
	case critical:
		return ErrCritical
	}
	return nil
}

// strict refuses set bits after the last byte (RFC 4648, section 3.5), which give one token many texts.
var strict = base64.RawURLEncoding.Strict()

// decode is base64url without padding (RFC 7515, section 2). encoding/base64 passes over line breaks; a token has none.
func decode(segment string) ([]byte, error) {
	if strings.IndexByte(segment, '\n') >= 0 || strings.IndexByte(segment, '\r') >= 0 {
		return nil, ErrMalformed
	}
	out, err := strict.DecodeString(segment)
	if err != nil {
		return nil, ErrMalformed
	}
	return out, nil
}
