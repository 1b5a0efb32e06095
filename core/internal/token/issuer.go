package token

import (
	"bytes"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// maxIssuer is the longest issuer in bytes that is read from a payload that is not verified. No policy may have a longer one.
const maxIssuer = 256

// issuerOf returns the `iss` of a payload before the signature is verified, to find the provider that owns the token. It returns
// an empty issuer if there is none. The issuer is checked again afterwards, with the other claims.
//
// An attacker can send any payload here, so the usual form has a fast path: `"iss"` occurs once, no inner object begins before
// it, and there are no escapes. Then it is the name of the issuer's member, or not a name at all.
func issuerOf(payload []byte) []byte {
	at, more := findIss(payload)
	if at < 1 || more || bytes.IndexByte(payload[1:at], '{') >= 0 || bytes.IndexByte(payload, '\\') >= 0 {
		issuer, _ := strictjson.String(strictjson.First(string(payload), "iss"))
		return unlessTooLong([]byte(issuer))
	}
	value := bytes.TrimLeft(payload[at+len(iss):], " \t\r\n:")
	if len(value) == 0 || value[0] != '"' {
		return nil
	}
	issuer, _, _ := bytes.Cut(value[1:], []byte{'"'})
	return unlessTooLong(issuer)
}

// unlessTooLong returns issuer, or nil if it is longer than maxIssuer.
func unlessTooLong(issuer []byte) []byte {
	if len(issuer) > maxIssuer {
		return nil
	}
	return issuer
}

const iss = `"iss"`

// findIss returns the index of the first `"iss"`, or -1, and reports whether there is another one. It reads the byte at which a
// match would end, which decides how far it can skip ahead. [bytes.Index] would stop at each of the many quotes in JSON.
func findIss(payload []byte) (at int, more bool) {
	at = -1
	for last := len(iss) - 1; last < len(payload); {
		switch payload[last] {
		case 's':
			last++
		case 'i':
			last += 3
		case '"':
			if start := last - len(iss) + 1; string(payload[start:last+1]) == iss {
				if at >= 0 {
					return at, true
				}
				at = start
			}
			last += len(iss) - 1
		default:
			last += len(iss)
		}
	}
	return at, false
}
