package core

import (
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"strings"
)

// TokenSource says where a token is looked for. The zero value is the Authorization header with the Bearer scheme
// (RFC 6750, section 2.1). Cookie and Query are looked at only when they are set, besides the header; a token in two
// places is a malformed request.
type TokenSource struct {
	Header string // empty: Authorization
	Scheme string // before the token, compared without case; empty: Bearer, or none at all with another Header
	Cookie string // the name of a cookie; guard such routes against cross-site requests yourself
	Query  string // the name of a query parameter; it ends up in logs of proxies (RFC 6750, section 5.3)
}

// Token finds the token. It is empty where there is none, and an *Error with status 400 where the request is malformed: the
// header or the cookie twice, the scheme without one token, a token in two places. An empty value is no token, wherever it
// stands: an empty header field, cookie or parameter counts as one that was not sent. Values longer than 16 KiB are not
// scanned for spaces. The token is part of the request: clone it to keep it. Its owner judges its characters.
func (s TokenSource) Token(req Request) (string, error) {
	token, err := s.fromHeader(req)
	if err != nil {
		return "", err
	}
	if s.Cookie != "" {
		if token, err = onlyOne(token, Cookie, req, s.Cookie); err != nil {
			return "", err
		}
	}
	if s.Query != "" {
		if token, err = onlyOne(token, QueryValue, req, s.Query); err != nil {
			return "", err
		}
	}
	return token, nil
}

// Candidate returns what the header field has in the place of the token, without checking that it is one word. It is for a
// lookup among tokens that were verified before: a text that is equal to one of them needs no other check. It is empty where
// the field has no token, and where Cookie or Query name other places; then only Token can tell.
func (s TokenSource) Candidate(req Request) string {
	if s.Cookie != "" || s.Query != "" {
		return ""
	}
	text, err := s.behindScheme(req)
	if err != nil {
		return ""
	}
	return text
}

func onlyOne(token string, find func(Request, string) (string, error), req Request, name string) (string, error) {
	other, err := find(req, name)
	switch {
	case err != nil:
		return "", err
	case token != "" && other != "":
		return "", errDuplicateCredential
	case other != "":
		return other, nil
	}
	return token, nil
}

// Validate reports what would keep a token from ever being found: a name that no header field or cookie can have (RFC 9110,
// section 5.1; RFC 6265, section 4.1.1), a scheme that is not one word, a field that no chain gives out.
func (s TokenSource) Validate() error {
	var errs []error
	header, scheme := s.parts()
	switch {
	case !isToken(header):
		errs = append(errs, fmt.Errorf("Header %q is not the name of a header field", s.Header))
	case frames(header):
		errs = append(errs, fmt.Errorf("Header %q frames the message and holds no token", s.Header))
	case header == "Cookie":
		errs = append(errs, errors.New("Header is Cookie: put the name of the cookie into Cookie"))
	}
	if scheme != "" && !isToken(scheme) {
		errs = append(errs, fmt.Errorf("Scheme %q is not one word", s.Scheme))
	}
	if s.Cookie != "" && !isToken(s.Cookie) {
		errs = append(errs, fmt.Errorf("Cookie %q is not the name of a cookie", s.Cookie))
	}
	return errors.Join(errs...)
}

// Places names each place that is looked at, for [Ownership].
func (s TokenSource) Places() []string {
	header, scheme := s.parts()
	places := []string{strings.TrimSpace(header + " " + strings.ToLower(scheme))} // a scheme has no case
	if s.Cookie != "" {
		places = append(places, "cookie "+s.Cookie)
	}
	if s.Query != "" {
		places = append(places, "query "+s.Query)
	}
	return places
}

func (s *TokenSource) parts() (header, scheme string) {
	header, scheme = "Authorization", s.Scheme
	if s.Header != "" {
		header = textproto.CanonicalMIMEHeaderKey(s.Header)
	}
	if scheme == "" && header == "Authorization" {
		scheme = "Bearer"
	}
	return header, scheme
}

func (s *TokenSource) fromHeader(req Request) (string, error) {
	text, err := s.behindScheme(req)
	if err == nil && len(text) < maxScanned && strings.IndexByte(text, ' ') >= 0 {
		return "", errMalformedCredential
	}
	return text, err
}

