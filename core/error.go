package core

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/bearer"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// Error is the refusal of a request. It has a status, a message and a challenge for the client, and a cause and a reason code
// for the operator. The text of the cause is neither sent nor logged, except what a Config says: the name of a claim, and a hint.
//
// An Error is immutable, so it may be a package variable: the With methods return a changed copy. The zero value refuses with
// 500.
type Error struct {
	status     int
	message    string
	code       string // the error code of RFC 6750, section 3.1, or of RFC 9470, section 3
	scope      string
	challenge  string // sent instead of the Bearer challenge; empty: the Bearer challenge
	parameters string // of the Bearer challenge, behind the error code
	retryAfter time.Duration
	reason     Reason
	cause      error
	body       string // the usual body, as JSON
	requestID  string // the id of the request, in the copy for WithErrorBody
}

// NewError returns a refusal with a status from 400 to 599; any other status refuses with 500. The client gets message, or the
// text of the status in lower case if message is empty. Prefer BadRequest, Unauthorized, Forbidden or Unavailable where one fits.
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

// BadRequest returns the refusal of a malformed request: 400 with error="invalid_request" (RFC 6750, section 3.1).
func BadRequest(message string) *Error { return NewError(http.StatusBadRequest, message) }

// Unauthorized returns the refusal of a bad credential: 401 with error="invalid_token". Use one message for all reasons, so that
// the answer does not tell an attacker how far the credential got. If a request has no credential, return nil from Provide
// instead: the chain then answers with a challenge that has no error code.
func Unauthorized(message string) *Error { return NewError(http.StatusUnauthorized, message) }

// Forbidden returns the refusal of an authenticated request that is not allowed: 403 with error="insufficient_scope". If the
// request lacks scopes, name the scopes that the resource needs.
func Forbidden(message string, scopes ...string) *Error {
	e := NewError(http.StatusForbidden, message)
	e.scope = strings.Join(scopes, " ")
	return e
}

// Unavailable returns the refusal of a request on which the decision cannot be made, because keys or another service are not
// available: 503 with Retry-After in whole seconds, at least one. It says nothing about the credential: a client that gets 401
// instead logs its user out.
func Unavailable(message string, retryAfter time.Duration) *Error {
	e := NewError(http.StatusServiceUnavailable, message)
	e.retryAfter = retryAfter
	e.reason = reason.Unavailable
	return e
}

// Status returns the HTTP status of the refusal.
func (e *Error) Status() int { return e.status }

// Message returns the message for the client.
func (e *Error) Message() string {
	if e.message == "" {
		return strings.ToLower(http.StatusText(e.status))
	}
	return e.message
}

// Code returns the error code in the challenge (RFC 6750, section 3.1; RFC 9470, section 3), or "" if there is none.
func (e *Error) Code() string { return e.code }

// Reason returns the reason code for logs and events.
func (e *Error) Reason() Reason { return e.reason }

// RequestID returns the id of the request, as [SecurityChain.WithRequestID] finds it. It is for the function of
// [SecurityChain.WithErrorBody], which may send the id. It returns "" elsewhere, and for a request without an id. An id has only
// letters, digits and -._~:/+=@.
func (e *Error) RequestID() string { return e.requestID }

// Error returns a text for the operator: the message, the reason code and the cause.
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

// WithCause returns a copy with cause, the error that led to the refusal.
func (e *Error) WithCause(cause error) *Error {
	f := *e
	f.cause = cause
	return &f
}

// detail returns what a configuration says about the refusal.
func (e *Error) detail() reason.Detail {
	detail, _ := e.cause.(reason.Detail) //nolint:errorlint // the cause itself, which only this module can make
	return detail
}

// WithReason returns a copy with another reason code. The set of codes is closed, so that nothing of a request can get into a log
// through a code: one that is not in the set becomes "refused".
func (e *Error) WithReason(code Reason) *Error {
	f := *e
	f.reason = reason.Known(code)
	return &f
}

// WithChallenge returns a copy that sends value as WWW-Authenticate, such as `Basic realm="x"`, instead of the Bearer challenge.
// If value has anything but printable ASCII, the refusal is a 500.
func (e *Error) WithChallenge(value string) *Error {
	f := *e
	f.challenge = value
	return &f
}

// orMisuse returns e, or errMisuse if the status of e does not refuse or a text of e would break a header.
func (e *Error) orMisuse() *Error {
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

// noCredential returns the refusal of a request without a credential, which has no error code (RFC 6750, section 3.1).
func noCredential() *Error {
	e := Unauthorized("authentication required").WithReason(reason.NoCredential)
	e.code = ""
	return e
}

func init() {
	bearer.StepUp = func(acr []string, maxAge int64) error {
		e := Unauthorized("stronger or more recent authentication required").WithReason(reason.InsufficientAuthentication)
		e.code = "insufficient_user_authentication"
		if len(acr) > 0 {
			e.parameters = `, acr_values="` + strings.Join(acr, " ") + `"`
		}
		if maxAge > 0 {
			e.parameters += `, max_age="` + strconv.FormatInt(maxAge, 10) + `"`
		}
		return e
	}
}

// InvalidToken returns the refusal of a bad token: 401 with error="invalid_token" and the same message for every code. The code
// goes to logs and events only.
func InvalidToken(code Reason) *Error { return Unauthorized("invalid token").WithReason(code) }
