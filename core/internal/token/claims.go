package token

import (
	"errors"
	"math"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// claims are the members that decide, in the forms that the platform issues. Others stay in the raw payload.
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

func readClaims(payload []byte, standard bool) (*claims, error) {
	c := &claims{standard: standard}
	err := strictjson.Object(payload, func(name string, value []byte) error {
		if !c.read(name, value) {
			return errWrongType
		}
		return nil
	})
	return c, err
}

func (c *claims) read(name string, value []byte) (ok bool) {
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
		c.username, ok = strictjson.String(value)
	case "aud":
		c.audience, ok = stringOrStrings(value)
	case "exp":
		c.expires, ok = numericDate(value)
	case "nbf":
		c.notBefore, ok = numericDate(value)
	case "iat": // says how old the token is, not whether it is good (RFC 7519, section 4.1.6)
		_, ok = numericDate(value)
		c.issuedAt = true
	case "roles":
		c.roles, ok = c.list(value, ",")
	case "organizations":
		c.organizations, ok = c.list(value, ",")
	case "namespaces":
		c.namespaces, ok = c.list(value, ",")
	case "scope", "scopes":
		ok = c.readScopes(name, value)
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

func stringOrStrings(value []byte) ([]string, bool) {
	if s, ok := strictjson.String(value); ok {
		return []string{s}, true
	}
	return strictjson.Strings(value)
}

// lastDate is the end of the year 9999: a later time is a mistake or an overflow, not a date.
const lastDate = 253402300799

// numericDate is a number of seconds since 1970, with or without a fraction (RFC 7519, section 2).
func numericDate(value []byte) (time.Time, bool) {
	f, ok := strictjson.Number(value)
	if !ok || math.Abs(f) > lastDate {
		return time.Time{}, false
	}
	seconds, fraction := math.Modf(f)
	return time.Unix(int64(seconds), int64(fraction*1e9)), true
}

// list reads the forms in which Microkubes' issuers write a list: one string, an array, null, or nothing. What is in an
// array is taken as it is; only a text is split and trimmed, and by the standard not even that.
func (c *claims) list(value []byte, separators string) ([]string, bool) {
	if strictjson.IsNull(value) {
		return nil, true
	}
	if all, ok := strictjson.Strings(value); ok {
		return nonEmpty(all), true
	}
	s, ok := strictjson.String(value)
	if !ok {
		return nil, false
	}
	if c.standard {
		return nonEmpty([]string{s}), true
	}
	all := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(separators, r) })
	for i := range all {
		all[i] = strings.Trim(all[i], " ")
	}
	return nonEmpty(all), true
}

// readScopes splits at spaces (RFC 6749, section 3.3) and, in the forms of Microkubes, at commas: by the standard a comma
// is part of a scope. A text with other separators is kept whole, so that it grants nothing by accident.
func (c *claims) readScopes(name string, value []byte) bool {
	if !c.standard {
		more, ok := c.list(value, ", ")
		c.scopes = append(c.scopes, more...)
		return ok
	}
	if name != "scope" {
		return true
	}
	text, ok := strictjson.String(value)
	c.scopes = nonEmpty(strings.Split(text, " "))
	return ok
}

func nonEmpty(all []string) []string {
	kept := all[:0]
	for _, s := range all {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
