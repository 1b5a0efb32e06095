package core

import (
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"strings"
)

// TokenSource names the places of a token in a request. The zero value is the Authorization header with the Bearer scheme
// (RFC 6750, section 2.1). If Cookie or Query is set, the token may be there instead of in the header. A request with a token in
// two places is malformed.
type TokenSource struct {
	Header string // empty: Authorization
	Scheme string // before the token, in any case; empty: Bearer for Authorization, no scheme for another Header
	Cookie string // the name of a cookie; such routes need a protection against cross-site requests
	Query  string // the name of a query parameter; proxies log its value (RFC 6750, section 5.3)
}

// Token returns the token, or "" if there is none. The error is an *Error with status 400 if the request is malformed: the header
// field, the cookie or the parameter is there twice, something else than one token follows the scheme, or a token is in two
// places. A header field, cookie or parameter with an empty value counts as one that was not sent. Values longer than 16 KiB are
// not scanned for spaces. Token does not check the characters of a token. The token is part of the request: clone it to keep it.
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

// Candidate returns what Token returns, without the check that the text of the header field is one word if the token can be
// nowhere else. It is for a lookup among tokens that have been verified: a text that is equal to one of them needs no such check.
// Any other text needs Token.
func (s TokenSource) Candidate(req Request) (string, error) {
	if s.Cookie != "" || s.Query != "" {
		return s.Token(req)
	}
	return s.behindScheme(req)
}

// onlyOne returns the token of the request: token, or what find returns. It fails if both are there.
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

// Validate returns an error if a token could never be found: if a header field or a cookie cannot have that name (RFC 9110,
// section 5.1; RFC 6265, section 4.1.1), if the scheme is not one word, or if a chain does not show the field to providers.
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

// Places returns a name for each place of the token, for the Source of an [Ownership].
func (s TokenSource) Places() []string {
	header, scheme := s.parts()
	places := []string{strings.TrimSpace(header + " " + strings.ToLower(scheme))} // schemes are compared without case
	if s.Cookie != "" {
		places = append(places, "cookie "+s.Cookie)
	}
	if s.Query != "" {
		places = append(places, "query "+s.Query)
	}
	return places
}

// parts returns the name of the header field in canonical form, and the scheme, with the defaults for both.
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

// behindScheme returns the text of the header field behind the scheme, which need not be one word. The receiver is a pointer
// because every request comes here, and a TokenSource is four strings.
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
		return "", nil // the field may be for another provider
	}
	rest := value[len(scheme):]
	if len(rest) < 2 || rest[0] != ' ' { // "BearerX" counts as a malformed Bearer, not as another scheme
		return "", errMalformedCredential
	}
	return rest[1:], nil
}

// hasScheme reports whether value begins with scheme, in any case. It tries the case of scheme first, which most clients send.
func hasScheme(value, scheme string) bool {
	return len(value) >= len(scheme) && (value[:len(scheme)] == scheme || strings.EqualFold(value[:len(scheme)], scheme))
}

// maxScanned bounds the values that are scanned for a space. The owner refuses a longer one anyway, for its size or its form, and
// its length must not add to the cost.
const maxScanned = 16 << 10

// BearerToken returns the token of the Authorization header (RFC 6750, section 2.1), as TokenSource{}.Token does.
func BearerToken(req Request) (string, error) { return TokenSource{}.Token(req) }

// Cookie returns the value of a cookie (RFC 6265, section 4.2.1), or "" if there is none. Several Cookie lines form one list
// (RFC 9113, section 8.2.3) if the request implements [FieldLines], and are malformed if it does not. Two cookies with that name
// are malformed, in one line or in two. The error is an *Error with status 400.
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
	if len(lines) != n { // a line that is not shown may have a cookie with that name
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

// cookieOfLine returns the last value of a cookie in one line, and the number of cookies with that name.
func cookieOfLine(line, name string) (value string, count int) {
	for line != "" {
		var pair string
		pair, line, _ = strings.Cut(line, ";")
		k, v, _ := strings.Cut(pair, "=")
		// Servers trim these two characters and no other white space. If the chain did not trim them, it would overlook a second
		// cookie. If it trimmed more, a name could be one that browsers do not protect by its prefix (__Host-).
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

// QueryValue returns the decoded value of a query parameter, or "" if there is none. The error is an *Error with status 400 if
// two parameters have that name, or if the value has broken percent-encoding.
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
