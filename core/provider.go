package core

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"

	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// Provider looks at one request: it authenticates it, authorises it, or lets it pass on. A provider is shared by all
// requests, so it must be safe for concurrent use.
//
// What Provide returns decides:
//
//	nil             next provider: nothing for me here, or I have set the Auth
//	NotMine         a credential is here but belongs to another provider; if nobody sets an Auth: 401 invalid_token
//	BreakChain      end the base chain and let pass (public routes); providers added by With run all the same
//	*Error          refuse with its status, message and challenge
//	any other error refuse with 500 and a constant body; the text of the error is never sent nor logged
//
// A panic counts as any other error. A provider that called res.Send has answered the request itself, whatever it
// returns: no handler runs. An Auth together with an error is a refusal.
//
// Three optional methods are found by type assertion: Validate() error is asked by [NewSecurityChain] and
// [SecurityChain.With]; Name() string is what logs and events call the provider, instead of its Go type; and
// [Authenticator] says which credentials are the provider's.
type Provider interface {
	Provide(ctx context.Context, sc SecurityContext, req Request, res Response) error
}

// ProviderFunc makes a Provider of a function.
type ProviderFunc func(ctx context.Context, sc SecurityContext, req Request, res Response) error

// Provide calls f.
func (f ProviderFunc) Provide(ctx context.Context, sc SecurityContext, req Request, res Response) error {
	return f(ctx, sc, req, res)
}

// Name is the name of the function, for logs and events.
func (f ProviderFunc) Name() string {
	if fn := runtime.FuncForPC(reflect.ValueOf(f).Pointer()); fn != nil {
		return fn.Name()
	}
	return "core.ProviderFunc"
}

// Authenticator is a Provider that turns a credential into an Auth. The chain skips it once an Auth is set, refuses
// it in [SecurityChain.With], and refuses to be built of two that own the same credential.
type Authenticator interface {
	Provider
	// Owns lists the credentials this provider decides on. Its answer does not change.
	Owns() []Ownership
}

// Ownership describes a family of credentials. Two overlap when each field is equal or empty in one of them.
type Ownership struct {
	Source string // where the credential is sent, one of [TokenSource.Places]
	Form   string // "jws", "opaque", …
	Issuer string // the issuer whose tokens these are (RFC 7519, section 4.1.1)
	Type   string // the media type in the token's "typ" (RFC 7515, section 4.1.9)
}

func (o Ownership) overlaps(p Ownership) bool {
	meet := func(a, b string) bool { return a == "" || b == "" || a == b }
	return meet(o.Source, p.Source) && meet(o.Form, p.Form) && meet(o.Issuer, p.Issuer) && meet(o.Type, p.Type)
}

// Signals that a provider returns instead of an error. They are compared by identity: wrapped in another error they
// are that other error, and refuse.
var (
	// NotMine says that the request carries a credential, but one of another provider. If no provider claims it
	// the request is refused with 401 invalid_token, under Optional too.
	NotMine error = &signal{"core: the credential belongs to another provider"}
	// BreakChain ends the base chain and lets the request pass, with the identity that providers before it have set, if any. It
	// is for public routes, which stand first and so have none.
	// Providers added by [SecurityChain.With] run all the same; from one of those it is an error.
	BreakChain error = &signal{"core: the base chain ends here"}
)

// NotMineBecause returns [NotMine], and notes for the operator why the credential is another provider's: a code of the closed
// set ([Error.WithReason]). Where no provider owns a credential, the log record and the [Event] have the reason of each.
func NotMineBecause(sc SecurityContext, code Reason) error {
	if s, ok := sc.(*securityContext); ok && s.phase.Load() < over {
		s.disowns = reason.Known(code)
	}
	return NotMine
}

// signal is a type of its own, with a field, so that two signals are never the same pointer.
type signal struct{ text string }

func (s *signal) Error() string { return s.text }

// link is a provider with what the chain wants to know of it, asked once.
type link struct {
	Provider
	name          string
	authenticates bool
	readsOnly     bool // a provider of this module, which does not change the request
}

// String is the name in logs and events of who decides; nil is the chain itself.
func (l *link) String() string {
	if l == nil {
		return chainName
	}
	return l.name
}

// The providers of this package do not change a request.
var _, _ seal.Sealed = (*publicRoutes)(nil), (*requirement)(nil)

func newLink(p Provider) (link, error) {
	if isNil(p) {
		return link{}, errors.New("the provider is nil")
	}
	l := link{Provider: p, name: fmt.Sprintf("%T", p)}
	if n, ok := p.(interface{ Name() string }); ok {
		l.name = n.Name()
	}
	_, l.authenticates = p.(Authenticator)
	l.readsOnly = seal.Intact(p)
	if v, ok := p.(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return link{}, errors.Join(each(err, l.name+": ")...)
		}
	}
	return l, nil
}

// joinedError is the type of what [errors.Join] returns.
var joinedError = reflect.TypeOf(errors.Join(errors.New("")))

// each returns the errors that err joins, or err alone, with a prefix before each. An error of another type that wraps several
// may have text of its own and is kept whole.
func each(err error, prefix string) (all []error) {
	if reflect.TypeOf(err) == joinedError {
		for _, part := range err.(interface{ Unwrap() []error }).Unwrap() {
			all = append(all, each(part, prefix)...)
		}
		return all
	}
	return []error{fmt.Errorf("%s%w", prefix, err)}
}

// isNil also finds the nil pointer, func or map inside a non-nil interface.
func isNil(p Provider) bool {
	if p == nil {
		return true
	}
	switch v := reflect.ValueOf(p); v.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Slice, reflect.Chan:
		return v.IsNil()
	default:
		return false
	}
}

// checkOrder finds what can never do its work where it stands: a requirement that no Auth can meet, and a provider behind a
// requirement that would let in who has no Auth.
func checkOrder(links []link) (errs []error) {
	known, required := false, "" // an Auth may be there; the requirement that asks for one
	for i, l := range links {
		place := fmt.Sprintf("core: provider %d (%s)", i+1, l.name)
		switch l.Provider.(type) {
		case *requirement:
			if !known {
				errs = append(errs, fmt.Errorf("%s refuses everybody: no provider before it authenticates; put one there, "+
					"such as jwt.New", place))
			}
			required = l.name
		case *publicRoutes:
			if required != "" {
				errs = append(errs, fmt.Errorf("%s opens nothing: %s before it has refused who has no Auth; put it first",
					place, required))
			}
		case Authenticator:
			if required != "" {
				errs = append(errs, fmt.Errorf("%s authenticates nobody: %s before it has refused who has no Auth; put it before",
					place, required))
			}
			known = true
		default: // it may authenticate
			known = true
		}
	}
	return errs
}

// checkOverlap finds two authenticators that would both decide on one credential.
func checkOverlap(links []link) error {
	for i := range links {
		for j := range i {
			if o, ok := overlap(links[j], links[i]); ok {
				return fmt.Errorf("providers %d (%s) and %d (%s) both own %+v: "+
					"give each its own issuer, token type or source", j+1, links[j].name, i+1, links[i].name, o)
			}
		}
	}
	return nil
}

func overlap(a, b link) (Ownership, bool) {
	first, ok := a.Provider.(Authenticator)
	if !ok {
		return Ownership{}, false
	}
	second, ok := b.Provider.(Authenticator)
	if !ok {
		return Ownership{}, false
	}
	for _, o := range first.Owns() {
		for _, p := range second.Owns() {
			if o.overlaps(p) {
				return p, true
			}
		}
	}
	return Ownership{}, false
}
