package token

import (
	"bytes"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// longestIssuer bounds what is read of a payload that nobody has vouched for. No policy may name a longer issuer.
const longestIssuer = 256

// issuerOf reads `iss` before the signature is checked, to find out whose token it is. It is checked again after, with all
// of the payload.
//
// What an attacker sends is read here, so it is quick where it can be. Where `"iss"` stands in the payload once, no object
// begins before it but the whole, and nothing is escaped, it is the issuer or no name at all.
func issuerOf(payload []byte) []byte {
	at, more := findIss(payload)
	if at < 1 || more || bytes.IndexByte(payload[1:at], '{') >= 0 || bytes.IndexByte(payload, '\\') >= 0 {
		issuer, _ := strictjson.String(strictjson.First(string(payload), "iss"))
		return ifShort([]byte(issuer))
	}
	value := bytes.TrimLeft(payload[at+len(iss):], " \t\r\n:")
	if len(value) == 0 || value[0] != '"' {
		return nil
	}
	issuer, _, _ := bytes.Cut(value[1:], []byte{'"'})
	return ifShort(issuer)
}

func ifShort(issuer []byte) []byte {
	if len(issuer) > longestIssuer {
		return nil
	}
	return issuer
}

const iss = `"iss"`

// findIss is where `"iss"` stands first, and whether it does again. It looks at the last byte of where it could stand, and
// from what it finds there knows how far it may jump: [bytes.Index] stops at each quote, of which JSON is full.
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
