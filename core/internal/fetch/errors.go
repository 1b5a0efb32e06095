package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Error is the error of [Client.Get]. Its text has the scheme, host and path of the URL, but not the query. Of the answer it has
// only the status.
type Error struct {
	// Answered reports whether the server gave a definite answer, so another URL may have the document. Otherwise the server
	// could not be reached, or could not answer now.
	Answered   bool
	RetryAfter time.Duration // as the server requested; zero: it did not
	text       string
	cause      error
}

// Error implements error.
func (e *Error) Error() string { return e.text }

// Unwrap returns the cause. Its text may quote the answer of the server: do not log it.
func (e *Error) Unwrap() error { return e.cause }

// refusal is an error of this package. Its text may be shown.
type refusal string

func (r refusal) Error() string { return string(r) }

// Name returns u for messages: without its query, and clipped.
func Name(u *url.URL) string { return clip(u.Scheme + "://" + u.Host + u.EscapedPath()) }

const maxText = 200

func clip(text string) string {
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText], "") + "..."
	}
	return text
}

func answered(u *url.URL, cause error) *Error {
	return &Error{Answered: true, text: Name(u) + ": " + cause.Error(), cause: cause}
}

func statusError(u *url.URL, res *http.Response, now time.Time) *Error {
	later := res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests
	text := fmt.Sprintf("%s: status %d %s", Name(u), res.StatusCode, http.StatusText(res.StatusCode))
	return &Error{Answered: !later, RetryAfter: RetryAfter(res.Header, now), text: strings.TrimSpace(text)}
}

// failed returns the error of an exchange. After the end of ctx, which closes the connection, that end is the cause.
func failed(ctx context.Context, u *url.URL, cause error) *Error {
	if ctx.Err() != nil {
		cause = ctx.Err()
	}
	var refused refusal
	return &Error{Answered: errors.As(cause, &refused), text: Name(u) + ": " + describe(cause), cause: cause}
}

// describe returns the text of an error. It does not use the text of err, because some errors of net/http quote the answer, and
// those of a user's transport may quote anything.
func describe(err error) string {
	var (
		refused     refusal
		lookup      *net.DNSError
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		operation   *net.OpError
		number      syscall.Errno
		timeout     interface{ Timeout() bool }
	)
	switch {
	case errors.As(err, &refused):
		return refused.Error()
	case errors.Is(err, context.Canceled):
		return "the request was cancelled"
	case errors.As(err, &lookup):
		if lookup.IsNotFound {
			return "the host name does not exist"
		}
		return "the host name could not be looked up"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "the answer was not complete in time"
	case errors.As(err, &certificate):
		return "the certificate is not trusted: " + clip(certificate.Err.Error())
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "the server does not speak TLS on this port"
	case errors.As(err, &operation) && operation.Op == "remote error": // a TLS alert
		return "the server refused the TLS connection: " + clip(operation.Err.Error())
	case errors.As(err, &operation) && errors.As(err, &number):
		return operation.Op + ": " + number.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection ended before the answer was complete"
	}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return fmt.Sprintf("the request failed (%T)", err)
}
