package core

import (
	"fmt"
	"io"
	"net/textproto"
	"strings"
)

// Request is what a [Provider] may see of one HTTP request. An adapter implements it over its framework's request;
// everything that can be derived (a bearer token, a cookie, a query value) is a function of this package, so that it
// is decided once and not by each adapter.
//
// A Request and the strings it returns are valid until Provide returns: fasthttp reuses its buffers for the next
// request. Keep a clone ([strings.Clone]), not the string.
//
// A provider must not keep a Request past its own call, nor use one in a goroutine that outlives it: adapters reuse what is
// behind it. A Request whose chain has ended answers with zero values where it can, so that a mistake shows; a call that runs
// while the chain ends may still answer with anything, also of another request.
type Request interface {
	// Method is the method that the router dispatched on, never folded to upper case: the one that was sent, or the one that
	// a method override in front of the router put in its place. An override that runs behind the router changes the method that
	// is seen here but not the route that was taken: a rule for one method may then open the handler of another. Put it in front.
	Method() string
	// Scheme is "https" where this very connection is TLS, else "http". Forwarding headers are not consulted.
	Scheme() string
	// Host is the host the request is for (RFC 9110, section 7.2), as it was sent, with the port where one was sent.
	Host() string
	// RoutePath is the undecoded path that the router dispatched on. It is never decoded, cleaned or folded here:
	// rules about paths compare what the router compared. Where the target has a '#', it is in the path or in
	// RawQuery. On net/http it is the function [RoutePath] of this package.
	RoutePath() string
	// RawQuery is the query without the question mark, undecoded.
	RawQuery() string
	// RemoteAddr is the address of the peer of the connection, "host:port". Forwarding headers are not consulted.
	RemoteAddr() string
	// Header returns the first value of a header field and the number of field lines with that name, so that a
	// second line cannot hide. A trailer is not a header. The chain asks an adapter with the name in canonical form
	// ("X-Api-Key"), whatever the provider wrote, and never for the fields that frame a message (Host,
	// Content-Length, Transfer-Encoding, Trailer): servers keep those in ways of their own, so to providers they have
	// count 0. It does not allocate.
	Header(name string) (first string, count int)
}

// FieldLines is an optional interface of a [Request], for header fields that may be sent in several lines. Without it a
// request with two Cookie lines is malformed, since Header returns the first line alone.
type FieldLines interface {
	// FieldLines returns the values of all lines of a header field, in the order in which they were sent: as many as Header
	// counts. The name is in canonical form. The strings are valid as long as those of the Request, and the slice must not
	// be changed.
	FieldLines(name string) []string
}

// Response is how the chain refuses or redirects. The chain writes every refusal through it; an adapter decides
// neither a status nor a header. It is given names in canonical form ("Www-Authenticate"), whatever the provider wrote.
type Response interface {
	// SetHeader replaces all values of a header field. What a provider gives is a field name and one line when it gets here:
	// the chain has spaces for control characters (RFC 9110, section 5.5), and passes over what is no name and the fields that
	// frame a message.
	SetHeader(name, value string)
	// AddHeader adds one field line and keeps those that are there.
	AddHeader(name, value string)
	// Send writes the status, 200 to 599, and the body. It is called at most once, after all headers. In answer to HEAD the
	// body is not written, while Content-Length may say how long it would have been (RFC 9110, section 9.3.2).
	Send(status int, body []byte) error
}

// RequestAs looks behind the Request that the chain hands to a provider for one of type T: an adapter's own type, or
// an optional interface that it offers. It is what errors.As is to errors. Adapters wrap it in a typed Unwrap.
func RequestAs[T any](req Request) (T, bool) {
	if inner, ok := req.(interface{ unwrap() Request }); ok {
		req = inner.unwrap()
	}
	t, ok := req.(T)
	return t, ok
}

// lentRequest is the Request a provider gets: the adapter's, taken back when the chain ends. Without it a provider
// that keeps its Request would read somebody else's, because frameworks and adapters reuse theirs. It is a net for mistakes: it
// does not hold against a call that runs while the chain ends.
type lentRequest exchange

// Format prints nothing of the request, as [exchange.Format] does.
func (r *lentRequest) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "core.Request") }

func (r *lentRequest) unwrap() Request {
	if r.phase.Load() >= over {
		return nil
	}
	return r.req
}

func (r *lentRequest) Method() string {
	if r.phase.Load() >= over {
		return ""
	}
	return r.req.Method()
}

func (r *lentRequest) Scheme() string {
	if r.phase.Load() >= over {
		return ""
	}
	return r.req.Scheme()
}

func (r *lentRequest) Host() string {
	if r.phase.Load() >= over {
		return ""
	}
	return r.req.Host()
}

func (r *lentRequest) RoutePath() string {
	if r.phase.Load() >= over {
		return ""
	}
	if r.seen {
		return r.path
	}
	return r.req.RoutePath()
}

func (r *lentRequest) RawQuery() string {
	if r.phase.Load() >= over {
		return ""
	}
	return r.req.RawQuery()
}

func (r *lentRequest) RemoteAddr() string {
	if r.phase.Load() >= over {
		return ""
	}
	return r.req.RemoteAddr()
}

func (r *lentRequest) Header(name string) (string, int) {
	if r.phase.Load() >= over {
		return "", 0
	}
	if name == "Authorization" { // nearly always it is this one, in this form
		if r.seen {
			return r.authorization, int(r.lines)
		}
		return r.req.Header(name)
	}
	if name = textproto.CanonicalMIMEHeaderKey(name); frames(name) {
		return "", 0
	}
	return r.req.Header(name)
}

// lentResponse is the Response a provider gets: the adapter's, which can be sent once and not after the chain ended. What is
// no header field is not sent as one, on any framework.
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

// field is a name in canonical form, and whether it can be sent now.
func (r *lentResponse) field(name string) (string, bool) {
	if r.phase.Load() >= over || r.sent || !isToken(name) {
		return "", false
	}
	name = textproto.CanonicalMIMEHeaderKey(name)
	return name, !frames(name)
}

// frames tells the fields that say where a message ends and for whom it is: servers keep them in ways of their own.
func frames(name string) bool {
	switch name {
	case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
		return true
	}
	return false
}

// oneLine has spaces for control characters, of which some end a line and others make clients refuse the whole answer
// (RFC 9110, section 5.5).
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

// isToken tells what may be the name of a field (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return name != ""
}

func (r *lentResponse) Send(status int, body []byte) error {
	if r.phase.Load() >= over {
		return ErrSealed
	}
	if r.sent {
		return errSentTwice
	}
	if status < 200 || status > 599 { // no final answer (RFC 9110, section 15)
		r.unsent = true
		return fmt.Errorf("core: %d is no status to answer with", status)
	}
	r.sent, r.status = true, int16(status)
	return r.res.Send(status, body)
}