// behindScheme returns what the header field has behind the scheme. It need not be one word. The receiver is a pointer for
// speed: every request comes here, and a TokenSource is four strings.
func (s *TokenSource) behindScheme(req Request) (string, error) {
	header, scheme := s.parts()
	value, n := req.Header(header)
	switch {
	case n == 0:
		return "", nil
	case n > 1:
		return "", errDuplicateCredential
	case scheme == "":
		return value, nil
	case !hasScheme(value, scheme):
		return "", nil // another scheme: for another provider, or for nobody
	}
	rest := value[len(scheme):]
	if len(rest) < 2 || rest[0] != ' ' { // "BearerX" is a malformed Bearer, not a scheme of that name
		return "", errMalformedCredential
	}
	return rest[1:], nil
}

// hasScheme reports whether a field value begins with a scheme, in any case. Nearly all clients write it as it is here.
func hasScheme(value, scheme string) bool {
	return len(value) >= len(scheme) && (value[:len(scheme)] == scheme || strings.EqualFold(value[:len(scheme)], scheme))
}

// maxScanned bounds the values that are scanned for a space. A longer one is refused by its owner in any case, for its size or
// its form, and must not cost more the longer it is.
const maxScanned = 16 << 10

// BearerToken is the token of the Authorization header (RFC 6750, section 2.1). It is TokenSource{}.Token.
func BearerToken(req Request) (string, error) { return TokenSource{}.Token(req) }

// Cookie returns the value of a cookie (RFC 6265, section 4.2.1), and "" where there is none. Several Cookie lines are one
// list (RFC 9113, section 8.2.3) where the request has [FieldLines], and malformed where it does not. Two cookies of that
// name are malformed, in one line or in two.
func Cookie(req Request, name string) (string, error) {
	line, n := req.Header("Cookie")
	if n > 1 {
		return cookieOfLines(req, name, n)
	}
	value, count := cookieOfLine(line, name)
	if count > 1 {
		return "", errDuplicateCredential
	}
	return value, nil
}

func cookieOfLines(req Request, name string, n int) (value string, err error) {
	fields, ok := RequestAs[FieldLines](req)
	if !ok {
		return "", errDuplicateCredential
	}
	lines := fields.FieldLines("Cookie")
	if len(lines) != n { // some are hidden, and one of those may have the name
		return "", errDuplicateCredential
	}
	total := 0
	for _, line := range lines {
		v, count := cookieOfLine(line, name)
		if total += count; total > 1 {
			return "", errDuplicateCredential
		}
		if count > 0 {
			value = v
		}
	}
	return value, nil
}

// cookieOfLine returns the last value of a cookie in one line, and how often the name is in it.
func cookieOfLine(line, name string) (value string, count int) {
	for line != "" {
		var pair string
		pair, line, _ = strings.Cut(line, ";")
		k, v, _ := strings.Cut(pair, "=")
		// Servers trim these two, and no other space: a name that was not trimmed would hide a second cookie from the chain, and
		// one that was trimmed of more would be a cookie that browsers do not guard by its prefix (__Host-).
		if strings.Trim(k, " \t") != name {
			continue
		}
		if v = strings.Trim(v, " \t"); len(v) > 1 && v[0] == '"' && v[len(v)-1] == '"' {
			v = v[1 : len(v)-1]
		}
		value, count = v, count+1
	}
	return value, count
}

// QueryValue is the decoded value of a query parameter, empty where there is none. Two parameters of that name, or
// broken percent-encoding in it, are a malformed request.
func QueryValue(req Request, name string) (string, error) {
	query := req.RawQuery()
	value, found := "", false
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		k, v, _ := strings.Cut(pair, "=")
		if key, err := url.QueryUnescape(k); err != nil || key != name {
			continue
		}
		if found {
			return "", errDuplicateCredential
		}
		decoded, err := url.QueryUnescape(v)
		if err != nil {
			return "", errMalformedCredential
		}
		value, found = decoded, true
	}
	return value, nil
}
