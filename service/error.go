package service

import (
	"errors"

	"github.com/microkubes/microkubes-go/registrator"
)

// The kinds of errors of [Run]. Compare with errors.Is.
var (
	// ErrStart means that the service could not start, so it has served nothing.
	ErrStart = errors.New("cannot start")
	// ErrServe means that the server ended, or panicked, although nobody had told the service to stop.
	ErrServe = errors.New("ended by itself")
	// ErrStop means that the service was told to stop and did not stop cleanly: the message says what may be left on the gateway,
	// or that requests were cut off.
	ErrStop = errors.New("did not stop cleanly")
)

// failure is an error of Run, of one of the kinds.
type failure struct {
	kind    error
	service string
	cause   error
}

func (f *failure) Error() string   { return f.service + " " + f.kind.Error() + ": " + f.cause.Error() }
func (f *failure) Unwrap() []error { return []error{f.kind, f.cause} }

// staysRegistered reports whether an error of the registration says that leaving the gateway has failed, too.
func staysRegistered(err error) bool {
	switch e := err.(type) { //nolint:errorlint // each error of a joined one is looked at
	case *registrator.Error:
		return e.Op == "deregister"
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			if staysRegistered(part) {
				return true
			}
		}
	}
	return false
}
