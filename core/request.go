package core

import (
	"fmt"
	"io"
	"net/textproto"
	"strings"
)

// Request is what a [Provider] may see of one HTTP request. An adapter implements it over its framework's request.
// Everything that can be derived (a bearer token, a cookie, a query value) is a function of this package, so that it
// is decided once and not by each adapter.
//
// A Request and the strings that it returns are valid until Provide returns: fasthttp reuses its buffers for the next
// request. Keep a clone ([strings.Clone]), not the string.
//
// A provider must not keep a Request after its own call, nor use one in a goroutine that outlives the call: adapters reuse the
// memory behind it. A Request whose chain has ended returns zero values where it can, so that a mistake shows. A call that runs
// while the chain ends may return anything, also of another request.
type Request interface {
	// Method returns the method that the router dispatched on, in the case in which it was sent: the method of the request, or
	// the one that a method override in front of the router has put in its place. An override behind the router changes the
	// result of Method but not the route, and a rule for one method may then open the handler of another. Put it in front.
	Method() string
	// Scheme returns "https" if the connection to this server is TLS, and "http" otherwise. It does not look at forwarding
	// headers.
	Scheme() string
	// Host returns the host that the request is for (RFC 9110, section 7.2), as it was sent, with the port if one was sent.
	Host() string
	// RoutePath returns the path that the router dispatched on. It is not decoded, cleaned or changed in case, so that rules
	// compare what the router compared. A '#' in the target is in RoutePath or in RawQuery. Adapters for net/http return the
	// result of the function [RoutePath].
	RoutePath() string
	// RawQuery returns the query without the question mark, undecoded.
	RawQuery() string
	// RemoteAddr returns the address of the peer of the connection as "host:port". It does not look at forwarding headers.
	RemoteAddr() string
	// Header returns the first value of a header field and the number of field lines with that name, so that a
	// second line is not overlooked. Trailers do not count. The chain calls an adapter with the name in canonical form
	// ("X-Api-Key"), whatever the provider wrote, and never with the name of a field that frames a message (Host,
	// Content-Length, Transfer-Encoding, Trailer): servers treat those in ways of their own, so for providers their
	// count is 0. An adapter's Header does not allocate.
	Header(name string) (first string, count int)
}

// FieldLines is an optional interface of a [Request], for header fields that may be sent in several lines. Without it, [Cookie]
// refuses a request with two Cookie lines, since Header returns the first line only.
type FieldLines interface {
	// FieldLines returns the values of all lines of a header field, in the order in which they were sent, as many as Header
	// counts. The name is in canonical form. The strings are valid as long as those of the Request. The caller must not change
	// the slice.
	FieldLines(name string) []string
}

// Response writes the answer to a request that the chain, or a provider, does not let pass. The chain writes every refusal
// through it, so an adapter decides on neither status nor headers. An adapter gets names in canonical form
// ("Www-Authenticate"), whatever the provider wrote.
type Response interface {
	// SetHeader replaces all values of a header field. An adapter gets a valid field name and a value of one line: in values of
	// providers the chain replaces control characters with spaces (RFC 9110, section 5.5), and it ignores invalid names and
	// the fields that frame a message.
	SetHeader(name, value string)
	// AddHeader adds one field line to those that are set. The chain treats names and values as for SetHeader.
	AddHeader(name, value string)
	// Send writes the status, from 200 to 599, and the body. The chain calls it at most once, after all headers. The answer to a
	// HEAD request has no body; its Content-Length may be that of the body (RFC 9110, section 9.3.2).
	Send(status int, body []byte) error
}

// RequestAs finds the value of type T behind the Request that a provider got from the chain, and reports whether there is one: T
// is an adapter's own type, or an optional interface such as [FieldLines]. It is to requests what [errors.As] is to errors.
// Adapters wrap it in a function Unwrap of their own.
func RequestAs[T any](req Request) (T, bool) {
	if inner, ok := req.(interface{ unwrap() Request }); ok {
		req = inner.unwrap()
	}
	t, ok := req.(T)
	return t, ok
}

