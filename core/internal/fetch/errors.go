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

// Error says why a document could not be had. Its text names the scheme, host and path that were asked, and has nothing of
// the query or of the answer but the status.
type Error struct {
	// Answered says that the server gave an answer that is not a document: at another URL there may be one. Otherwise the server
	// cannot be reached, or cannot answer now.
	Answered   bool
	RetryAfter time.Duration // what the server asked for; zero: nothing
	text       string
	cause      error
}

// Error implements error.
func (e *Error) Error() string { return e.text }

// Unwrap returns the cause. Its text may quote the answer of the server: do not log it.
func (e *Error) Unwrap() error { return e.cause }

// refusal is an error of this package whose text may be shown.
type refusal string

func (r refusal) Error() string { return string(r) }

// Name is what messages call a URL: without query, and of bounded length.
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

func failed(u *url.URL, cause error) *Error {
	var refused refusal
	return &Error{Answered: errors.As(cause, &refused), text: Name(u) + ": " + describe(cause), cause: cause}
}

// describe says what went wrong in words of its own, because net/http quotes the answer in some of its errors, and a transport of
// the user's may quote anything.
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
