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

// What an [Error] is about. Compare with errors.Is.
var (
	// ErrInvalid says that the description or the configuration is not one that the gateway takes. Nothing was written,
	// or nothing after what the error names.
	ErrInvalid = errors.New("invalid")
	// ErrNotOurs says that an entity of the name belongs to somebody else, or that something of somebody else stands on one
	// of ours that should go. Nothing was written, but that an instance which leaves has left.
	ErrNotOurs = errors.New("not ours")
	// ErrConflict says that the gateway does not come to rest: others keep changing it, or it does not keep what is
	// written.
	ErrConflict = errors.New("conflict")
	// ErrUnauthorized says that the gateway wants another token or certificate.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrReadOnly says that the gateway takes no configuration: it runs without a database, or as a data plane.
	ErrReadOnly = errors.New("read-only")
	// ErrUnsupportedVersion says that it is no gateway that this package knows: not Kong, or not 2.2 to 3.x.
	ErrUnsupportedVersion = errors.New("unsupported")
	// ErrUnavailable says that the gateway could not be reached, or did not answer well, until time ran out.
	ErrUnavailable = errors.New("unavailable")
)

// Error is what every method of this package fails with. It has no secret: neither the token, nor the credentials and
// the query of the gateway's address, nor the values in the configuration of plugins; "[secret]" stands for them. Names of
// fields stay, and so do Kong's own words: a value such as "redis" is hidden only where its field has the name of a secret.
type Error struct {
	Op       string            // "register", "deregister", "plan", or "configure" for NewKong
	Service  string            // the name in the description
	Entity   string            // "route hello-service"; empty where it is about none
	Request  string            // "PATCH /routes/hello-service", without the gateway's address
	Status   int               // the last answer's; 0 where there was none
	Code     int               // Kong's code of the error, 0 where it gave none
	Message  string            // what the gateway said, or what to change
	Fields   map[string]string // what the gateway said of single fields, by path: "tags[1]", "config.key_names"
	Attempts int               // how often the last request was sent

	kind    error // one of the sentinels above
	cause   error
	verdict verdict
	wait    time.Duration // that the gateway asked for
	silent  bool          // no answer in time, or the context ended before one
	noRoute bool          // Kong's proxy answered that no route matches
}

// Error says what failed, where and why, on one line.
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
		if !strings.Contains(e.Message, e.Fields[path]) { // Kong's message mostly has them all
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

// Unwrap lets errors.Is find the sentinel and the cause, such as [context.Canceled].
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

// invalid is the error of a description that is refused before anything is sent.
func invalid(format string, args ...any) *Error {
	return &Error{kind: ErrInvalid, Message: fmt.Sprintf(format, args...)}
}

// notOurs is the error of an entity that somebody else owns.
func notOurs(entity, format string, args ...any) *Error {
	return &Error{kind: ErrNotOurs, Entity: entity, Message: fmt.Sprintf(format, args...)}
}

// kongError is the body of an error as Kong writes it. Some have a message alone.
type kongError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Fields  any    `json:"fields"`
	Options any    `json:"options"` // code 11 has its fields here
}

// read takes from the body what a person would look for. Gateways, and the servers in front of them, also answer with
// HTML. No secret that s knows stays in it, not even a part of one where a text is clipped.
func (e *Error) read(body []byte, s *scrubber) {
	var k kongError
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // a secret number stays as it was sent
	if json.Valid(body) && d.Decode(&k) == nil {
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

// flatten writes Kong's nested fields as paths. An array is by position, with null where nothing is wrong.
func flatten(into map[string]string, path string, value any, s *scrubber, depth int) {
	if depth > 32 || len(into) >= 100 { // no entity is nested as deep, and nobody reads as many
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

// clip keeps what is printed to a line of bearable length.
func clip(text string) string {
	const most = 500
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
