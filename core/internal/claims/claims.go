package claims

import (
	"math"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/identity"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// The indices of Claims.texts.
const (
	userText = iota
	nameText
	clientText
	textCount
)

// The indices of Claims.lists.
const (
	roleList = iota
	scopeList
	organizationList
	namespaceList
	listCount
)

// Claims holds the claims of a token that matter here, as a [Reader] has read them. Its strings are substrings of the payload.
type Claims struct {
	issuer, subject, tokenID string
	audiences                []string
	expires, notBefore       time.Time
	bound                    bool // to a key, by a `cnf` (RFC 7800, section 3.1)

	texts       [textCount]ranked
	lists       [listCount][]string
	misread     [listCount]bool // a place of the list has a value in another form
	nameMisread bool            // a place of the name has a value that is not a string
	marks       []state         // of the conditions of the Reader
	waiting     []waitingText   // for other claims
}

// ranked is a text with the rank of its place in the token. The rank is 0 if there is no text.
type ranked struct {
	text string
	rank int
}

// waitingText is a text that is used only if a mark is met, which is known once all claims are read.
type waitingText struct {
	ranked
	text   int
	onlyIf int // an index of Claims.marks
}

// readRegistered reads a claim of RFC 7519, section 4.1, and ignores any other. It reports whether the claim is acceptable.
func (c *Claims) readRegistered(name, value string) (ok bool) {
	ok = true
	switch name {
	case "iss":
		c.issuer, ok = strictjson.String(value)
	case "sub":
		c.subject, ok = strictjson.String(value)
	case "jti":
		c.tokenID, ok = strictjson.String(value)
	case "aud":
		c.audiences, ok = AppendStrings(c.audiences, value)
	case "exp":
		c.expires, ok = NumericDate(value)
	case "nbf":
		c.notBefore, ok = NumericDate(value)
	case "iat": // only the age of the token, which refuses nothing (RFC 7519, section 4.1.6)
		_, ok = NumericDate(value)
	case "cnf":
		c.bound = true
	}
	return ok
}

// Auth returns the identity in the claims. payload is the payload that they were read from. A token that names no user has no
// Username: what is in its place is the name of a client.
func (c *Claims) Auth(payload []byte) *core.Auth {
	user, name := c.texts[userText].text, c.texts[nameText].text
	if user == "" {
		name = ""
	}
	data := core.AuthData{
		UserID: user, Username: name, ClientID: c.texts[clientText].text,
		Roles: c.lists[roleList], Scopes: c.lists[scopeList],
		Organizations: c.lists[organizationList], Namespaces: c.lists[namespaceList],
		Issuer: c.issuer, Subject: c.subject, TokenID: c.tokenID, ExpiresAt: c.expires, Claims: payload,
	}
	if c.nameMisread || c.misread != ([listCount]bool{}) {
		data = c.withMisread(data)
	}
	return core.NewAuth(data)
}

// withMisread adds to data what cannot be read. It is apart because data moves to the heap here.
func (c *Claims) withMisread(data core.AuthData) core.AuthData {
	identity.SetMisread(&data, identity.Misread{
		Username: c.nameMisread,
		Roles:    c.misread[roleList], Scopes: c.misread[scopeList],
		Organizations: c.misread[organizationList], Namespaces: c.misread[namespaceList],
	})
	return data
}

// Reset empties c. It keeps the memory of its lists, unless that is large.
func (c *Claims) Reset() {
	clear(c.waiting)
	kept := Claims{audiences: emptied(c.audiences), marks: c.marks[:0], waiting: c.waiting[:0]}
	for i, list := range c.lists {
		kept.lists[i] = emptied(list)
	}
	*c = kept
}

// emptied returns an empty list in the same memory, or nil if that is large. The strings in it are dropped.
func emptied(list []string) []string {
	const maxKept = 32
	if cap(list) > maxKept {
		return nil
	}
	clear(list[:cap(list)])
	return list[:0]
}

// lastDate is the end of the year 9999. A later time is taken for a mistake or an overflow.
const lastDate = 253402300799

// NumericDate reads a number of seconds since 1970, with or without a fraction (RFC 7519, section 2).
func NumericDate(value string) (time.Time, bool) {
	if seconds, ok := digits(value); ok { // the usual form
		return time.Unix(seconds, 0), true
	}
	f, ok := strictjson.Number(value)
	if !ok || math.Abs(f) > lastDate {
		return time.Time{}, false
	}
	seconds, fraction := math.Modf(f)
	return time.Unix(int64(seconds), int64(fraction*1e9)), true
}

// digits parses a number of one to ten decimal digits.
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
