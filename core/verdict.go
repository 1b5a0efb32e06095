package core

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// verdict is the decision on one request. It has four words, so that it stays in registers.
type verdict struct {
	provider string      // that decided, or chainName
	refusal  *Error      // nil: the request may pass
	behind   *background // nil: there is nothing more to say
}

// background is what the log and the [Event] have of a refusal that is not in the [Error].
type background struct {
	cause   string   // the Go type of an unforeseen error, or of the value of a panic; empty: none
	stack   []byte   // of a panic
	notMine disowned // with errNotMine: the providers that disown the credential
}

// causedBy returns the background of a refusal with an error behind it, or the value of a panic. It has nothing of the text.
func causedBy(cause any) *background { return &background{cause: fmt.Sprintf("%T", cause)} }

// chainName stands for the name of a provider if the chain itself decided.
const chainName = "chain"

// panicked returns the verdict on a request for which a provider, or the chain itself, panicked with value.
func panicked(provider string, value any) verdict {
	b := causedBy(value)
	b.stack = debug.Stack()
	return verdict{provider: provider, refusal: errPanic, behind: b}
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
		return verdict{provider: l.name, refusal: errUnforeseen, behind: causedBy(err)}
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
		v.behind = causedBy(e.cause)
	}
	return v
}

// disowned collects the providers that returned NotMine. Its texts are made only for a log record or an [Event].
type disowned struct {
	count int
	first [4]disowner // a log record has no more of them
}

type disowner struct {
	provider *link
	reason   reason.Number
}

func (d *disowned) add(l *link, why reason.Number) {
	if d.count < len(d.first) {
		d.first[d.count] = disowner{l, why}
	}
	d.count++
}

// verdict returns the refusal of a credential that no provider owns.
func (d *disowned) verdict() verdict {
	return verdict{provider: chainName, refusal: errNotMine, behind: &background{notMine: *d}}
}

// why returns why the providers disown the credential.
func (d *disowned) why() string {
	return d.join(", ", func(o disowner) string { return string(o.reason.Code()) })
}

// hint returns what the providers say to change.
func (d *disowned) hint() string {
	return d.join("; ", func(o disowner) string {
		if h, ok := o.provider.Provider.(hinter); ok {
			return h.HintFor(o.reason.Code()).Hint
		}
		return ""
	})
}

// join joins what is said of each provider, if anything is said, with the name of the provider before it.
func (d *disowned) join(separator string, said func(disowner) string) string {
	var all []string
	for _, o := range d.first[:min(d.count, len(d.first))] {
		if text := said(o); text != "" {
			all = append(all, o.provider.name+": "+text)
		}
	}
	return strings.Join(all, separator)
}

// hinter is a provider of this module that knows the usual mistakes behind a reason code. Its hints are constants. Another module
// cannot write the method, because it cannot import the type of the result.
type hinter interface {
	HintFor(code Reason) reason.Detail
}

// unsent notes the error with which the refusal could not be sent, unless there is another one behind it.
func (v *verdict) unsent(err error) {
	switch b := causedBy(err); {
	case v.behind == nil:
		v.behind = b
	case v.behind.cause == "":
		v.behind.cause = b.cause
	}
}

// detail returns what a configuration says about the refusal.
func (v *verdict) detail() reason.Detail {
	if v.behind != nil {
		if hint := v.behind.notMine.hint(); hint != "" {
			return reason.Detail{Hint: hint}
		}
	}
	return v.refusal.detail()
}
