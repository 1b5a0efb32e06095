package claims

import (
	"math"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// The texts of an identity.
const (
	userText = iota
	nameText
	clientText
	textCount
)

// The lists of an identity.
const (
	roleList = iota
	scopeList
	organizationList
	namespaceList
	listCount
)

// Claims are the claims of one token that decide, as a [Reader] found them. Its texts are parts of the payload.
type Claims struct {
	issuer, subject, tokenID string
	audiences                []string
	expires, notBefore       time.Time
	bound                    bool // to a key: there is a `cnf` (RFC 7800, section 3.1)

	texts   [textCount]ranked
	lists   [listCount][]string
	present uint32 // a bit for each required claim that is there
}

// ranked is a text with the rank of the place where it was found; 0: there is none.
type ranked struct {
	text string
	rank int
}

// registered takes in a claim of RFC 7519, section 4.1. It reports whether the token may still be good.
func (c *Claims) registered(name, value string) (ok bool) {
	ok = true
	switch name {
	case "iss":
		c.issuer, ok = strictjson.String(value)
	case "sub":
		c.subject, ok = strictjson.String(value)
	case "jti":
		c.tokenID, ok = strictjson.String(value)
	case "aud":
		c.audiences, ok = appendStrings(c.audiences, value)
	case "exp":
		c.expires, ok = numericDate(value)
	case "nbf":
		c.notBefore, ok = numericDate(value)
	case "iat": // says how old the token is, not whether it is good (RFC 7519, section 4.1.6)
		_, ok = numericDate(value)
	case "cnf":
		c.bound = true
	}
	return ok
}

// Auth is the identity in the claims. payload is what they were read from.
func (c *Claims) Auth(payload []byte) *core.Auth {
	return core.NewAuth(core.AuthData{
		UserID: c.texts[userText].text, Username: c.texts[nameText].text, ClientID: c.texts[clientText].text,
		Roles: c.lists[roleList], Scopes: c.lists[scopeList],
		Organizations: c.lists[organizationList], Namespaces: c.lists[namespaceList],
		Issuer: c.issuer, Subject: c.subject, TokenID: c.tokenID, ExpiresAt: c.expires, Claims: payload,
	})
}

// Reset empties c and keeps the memory of its lists, unless a large token has made it large.
func (c *Claims) Reset() {
	kept := Claims{audiences: emptied(c.audiences)}
	for i, list := range c.lists {
		kept.lists[i] = emptied(list)
	}
	*c = kept
}

func emptied(list []string) []string {
	const maxKept = 32
	if cap(list) > maxKept {
		return nil
	}
	clear(list[:cap(list)])
	return list[:0]
}

// lastDate is the end of the year 9999: a later time is a mistake or an overflow, not a date.
const lastDate = 253402300799

// numericDate reads a number of seconds since 1970, with or without a fraction (RFC 7519, section 2).
func numericDate(value string) (time.Time, bool) {
	if seconds, ok := digits(value); ok { // as nearly always
		return time.Unix(seconds, 0), true
	}
	f, ok := strictjson.Number(value)
	if !ok || math.Abs(f) > lastDate {
		return time.Time{}, false
	}
	seconds, fraction := math.Modf(f)
	return time.Unix(int64(seconds), int64(fraction*1e9)), true
}

// digits reads at most ten of them.
func digits(value string) (n int64, ok bool) {
	if len(value) == 0 || len(value) > 10 {
		return 0, false
	}
	for i := range len(value) {
		d := value[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = 10*n + int64(d)
	}
	return n, true
}
