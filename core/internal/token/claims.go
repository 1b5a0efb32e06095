package token

import (
	"errors"
	"math"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// claims are the members that decide, in the forms that the platform issues. Others stay in the raw payload, of which the
// texts here are parts.
type claims struct {
	issuer, subject, tokenID, clientID string
	userID, username                   string
	audience                           []string
	roles, organizations, namespaces   []string
	scopes                             []string
	expires, notBefore                 time.Time
	bound, issuedAt                    bool
	standard                           bool // read as RFC 9068 says, without the forms of Microkubes
}

// has tells whether a claim that a profile requires is there and not empty.
func (c *claims) has(name string) bool {
	switch name {
	case "sub":
		return c.subject != ""
	case "jti":
		return c.tokenID != ""
	case "client_id":
		return c.clientID != ""
	case "userId":
		return c.userID != ""
	case "username":
		return c.username != ""
	case "aud":
		return len(c.audience) > 0
	case "iat":
		return c.issuedAt
	}
	return false
}

var errWrongType = errors.New("token: a claim has the wrong type")

// readAll reads the payload.
func (c *claims) readAll(payload string) error {
	return strictjson.Object(payload, func(name, value string) error {
		if !c.read(name, value) {
			return errWrongType
		}
		return nil
	})
}

// forget lets go of everything, and keeps the room of the lists, unless a large token has made it large.
func (c *claims) forget() {
	const most = 32
	room := func(list []string) []string {
		if cap(list) > most {
			return nil
		}
		clear(list[:cap(list)])
		return list[:0]
	}
	*c = claims{audience: room(c.audience), roles: room(c.roles), organizations: room(c.organizations),
		namespaces: room(c.namespaces), scopes: room(c.scopes)}
}

// read takes in one claim. It returns false for a claim of the wrong type that says whether the token is good or whose it is.
// A claim that only grants something, in a form that is not known here, grants nothing and is no fault of the token: roles may
// be objects (RFC 9068, section 2.2.3.1).
func (c *claims) read(name, value string) (ok bool) {
	ok = true
	switch name {
	case "iss":
		c.issuer, ok = strictjson.String(value)
	case "sub":
		c.subject, ok = strictjson.String(value)
	case "jti":
		c.tokenID, ok = strictjson.String(value)
	case "client_id":
		c.clientID, ok = strictjson.String(value)
	case "userId":
		if !c.standard { // by the standard it is a claim like any other, and the subject says who it is
			c.userID, ok = strictjson.String(value)
		}
	case "username":
		c.username, _ = strictjson.String(value)
	case "aud":
		c.audience, ok = stringOrStrings(c.audience, value)
	case "exp":
		c.expires, ok = numericDate(value)
	case "nbf":
		c.notBefore, ok = numericDate(value)
	case "iat": // says how old the token is, not whether it is good (RFC 7519, section 4.1.6)
		_, ok = numericDate(value)
		c.issuedAt = true
	case "roles":
		c.roles = c.list(c.roles, value, false)
	case "organizations":
		c.organizations = c.list(c.organizations, value, false)
	case "namespaces":
		c.namespaces = c.list(c.namespaces, value, false)
	case "scope", "scopes":
		c.readScopes(name, value)
	case "cnf":
		c.bound = true
	}
	return ok
}

func (c *claims) auth(payload []byte) *core.Auth {
	userID := c.userID
	if userID == "" {
		userID = c.subject
	}
	return core.NewAuth(core.AuthData{
		UserID: userID, Username: c.username, Subject: c.subject, ClientID: c.clientID,
		Roles: c.roles, Organizations: c.organizations, Namespaces: c.namespaces, Scopes: c.scopes,
		Issuer: c.issuer, TokenID: c.tokenID, ExpiresAt: c.expires, Claims: payload,
	})
}

func stringOrStrings(list []string, value string) ([]string, bool) {
	if s, ok := strictjson.String(value); ok {
		return append(list, s), true
	}
	return strictjson.Strings(list, value)
}

// lastDate is the end of the year 9999: a later time is a mistake or an overflow, not a date.
const lastDate = 253402300799

// numericDate is a number of seconds since 1970, with or without a fraction (RFC 7519, section 2).
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

// digits reads ten or fewer of them.
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

// list reads the forms in which Microkubes' issuers write a list, onto the list that there is: one string or an array of
// strings. Any other form adds nothing. What is in an array is taken as it is; only a text is split at commas, and at spaces
// where they are asked for, and trimmed, and by the standard not even that.
func (c *claims) list(list []string, value string, spaces bool) []string {
	before := len(list)
	if all, ok := strictjson.Strings(list, value); ok {
		return dropEmpty(all, before)
	}
	s, ok := strictjson.String(value)
	if !ok {
		return list[:before]
	}
	if c.standard {
		return dropEmpty(append(list, s), before)
	}
	for s != "" {
		end := 0
		for end < len(s) && s[end] != ',' && (s[end] != ' ' || !spaces) {
			end++
		}
		list, s = append(list, strings.Trim(s[:end], " ")), s[min(end+1, len(s)):]
	}
	return dropEmpty(list, before)
}

// readScopes splits at spaces (RFC 6749, section 3.3) and, in the forms of Microkubes, at commas: by the standard a comma
// is part of a scope. A text with other separators is kept whole, so that it grants nothing by accident.
func (c *claims) readScopes(name, value string) {
	if !c.standard {
		c.scopes = c.list(c.scopes, value, true)
		return
	}
	if name != "scope" {
		return
	}
	text, _ := strictjson.String(value)
	for scope := range strings.SplitSeq(text, " ") {
		c.scopes = append(c.scopes, scope)
	}
	c.scopes = dropEmpty(c.scopes, 0)
}

// dropEmpty drops the empty items from an index on.
func dropEmpty(list []string, from int) []string {
	kept := list[:from]
	for _, s := range list[from:] {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
