package registrator

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// restart says that a sequence of requests met a passing trouble: it is begun again, from what the gateway has by then.
type restart struct {
	of   *Error
	wait time.Duration // that the gateway asked for
}

func (r *restart) Error() string { return r.of.Error() }
func (r *restart) Unwrap() error { return r.of }

// outcome turns what came of a call into an error, or nil.
func (c *client) outcome(ctx context.Context, k *call) error {
	var own *Error
	switch {
	case ctx.Err() != nil && (k.err != nil || !isSuccess(k.status)):
		e := c.failed(k, ErrUnavailable, k.err)
		if k.err != nil && e.Message == "" {
			e.Message = c.advice(k.err)
		}
		e.end(ctx.Err())
		return e
	case errors.As(k.err, &own):
		e := c.failed(k, own.kind, own.cause)
		e.Message = own.Message
		return e
	case k.err != nil:
		e := c.failed(k, ErrUnavailable, k.err)
		if e.Message == "" { // else it has what the gateway said before
			e.Message = c.advice(k.err)
		}
		if !hopeless(k.err) {
			return &restart{of: e}
		}
		if refusesCertificate(k.err) {
			e.kind = ErrUnauthorized
		}
		return e
	}
	return c.judge(k)
}

// judge reads the status of an answer.
func (c *client) judge(k *call) error {
	e := c.failed(k, ErrInvalid, nil)
	switch {
	case isSuccess(k.status):
		return nil
	case k.status < 400:
		e.Message = "redirects are not followed, since the token would go along; give the address of the Admin API itself"
	case k.status == http.StatusUnauthorized, k.status == http.StatusForbidden, wantsCertificate(k):
		e.kind = ErrUnauthorized
	case k.status == http.StatusMethodNotAllowed:
		e.kind = ErrReadOnly
	case passes(k.status):
		e.kind = ErrUnavailable
		return &restart{of: e, wait: k.wait}
	case isRace(k.status, e.Code):
		e.kind = ErrConflict
		return &restart{of: e}
	}
	return e
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }

// isRace tells the answers to a sequence that somebody else came in between of: what was there is gone (404; codes 4 and
// 13: what it refers to), what was not there has come (409), or what was free is in use (code 4).
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

// wantsCertificate knows the page with which nginx asks for a client certificate. It has no status of its own.
func wantsCertificate(k *call) bool {
	return k.status == http.StatusBadRequest && bytes.Contains(k.body, []byte("SSL certificate"))
}

// failed is the error of a call with what the last answer said, without any secret.
func (c *client) failed(k *call, kind, cause error) *Error {
	e := &Error{Entity: k.entity, Request: k.method + " " + k.path, Status: k.status, Attempts: k.attempts, kind: kind}
	if k.status != 0 && !isSuccess(k.status) {
		e.read(k.body, c.scrubber(k))
	}
	if cause != nil {
		e.cause = plainly(cause, c.scrubber(k))
	}
	return e
}

// plain is an error of the transport, printed without the address, which may have a query, and without what else is secret
// in it: an answer that is not HTTP stands in the error, and may be the request.
type plain struct {
	cause error
	text  string
}

func plainly(cause error, s *scrubber) plain {
	text := cause.Error()
	var u *url.Error
	if errors.As(cause, &u) {
		text = u.Err.Error()
	}
	return plain{cause, s.clean(text)}
}

// end adds that there was no time left to the cause that made it run out.
func (e *Error) end(over error) {
	switch {
	case e.cause == nil, errors.Is(e.cause, over):
		e.cause = over
	default:
		e.cause = late{e.cause, over}
	}
}

// late is a cause that lasted until the context ended.
type late struct{ cause, over error }

func (l late) Error() string { return l.cause.Error() + "; given up: " + l.over.Error() }

func (l late) Unwrap() []error { return []error{l.cause, l.over} }

func (p plain) Error() string { return p.text }

func (p plain) Unwrap() error { return p.cause }
