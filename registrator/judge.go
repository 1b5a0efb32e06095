package registrator

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// verdict says what may follow a failed attempt.
type verdict int

const (
	final  verdict = iota // waiting does not help
	resend                // the same request may succeed later; if it does not, the gateway is read again
	reread                // something changed meanwhile, so the gateway is read again
)

// judge returns the failure that the answer of an attempt means, or nil if the answer is good. Whether the context has ended
// meanwhile does not matter.
func (c *client) judge(k *call) *Error {
	a := k.answer
	if isSuccess(a.status) || k.method == http.MethodGet && a.status == http.StatusNotFound && isKongs(a.body) {
		return nil
	}
	e := c.failed(k, ErrInvalid)
	e.read(a.body, c.scrubber(k))
	e.Status, e.wait, e.noRoute = a.status, a.retryAfter, isNoRoute(a.body)
	switch {
	case a.status < 400:
		e.Message = "redirects are not followed, since the token would go along; give the address of the Admin API itself"
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden, wantsCertificate(a):
		e.kind = ErrUnauthorized
	case a.status == http.StatusMethodNotAllowed:
		e.kind = ErrReadOnly
	case passes(a.status):
		e.kind, e.verdict = ErrUnavailable, resend
	case a.status == http.StatusNotFound && !isKongs(a.body): // another server answers in the gateway's place
		e.kind, e.verdict = ErrUnavailable, reread
	case isRace(a.status, e.Code):
		e.kind, e.verdict = ErrConflict, reread
	}
	return e
}

// judgeError returns the failure that an error of an attempt without an answer means.
func (c *client) judgeError(ctx context.Context, k *call, err error) *Error {
	e := c.failed(k, ErrUnavailable)
	e.verdict = resend
	e.silent = errors.Is(err, errAttemptTimeout) ||
		ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
	var known *Error // of the token, or of this package's reading of the answer
	switch isKnown := errors.As(err, &known); {
	case isKnown && e.silent:
		e.cause, e.Message = known.cause, known.Message
		return e
	case isKnown:
		e.verdict, e.kind, e.cause, e.Message = final, known.kind, known.cause, known.Message
		return e
	case e.silent:
	case isTLS(err), errors.Is(err, http.ErrSchemeMismatch):
		e.verdict = final
	}
	if refusesCertificate(err) {
		e.kind = ErrUnauthorized
	}
	e.Message, e.cause = c.advice(err), scrubError(err, c.scrubber(k))
	return e
}

// failed returns an error about a call.
func (c *client) failed(k *call, kind error) *Error {
	return &Error{Entity: k.entity, Request: k.method + " " + k.path, Attempts: k.attempts, kind: kind}
}

// record keeps the failure of an attempt, or nil. An attempt without an answer does not replace an earlier failure with one: what
// the gateway objected to says more than its silence.
func (k *call) record(e *Error) {
	last := k.failure
	if e == nil || last == nil || !e.silent || last.silent {
		k.failure = e
		return
	}
	last.wait = 0 // it was waited for
	if last.cause == nil {
		last.cause = e.cause
	}
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }

// passes reports whether a status says nothing about the request itself, so that the same request may succeed later: the
// server, or one in front of it, was too slow, too busy, not ready, or not the right one for this connection.
func passes(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusMisdirectedRequest, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= http.StatusInternalServerError
}

// isRace reports whether another client may have caused the answer by a change during the sequence: an entity is gone (404, or
// codes 4 and 13 for one that is referred to), has been created (409), or is in use (code 4).
func isRace(status, code int) bool {
	const foreignKeyViolation, foreignKeyUnresolved = 4, 13
	switch status {
	case http.StatusNotFound, http.StatusConflict:
		return true
	case http.StatusBadRequest:
		return code == foreignKeyViolation || code == foreignKeyUnresolved
	}
	return false
}

// isKongs reports whether a body is an answer of Kong's Admin API. A server in front of it answers with a page, or with JSON of
// another form, and knows nothing about Kong's entities.
func isKongs(body []byte) bool {
	message, ok := messageOf(body)
	return ok && !strings.HasPrefix(message, noRoute)
}

// noRoute begins the message of Kong's proxy for a request that no route matches. The proxy may stand in front of the Admin API.
// Its answer has no code, and its headers can be turned off, so the text is the only mark.
const noRoute = "no Route matched"

func isNoRoute(body []byte) bool {
	message, _ := messageOf(body)
	return strings.HasPrefix(message, noRoute)
}

func messageOf(body []byte) (message string, ok bool) {
	var answer struct{ Message *string }
	if json.Unmarshal(body, &answer) != nil || answer.Message == nil {
		return "", false
	}
	return *answer.Message, true
}

// wantsCertificate reports whether an answer is the page with which nginx asks for a client certificate. The page has no status
// of its own, so its text is the only mark.
func wantsCertificate(a answer) bool {
	return a.status == http.StatusBadRequest && bytes.Contains(a.body, []byte("SSL certificate"))
}

// isTLS reports whether waiting does not help, because a certificate or the configuration of TLS is wrong.
func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &unknown) || refusesCertificate(err)
}

// scrubbed is an error of the transport with a text without secrets. The text does not have the address, which may have a query.
// It may quote an answer that is not HTTP, and such an answer may repeat the request.
type scrubbed struct {
	cause error
	text  string
}

func scrubError(cause error, s *scrubber) scrubbed {
	text := cause.Error()
	var u *url.Error
	if errors.As(cause, &u) {
		text = u.Err.Error()
	}
	return scrubbed{cause, s.clean(text)}
}

func (s scrubbed) Error() string { return s.text }

func (s scrubbed) Unwrap() error { return s.cause }
