package registrator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The kinds of an [Error]. Compare with errors.Is.
var (
	// ErrInvalid means that the description or the configuration is not valid, or that the gateway does not accept it. Nothing
	// was written, or nothing after the entity that the error names.
	ErrInvalid = errors.New("invalid")
	// ErrNotOurs means that an entity of the name belongs to somebody else, or that an entity to be removed has a route or a
	// plugin of somebody else. Nothing was written, except that the target of a departing instance may already be gone.
	ErrNotOurs = errors.New("not ours")
	// ErrConflict means that the described state was not reached in time: others keep changing the gateway, or it does not keep
	// what is written.
	ErrConflict = errors.New("conflict")
	// ErrUnauthorized means that the gateway does not accept the token or the client certificate.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrReadOnly means that the gateway accepts no changes: it runs without a database, or as a data plane.
	ErrReadOnly = errors.New("read-only")
	// ErrUnsupportedVersion means that the gateway is not Kong 2.2 to 3.x.
	ErrUnsupportedVersion = errors.New("unsupported")
	// ErrUnavailable means that the gateway could not be reached, or did not give a usable answer, before time ran out.
	ErrUnavailable = errors.New("unavailable")
)

// Error is the error of every method of this package. Find it with errors.As, since an error of a failed registration may be
// joined with the error of leaving. It has no secrets: the token, the credentials and the query of the gateway's address, and
// the values in the configuration of plugins are replaced by "[secret]". Names of fields are kept, and so are Kong's own words:
// a value such as "redis" is replaced only if the name of its field is that of a secret.
type Error struct {
	Op       string            // "register", "deregister", "plan", "validate", or "configure" for NewKong
	Service  string            // the name in the description
	Entity   string            // "route hello-service"; empty if the error is not about an entity
	Request  string            // "PATCH /routes/hello-service", without the gateway's address
	Status   int               // the status of the answer; 0 if there was none
	Code     int               // Kong's code of the error; 0 if there was none
	Message  string            // the gateway's message, or what to change
	Fields   map[string]string // the gateway's messages about single fields, by path: "tags[1]", "config.key_names"
	Attempts int               // how often the request was sent

	kind    error // one of the sentinels above
	cause   error
	verdict verdict
	wait    time.Duration // what the gateway asked for with Retry-After
	silent  bool          // no answer in time, or the context ended before one
	noRoute bool          // Kong's proxy answered that no route matches
}

// Error returns what failed, where and why, on one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("registrator: ")
	if e.Op != "" {
		b.WriteString(strings.TrimSpace(e.Op+" "+e.Service) + ": ")
	}
	if e.Entity != "" {
		b.WriteString(e.Entity + ": ")
	}
	fmt.Fprint(&b, e.kind)
	if e.Request != "" {
		b.WriteString(": " + e.Request)
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, " answered %d", e.Status)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " after %d attempts", e.Attempts)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	for _, path := range slices.Sorted(maps.Keys(e.Fields)) {
		if !strings.Contains(e.Message, e.Fields[path]) { // Kong's message usually has them
			fmt.Fprintf(&b, "; %s: %s", path, e.Fields[path])
		}
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

func (e *Error) addMessage(text string) {
	if e.Message != "" {
		text = e.Message + "; " + text
	}
	e.Message = text
}

// Unwrap returns the kind and the cause, such as [context.Canceled], for errors.Is.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.kind}
	}
	return []error{e.kind, e.cause}
}

// end adds to the cause that the context ended. It returns e.
func (e *Error) end(reason error) *Error {
	if e.cause == nil || errors.Is(e.cause, reason) {
		e.cause = reason
	} else {
		e.cause = givenUp{e.cause, reason}
	}
	return e
}

// givenUp is a cause that lasted until the context ended.
type givenUp struct{ cause, reason error }

func (g givenUp) Error() string { return g.cause.Error() + "; given up: " + g.reason.Error() }

func (g givenUp) Unwrap() []error { return []error{g.cause, g.reason} }

// invalid returns the error of a description or a configuration that is refused before anything is sent.
func invalid(format string, args ...any) *Error {
	return &Error{kind: ErrInvalid, Message: fmt.Sprintf(format, args...)}
}

// notOurs returns the error of an entity that belongs to somebody else.
func notOurs(entity, format string, args ...any) *Error {
	return &Error{kind: ErrNotOurs, Entity: entity, Message: fmt.Sprintf(format, args...)}
}

// kongError is the body of an error of Kong. Some bodies have only a message.
type kongError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Fields  any    `json:"fields"`
	Options any    `json:"options"` // the fields of code 11
}

// read sets code, message and fields from the body of an answer. Gateways, and servers in front of them, also answer with HTML,
// and with JSON of another form, which becomes the message as it is.
// Secrets are removed before a text is clipped, so that no part of one remains.
func (e *Error) read(body []byte, s *scrubber) {
	var k kongError
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // a secret number stays as it was sent
	isKong := json.Valid(body) && d.Decode(&k) == nil && (k.Message != "" || k.Fields != nil || k.Options != nil)
	if isKong {
		e.Code, e.Message, e.Fields = k.Code, s.clean(k.Message), map[string]string{}
		flatten(e.Fields, "", k.Fields, s, 0)
		flatten(e.Fields, "", k.Options, s, 0)
		return
	}
	text := s.text(string(body)) // a secret may look like a tag
	if title := htmlTitle.FindStringSubmatch(text); title != nil {
		text = title[1]
	}
	text = html.UnescapeString(htmlTag.ReplaceAllString(text, " "))
	e.Message = s.clean(strings.Join(strings.Fields(text), " "))
}

var (
	htmlTitle = regexp.MustCompile(`(?is)<title>(.*?)</title>`)
	htmlTag   = regexp.MustCompile(`<[^>]*>`)
)

// flatten adds Kong's nested fields by path. An array has a message for each position, or null if that item is valid.
func flatten(into map[string]string, path string, value any, s *scrubber, depth int) {
	if depth > 32 || len(into) >= 100 { // more than any entity has, and more than anybody reads
		return
	}
	switch v := value.(type) {
	case nil:
	case string:
		into[path] = s.clean(v)
	case []any:
		for i, item := range v {
			flatten(into, fmt.Sprintf("%s[%d]", path, i), item, s, depth+1)
		}
	case map[string]any:
		for name, item := range v {
			if name = s.name(name); path != "" {
				name = path + "." + name
			}
			flatten(into, name, item, s, depth+1)
		}
	default:
		into[path] = s.clean(fmt.Sprint(v))
	}
}

// clip makes one line of limited length of a text that is printed.
func clip(text string) string {
	const maxLength = 500
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if len(text) > maxLength {
		return strings.ToValidUTF8(text[:maxLength], "") + "…"
	}
	return text
}