// lentRequest is the Request that providers get: the adapter's, until the chain ends. Without it, a provider that keeps its
// Request would read that of another client, because frameworks and adapters reuse theirs. It makes such mistakes visible, but
// does not protect against a call that runs while the chain ends.
type lentRequest exchange

// Format prints nothing of the request, as [exchange.Format] does.
func (r *lentRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "core.Request") }

func (r *lentRequest) unwrap() Request {
	if r.phase.Load() >= ended {
		return nil
	}
	return r.req
}

func (r *lentRequest) Method() string {
	if r.phase.Load() >= ended {
		return ""
	}
	return r.req.Method()
}

func (r *lentRequest) Scheme() string {
	if r.phase.Load() >= ended {
		return ""
	}
	return r.req.Scheme()
}

func (r *lentRequest) Host() string {
	if r.phase.Load() >= ended {
		return ""
	}
	return r.req.Host()
}

func (r *lentRequest) RoutePath() string {
	if r.phase.Load() >= ended {
		return ""
	}
	if r.requestKnown {
		return r.path
	}
	return r.req.RoutePath()
}

func (r *lentRequest) RawQuery() string {
	if r.phase.Load() >= ended {
		return ""
	}
	return r.req.RawQuery()
}

func (r *lentRequest) RemoteAddr() string {
	if r.phase.Load() >= ended {
		return ""
	}
	return r.req.RemoteAddr()
}

func (r *lentRequest) Header(name string) (string, int) {
	if r.phase.Load() >= ended {
		return "", 0
	}
	if name == "Authorization" { // the usual case
		if r.requestKnown {
			return r.authorization, int(r.authorizationLines)
		}
		return r.req.Header(name)
	}
	if name = textproto.CanonicalMIMEHeaderKey(name); frames(name) {
		return "", 0
	}
	return r.req.Header(name)
}

// lentResponse is the Response that providers get: the adapter's, which sends once, and nothing after the chain has ended.
// Invalid header fields are not sent, on any framework.
type lentResponse exchange

// Format prints nothing of the request, as [exchange.Format] does.
func (r *lentResponse) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "core.Response") }

func (r *lentResponse) SetHeader(name, value string) {
	if name, ok := r.field(name); ok {
		r.res.SetHeader(name, oneLine(value))
	}
}

func (r *lentResponse) AddHeader(name, value string) {
	if name, ok := r.field(name); ok {
		r.res.AddHeader(name, oneLine(value))
	}
}

// field returns name in canonical form, and reports whether a field with that name may be sent now.
func (r *lentResponse) field(name string) (string, bool) {
	if r.phase.Load() >= ended || r.sent || !isToken(name) {
		return "", false
	}
	name = textproto.CanonicalMIMEHeaderKey(name)
	return name, !frames(name)
}

// frames reports whether the field name, in canonical form, says where a message ends or for which host it is. Servers treat
// such fields in ways of their own.
func frames(name string) bool {
	switch name {
	case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
		return true
	}
	return false
}

// oneLine replaces control characters in value with spaces. Some of them end a line, and others make clients refuse the whole
// answer (RFC 9110, section 5.5).
func oneLine(value string) string {
	control := func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }
	if strings.IndexFunc(value, control) < 0 {
		return value
	}
	line := []byte(value)
	for i, c := range line {
		if control(rune(c)) {
			line[i] = ' '
		}
	}
	return string(line)
}

// isToken reports whether name is a token, as field names are (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

func (r *lentResponse) Send(status int, body []byte) error {
	if r.phase.Load() >= ended {
		return ErrSealed
	}
	if r.sent {
		return errSentTwice
	}
	if status < 200 || status > 599 { // not a final status (RFC 9110, section 15)
		r.sendRefused = true
		return fmt.Errorf("core: %d is not a status of an answer: use 200 to 599", status)
	}
	r.sent, r.status = true, int16(status)
	return r.res.Send(status, body)
}
