package core

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"

	"github.com/microkubes/microkubes-go/core/internal/identity"
	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// Provider is a step of a chain: it authenticates a request, refuses it, or leaves it to the next provider. All requests share a
// provider, so it must be safe for concurrent use.
//
// The result of Provide decides what the chain does:
//
//	nil             calls the next provider: this one has set the Auth, or has nothing to do
//	NotMine         calls the next provider: the credential belongs to another one; if nobody sets an Auth: 401 invalid_token
//	BreakChain      ends the base chain and lets the request pass (public routes); providers added by With run all the same
//	*Error          refuses with its status, message and challenge
//	any other error refuses with 500 and a constant body; the text of the error is neither sent nor logged
//
// A panic counts as any other error. If the provider has called res.Send, it has answered the request, whatever it returns, and
// no handler runs. A provider that sets an Auth and returns an error refuses.
//
// A provider may have three more methods. [NewSecurityChain] and [SecurityChain.With] call Validate() error and put the name of
// the provider before its error. Name() string returns the name in logs and events, which otherwise is the Go type. The method
// Owns makes it an [Authenticator].
type Provider interface {
	Provide(ctx context.Context, sc SecurityContext, req Request, res Response) error
}

// ProviderFunc is a function as a Provider.
type ProviderFunc func(ctx context.Context, sc SecurityContext, req Request, res Response) error

// Provide calls f.
func (f ProviderFunc) Provide(ctx context.Context, sc SecurityContext, req Request, res Response) error {
	return f(ctx, sc, req, res)
}

// Name returns the name of the function, for logs and events.
func (f ProviderFunc) Name() string {
	if fn := runtime.FuncForPC(reflect.ValueOf(f).Pointer()); fn != nil {
		return fn.Name()
	}
	return "core.ProviderFunc"
}

// Authenticator is a Provider that turns a credential into an Auth. A chain skips it once an Auth is set. [SecurityChain.With]
// panics on it, and [NewSecurityChain] returns an error for two that own the same credential.
type Authenticator interface {
	Provider
	// Owns returns the credentials that the provider decides on, always the same.
	Owns() []Ownership
}

// Ownership describes a set of credentials. Two sets overlap if each field is equal in both or empty in one.
type Ownership struct {
	Source string // where the credential is sent, one of [TokenSource.Places]
	Form   string // "jws", "opaque", …
	Issuer string // the issuer whose tokens these are (RFC 7519, section 4.1.1)
	Type   string // the media type in the token's "typ" (RFC 7515, section 4.1.9)
}

func (o Ownership) overlaps(p Ownership) bool {
	agree := func(a, b string) bool { return a == "" || b == "" || a == b }
	return agree(o.Source, p.Source) && agree(o.Form, p.Form) && agree(o.Issuer, p.Issuer) && agree(o.Type, p.Type)
}

// Signals that a provider returns in place of an error. They are compared by identity: an error that wraps one is any other
// error, and refuses.
var (
	// NotMine says that the request has a credential of another provider. If no provider sets an Auth, the request is refused
	// with 401 invalid_token, also under Optional.
	NotMine error = &signal{"core: the credential belongs to another provider"}
	// BreakChain ends the base chain and lets the request pass, with the identity that providers before have set, if any. It is
	// for providers of public routes, which stand first, so there is none. Providers added by [SecurityChain.With] run all the
	// same. If one of those returns BreakChain, the request is refused with 500.
	BreakChain error = &signal{"core: the base chain ends here"}
)

// NotMineBecause returns [NotMine] and records for the operator why the credential belongs to another provider. As for
// [Error.WithReason], a code that is not in the set becomes "refused". If no provider owns the credential, the log record and the
// [Event] have the reason of each.
func NotMineBecause(sc SecurityContext, code Reason) error {
	if s := ofChain(sc); s != nil && s.phase.Load() < ended {
		s.notMineReason = reason.NumberOf(code)
	}
	return NotMine
}

// signal has a field, so that pointers to two signals are never equal.
type signal struct{ text string }

func (s *signal) Error() string { return s.text }

// link is a provider of a chain, with what the chain has asked it once.
type link struct {
	Provider
	name          string
	authenticates bool
	readsOnly     bool  // a provider of this module, which does not change the request
	owner         owner // nil: not a member of SecurityChain.owners
}

// String returns the name in logs and events of the one that decides; a nil link stands for the chain itself.
func (l *link) String() string {
	if l == nil {
		return chainName
	}
	return l.name
}

// The providers of this package do not change a request, unless an enriched one does.
var _, _, _ seal.Sealed = (*publicRoutes)(nil), (*requirement)(nil), (*enriched)(nil)

func newLink(p Provider) (link, error) {
	if isNil(p) {
		return link{}, errors.New("the provider is nil")
	}
	l := link{Provider: p, name: nameOf(p)}
	_, l.authenticates = p.(Authenticator)
	l.readsOnly = seal.Intact(p)
	if err := validate(p); err != nil {
		return link{}, errors.Join(prefixEach(err, l.name+": ")...)
	}
	return l, nil
}

// nameOf returns the name of a provider in logs and events.
func nameOf(p Provider) string {
	if n, ok := p.(interface{ Name() string }); ok {
		return n.Name()
	}
	return fmt.Sprintf("%T", p)
}

// validate returns the error of a provider's method Validate, if it has one.
func validate(p Provider) error {
	if v, ok := p.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

// joinedError is the type of what [errors.Join] returns.
var joinedError = reflect.TypeOf(errors.Join(errors.New("")))

// prefixEach returns the errors that err joins, or err alone, with a prefix before each. An error of another type that wraps
// several may have text of its own and is kept whole.
func prefixEach(err error, prefix string) (all []error) {
	if reflect.TypeOf(err) == joinedError {
		for _, part := range err.(interface{ Unwrap() []error }).Unwrap() {
			all = append(all, prefixEach(part, prefix)...)
		}
		return all
	}
	return []error{fmt.Errorf("%s%w", prefix, err)}
}

// isNil reports whether p is nil, or has a nil pointer, func, map, slice or channel in it.
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

// checkOrder returns errors for providers that can have no effect where they stand: a requirement that no Auth can meet, and a
// provider for requests without an Auth behind a requirement, which has refused them.
func checkOrder(links []link) (errs []error) {
	known, required := false, "" // whether an Auth may be set; the name of the last requirement
	for i, l := range links {
		place := fmt.Sprintf("core: provider %d (%s)", i+1, l.name)
		switch l.Provider.(type) {
		case identity.Required:
			if !known {
				errs = append(errs, fmt.Errorf("%s refuses everybody: no provider before it authenticates; put one before it, "+
					"such as jwt.New", place))
			}
			required = l.name
		case *publicRoutes:
			if required != "" {
				errs = append(errs, fmt.Errorf("%s opens nothing: %s before it refuses requests without an Auth; put it first",
					place, required))
			}
		case Authenticator:
			if required != "" {
				errs = append(errs, fmt.Errorf("%s authenticates nobody: %s before it refuses requests without an Auth; "+
					"put it before that", place, required))
			}
			known = true
		default: // a provider of the user, which may authenticate
			known = true
		}
	}
	return errs
}

// checkOverlap returns an error for two authenticators that would both decide on a credential.
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

// overlap returns a set of credentials that a and b both own, if they are authenticators and there is one.
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
