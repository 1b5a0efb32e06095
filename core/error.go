package core

import (
	"net/http"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// Error refuses a request. It has what the client may see (a status, a message, a challenge) and, apart from that, a
// cause and a reason code for the operator. The text of the cause is never sent and never logged.
//
// Errors are immutable: the With methods return a copy, so an Error may be a package variable. The zero value refuses
// with 500.
type Error struct {
	status     int
	message    string
	code       string // the error code of RFC 6750, section 3.1
	scope      string
	challenge  string // instead of the Bearer challenge
	retryAfter time.Duration
	reason     Reason
	cause      error
	body       string // as JSON, made once
	requestID  string // of the one request that it refuses, for WithErrorBody
}

// NewError refuses with any status from 400 to 599; another one becomes 500. The client sees the message, or the
// usual text of the status when it is empty. The named constructors are better where one fits.
func NewError(status int, message string) *Error {
	e := &Error{status: status, message: message, reason: reason.Refused}
	switch status {
	case http.StatusBadRequest:
		e.code = "invalid_request"
	case http.StatusUnauthorized:
		e.code = "invalid_token"
	case http.StatusForbidden:
		e.code = "insufficient_scope"
	}
	e.body = string(jsonBody(e))
	return e
}

// BadRequest refuses a malformed request: 400, error="invalid_request" (RFC 6750, section 3.1).
func BadRequest(message string) *Error { return NewError(http.StatusBadRequest, message) }

// Unauthorized refuses a credential that is there and is not good: 401, error="invalid_token". Use one message for
// all reasons, so that the answer does not tell an attacker how far he came. Where there is no credential, return nil
// instead: the chain then answers with a bare challenge.
func Unauthorized(message string) *Error { return NewError(http.StatusUnauthorized, message) }

// Forbidden refuses an authenticated request that is not allowed: 403, error="insufficient_scope". Where scopes are
// what it lacks, name those that the resource needs.
func Forbidden(message string, scopes ...string) *Error {
	e := NewError(http.StatusForbidden, message)
	e.scope = strings.Join(scopes, " ")
	return e
}

// Unavailable says that the decision could not be made, because keys or another service cannot be had: 503 with
// Retry-After in whole seconds, at least one. It is neither yes nor no: a client that got 401 would log its user out.
func Unavailable(message string, retryAfter time.Duration) *Error {
	e := NewError(http.StatusServiceUnavailable, message)
	e.retryAfter = retryAfter
	e.reason = reason.Unavailable
	return e
}

// Status is the HTTP status of the refusal.
func (e *Error) Status() int { return e.status }

// Message is what the client may read.
func (e *Error) Message() string {
	if e.message == "" {
		return strings.ToLower(http.StatusText(e.status))
	}
	return e.message
}

// Code is the error code in the challenge (RFC 6750, section 3.1), empty where there is none.
func (e *Error) Code() string { return e.code }

// Reason is the code that logs and events carry. ARCHITECTURE.md lists them all.
func (e *Error) Reason() Reason { return e.reason }

// RequestID is the id of the request, by [SecurityChain.WithRequestID]. It is for the function of [SecurityChain.WithErrorBody],
// which may send it; elsewhere, and where there is none, it is empty. It has letters, digits and -._~:/+=@ only.
func (e *Error) RequestID() string { return e.requestID }

// Error is for the operator's eyes: the message with the reason code, and the cause.
func (e *Error) Error() string {
	text := e.Message()
	if e.reason != "" && e.reason != reason.Refused {
		text += " (" + string(e.reason) + ")"
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is an Error with the same status, reason and message, so that errors.Is finds a package's Error
// variables also after WithCause.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t != nil && e != nil && t.status == e.status && t.reason == e.reason && t.message == e.message
}

// WithCause returns a copy with the error that led to it.
func (e *Error) WithCause(cause error) *Error {
	f := *e
	f.cause = cause
	return &f
}

// WithReason returns a copy with another reason code. The set is closed, so that nothing of a request can slip into a
// log through it: a code that this package does not know becomes "refused".
func (e *Error) WithReason(code Reason) *Error {
	f := *e
	f.reason = reason.Known(code)
	return &f
}

// WithChallenge returns a copy that sends another WWW-Authenticate value than the Bearer challenge, such as
// `Basic realm="x"`. A value with anything but printable ASCII makes the refusal a 500.
func (e *Error) WithChallenge(value string) *Error {
	f := *e
	f.challenge = value
	return &f
}

// sane is e, or a 500 where e would not be a refusal or would break a header.
func (e *Error) sane() *Error {
	if e.status < 400 || e.status > 599 || !printable(e.challenge) || !printable(e.scope) {
		return errMisuse
	}
	return e
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// The refusals of the chain itself. Each kind has one message, whatever the reason.
var (
	errNoCredential        = noCredential()
	errNotMine             = InvalidToken(reason.NotMine)
	errMalformedPath       = BadRequest("malformed request").WithReason(reason.MalformedPath)
	errDuplicateCredential = BadRequest("malformed request").WithReason(reason.DuplicateCredential)
	errMalformedCredential = BadRequest("malformed request").WithReason(reason.MalformedCredential)
	errInternal            = NewError(http.StatusInternalServerError, "")
	errPanic               = errInternal.WithReason(reason.Panic)
	errUnforeseen          = errInternal.WithReason(reason.Unforeseen)
	errMisuse              = errInternal.WithReason(reason.Misuse)
	errAuthSetTwice        = errInternal.WithReason(reason.AuthSetTwice)
	errAnswered            = errInternal.WithReason(reason.Answered)
)

// noCredential has no error code (RFC 6750, section 3.1).
func noCredential() *Error {
	e := Unauthorized("authentication required").WithReason(reason.NoCredential)
	e.code = ""
	return e
}

// InvalidToken is the one refusal of every bad token: 401, error="invalid_token", the same message whatever the
// reason, which goes to logs and events only.
func InvalidToken(code Reason) *Error { return Unauthorized("invalid token").WithReason(code) }
