package token

import (
	"bytes"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// maxIssuer bounds what is read of a payload that nobody has vouched for. No policy may name a longer issuer.
const maxIssuer = 256

// issuerOf reads `iss` before the signature is checked, to learn which provider owns the token. The issuer is checked again
// afterwards, with the other claims.
//
// Attackers choose what is read here, so the usual form has a fast path: `"iss"` occurs once, no inner object begins before it,
// and nothing is escaped. Then it is the name of the issuer's member, or not a name at all.
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

func unlessTooLong(issuer []byte) []byte {
	if len(issuer) > maxIssuer {
		return nil
	}
	return issuer
}

const iss = `"iss"`

// findIss returns the index of the first `"iss"`, or -1, and whether there is another one. It looks at the byte where a match
// would end, which says how far it may skip: [bytes.Index] stops at each quote, and JSON is full of quotes.
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
