package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// Enrich returns a provider that authenticates as provider does, and gives the chain the identity that f makes of the
// provider's, such as one with roles from a database:
//
//	core.Enrich(jwt.New(store, config), func(ctx context.Context, auth *core.Auth) (*core.Auth, error) {
//		data := auth.Data()
//		data.Roles = append(data.Roles, roles.Of(ctx, auth.UserID())...)
//		return core.NewAuth(data), nil
//	})
//
// f is called for every identity that the provider authenticates, on every request, also if the provider has the token in its
// cache: f keeps a cache of its own if it needs one. f must be safe for concurrent use. If f returns an [*Error], the request is
// refused with it. Any other error is answered with 503, since the decision cannot be made. A nil Auth without an error is
// answered with 500.
//
// The new provider has the name of provider, owns the same credentials, and is checked as provider is.
func Enrich(provider Authenticator, f func(ctx context.Context, auth *Auth) (*Auth, error)) Authenticator {
	return &enriched{provider: provider, f: f}
}

type enriched struct {
	provider Authenticator
	f        func(context.Context, *Auth) (*Auth, error)
}

// Name returns the name of the provider, for logs and events.
func (e *enriched) Name() string {
	if isNil(e.provider) {
		return "enrich"
	}
	return nameOf(e.provider)
}

// Validate returns the error of the provider's method Validate, if it has one.
func (e *enriched) Validate() error {
	switch {
	case isNil(e.provider):
		return errors.New("Enrich: the provider is nil")
	case e.f == nil:
		return errors.New("Enrich: the function is nil: return an Auth from it")
	}
	return validate(e.provider)
}

// Owns implements [Authenticator].
func (e *enriched) Owns() []Ownership {
	if isNil(e.provider) {
		return nil
	}
	return e.provider.Owns()
}

// Seal returns a seal if the provider has one, because a provider without one may change the request. f may too, if it finds the
// request in its context: Provide takes account of that.
func (e *enriched) Seal() (s seal.Seal) {
	if !seal.Intact(e.provider) {
		return s
	}
	return seal.Of(e)
}

// Provide implements [Provider].
func (e *enriched) Provide(ctx context.Context, sc SecurityContext, req Request, res Response) error {
	if isNil(e.provider) || e.f == nil { // used without a chain
		return e.Validate()
	}
	held := &heldAuth{SecurityContext: sc}
	return e.settle(ctx, sc, held, e.provider.Provide(ctx, held, req, res))
}

// ProvideFound implements [owner].
func (e *enriched) ProvideFound(
	ctx context.Context, sc SecurityContext, req Request, res Response, token ownership.Token,
) error {
	held := &heldAuth{SecurityContext: sc}
	return e.settle(ctx, sc, held, e.provider.(owner).ProvideFound(ctx, held, req, res, token))
}

// settle sets the identity that f makes of what the provider has set. err is what the provider has returned.
func (e *enriched) settle(ctx context.Context, sc SecurityContext, held *heldAuth, err error) error {
	err = orNil(err)
	auth := held.end()
	switch {
	case auth == nil:
		return err
	case err == NotMine: //nolint:errorlint // signals are compared by identity
		return errMisuse
	case err != nil && err != BreakChain: //nolint:errorlint // as above
		return err
	}
	auth, refusal := e.enrich(ctx, sc, auth)
	if refusal != nil {
		return refusal
	}
	if setting := sc.SetAuth(auth); setting != nil {
		return setting
	}
	return err
}

const enrichRetryAfter = 5 * time.Second

// enrich calls f. Afterwards the chain reads the request again, since f may have changed it.
func (e *enriched) enrich(ctx context.Context, sc SecurityContext, auth *Auth) (*Auth, error) {
	auth, err := e.f(ctx, auth)
	if s := ofChain(sc); s != nil {
		(*exchange)(s).forget()
	}
	if err = orNil(err); err == nil {
		if auth == nil {
			return nil, errMisuse
		}
		return auth, nil
	}
	if refusal, ok := asError(err); ok && refusal != nil {
		return nil, err
	}
	return nil, Unavailable("temporarily unavailable", enrichRetryAfter).WithCause(err)
}

// heldAuth is the SecurityContext that [Enrich] gives to its provider. It keeps the Auth from the chain until f has seen it.
type heldAuth struct {
	SecurityContext
	auth  atomic.Pointer[Auth]
	ended atomic.Bool
}

// end returns the Auth that the provider has set, or nil. The provider cannot set one any more.
func (h *heldAuth) end() *Auth {
	h.ended.Store(true)
	return h.auth.Load()
}

// Auth implements [SecurityContext].
func (h *heldAuth) Auth() *Auth {
	if auth := h.auth.Load(); auth != nil {
		return auth
	}
	return h.SecurityContext.Auth()
}

// HasAuth implements [SecurityContext].
func (h *heldAuth) HasAuth() bool { return h.Auth() != nil }

// SetAuth implements [SecurityContext].
func (h *heldAuth) SetAuth(auth *Auth) error {
	switch {
	case h.ended.Load():
		return ErrSealed
	case auth == nil:
		return errNilAuth
	case h.SecurityContext.HasAuth() || !h.auth.CompareAndSwap(nil, auth):
		if s := ofChain(h); s != nil {
			s.authSetTwice = true
		}
		return ErrAuthSet
	}
	return nil
}

// Format prints nothing of the request.
func (h *heldAuth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "core.SecurityContext") }

// ofChain returns the SecurityContext of the chain that sc is, or that an enriched provider has got, or nil.
func ofChain(sc SecurityContext) *securityContext {
	if s, ok := sc.(*securityContext); ok { // the usual case, which the compiler inlines
		return s
	}
	return behind(sc)
}

func behind(sc SecurityContext) *securityContext {
	if h, ok := sc.(*heldAuth); ok {
		return ofChain(h.SecurityContext)
	}
	return nil
}
