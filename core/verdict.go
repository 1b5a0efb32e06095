package core

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// verdict is the decision on one request.
type verdict struct {
	provider  string // that decided, or chainName
	refusal   *Error // nil: the request may pass
	fault     *fault // an error or a panic of the service; nil: none
	why       string // with errNotMine: why the providers disown the credential
	hint      string // with errNotMine: what they say to change
	requestID string
}

// fault describes an unforeseen error or a panic in the log, without its text.
type fault struct {
	cause string // the Go type
	stack []byte // of a panic
}

func faultOf(cause any) *fault { return &fault{cause: fmt.Sprintf("%T", cause)} }

// chainName stands for the name of a provider if the chain itself decided.
const chainName = "chain"

// panicked returns the verdict on a request for which a provider, or the chain itself, panicked with value.
func panicked(provider string, value any) verdict {
	f := faultOf(value)
	f.stack = debug.Stack()
	return verdict{provider: provider, refusal: errPanic, fault: f}
}

// asError finds an *Error in the tree of err.
func asError(err error) (*Error, bool) {
	if e, ok := err.(*Error); ok { //nolint:errorlint // the usual case; errors.As finds a wrapped one
		return e, true
	}
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// refusedBy returns the verdict for an error that the provider l returned.
func refusedBy(l *link, err error, notMine *disowned) verdict {
	e, ok := asError(err)
	if !ok {
		return verdict{provider: l.name, refusal: errUnforeseen, fault: faultOf(err)}
	}
	if e == nil { // a nil *Error that is wrapped in another error
		return verdict{provider: l.name, refusal: errMisuse}
	}
	if e == errNoCredential && notMine.count > 0 {
		v := notMine.verdict()
		v.provider = l.name
		return v
	}
	v := verdict{provider: l.name, refusal: e.orMisuse()}
	if e.status >= 500 && e.cause != nil {
		v.fault = faultOf(e.cause)
	}
	return v
}

// disowned collects the providers that returned NotMine. It allocates nothing before verdict is called.
type disowned struct {
	count int
	first [4]disowner // a log record has no more of them
}

type disowner struct {
	provider *link
	reason   Reason
}

func (d *disowned) add(l *link, why Reason) {
	if d.count < len(d.first) {
		d.first[d.count] = disowner{l, why}
	}
	d.count++
}

// verdict returns the refusal of a credential that no provider owns.
func (d *disowned) verdict() verdict {
	var why, hints []string
	for _, o := range d.first[:min(d.count, len(d.first))] {
		if o.reason == "" {
			continue
		}
		why = append(why, o.provider.name+": "+string(o.reason))
		if h, ok := o.provider.Provider.(hinter); ok {
			if hint := h.HintFor(o.reason).Hint; hint != "" {
				hints = append(hints, o.provider.name+": "+hint)
			}
		}
	}
	return verdict{provider: chainName, refusal: errNotMine, why: strings.Join(why, ", "), hint: strings.Join(hints, "; ")}
}

// hinter is a provider of this module that knows the usual mistakes behind a reason code. Its hints are constants. Another module
// cannot write the method, because it cannot import the type of the result.
type hinter interface {
	HintFor(code Reason) reason.Detail
}

// detail returns what a configuration says about the refusal.
func (v *verdict) detail() reason.Detail {
	if v.hint != "" {
		return reason.Detail{Hint: v.hint}
	}
	return v.refusal.detail()
}
