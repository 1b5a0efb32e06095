package core

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// verdict is what the chain decided on one request, and who decided it.
type verdict struct {
	provider string
	refusal  *Error // nil: the request may pass
	fault    *fault // of the service itself; nil: none
	why      string // no provider owns the credential: what each says of it

	requestID string
}

// fault is what the operator learns of an unforeseen error or a panic.
type fault struct {
	cause string // its Go type
	stack []byte // of a panic
}

func faultOf(cause any) *fault { return &fault{cause: fmt.Sprintf("%T", cause)} }

// chainName is the decider where no provider is.
const chainName = "chain"

func panicked(provider string, value any) verdict {
	f := faultOf(value)
	f.stack = debug.Stack()
	return verdict{provider: provider, refusal: errPanic, fault: f}
}

// asError finds an *Error in a chain of errors.
func asError(err error) (*Error, bool) {
	if e, ok := err.(*Error); ok { //nolint:errorlint // as nearly always; a wrapped one is looked for next
		return e, true
	}
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// refusedBy reads a provider's error.
func refusedBy(l *link, err error, notMine *disowned) verdict {
	e, ok := asError(err)
	if !ok {
		return verdict{provider: l.name, refusal: errUnforeseen, fault: faultOf(err)}
	}
	if e == nil { // a typed nil that was wrapped
		return verdict{provider: l.name, refusal: errMisuse}
	}
	if e == errNoCredential && notMine.count > 0 {
		v := notMine.verdict()
		v.provider = l.name
		return v
	}
	v := verdict{provider: l.name, refusal: e.sane()}
	if e.status >= 500 && e.cause != nil {
		v.fault = faultOf(e.cause)
	}
	return v
}

// disowned notes which providers said that a credential is not theirs. It takes no memory until nobody else owns it.
type disowned struct {
	count int
	first [4]disowner // more would say no more
}

type disowner struct {
	by     *link
	reason Reason
}

func (d *disowned) add(l *link, why Reason) {
	if d.count < len(d.first) {
		d.first[d.count] = disowner{l, why}
	}
	d.count++
}

func (d *disowned) verdict() verdict {
	var why []string
	for _, o := range d.first[:min(d.count, len(d.first))] {
		if o.reason != "" {
			why = append(why, o.by.name+": "+string(o.reason))
		}
	}
	return verdict{provider: chainName, refusal: errNotMine, why: strings.Join(why, ", ")}
}
