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
	cause string // the Go type of an unforeseen error, or of the value of a panic; empty: none
	stack []byte // of a panic
	why   string // with errNotMine: why the providers disown the credential
	hint  string // with errNotMine: what they say to change
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
	b := &background{why: strings.Join(why, ", "), hint: strings.Join(hints, "; ")}
	return verdict{provider: chainName, refusal: errNotMine, behind: b}
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
	if v.behind != nil && v.behind.hint != "" {
		return reason.Detail{Hint: v.behind.hint}
	}
	return v.refusal.detail()
}
