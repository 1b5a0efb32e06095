package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/microkubes/microkubes-go/core/internal/ownership"
)

// SecurityChain is a security policy: providers in the order in which they are called for each request. It is immutable and
// safe for concurrent use. With and the other methods that change a chain return a copy, so one chain serves any number of
// routes. The zero value refuses every request: make a chain with [NewSecurityChain].
type SecurityChain struct {
	base     []link
	with     []link
	optional bool
	public   bool // the base chain is skipped, as if it began with BreakChain
	then     bool // the base chain has run in an outer Guard and is skipped
	settings

	owners      *ownership.Finder // nil: less than two providers can be told apart by their tokens
	tokenSource TokenSource       // of owners
}

type settings struct {
	logger    *slog.Logger // nil: slog.Default()
	observer  Observer     // nil: none
	errorBody func(*Error) (contentType string, body []byte)
	requestID func(context.Context, Request) string // nil: a request has no id
	challenge challenges
}

const defaultRealm = "microkubes"

// NewSecurityChain makes a chain of at least one provider. The chain is closed: it refuses a request that no provider has
// authenticated with 401, unless it has [Optional] or a provider ended it with [BreakChain].
//
// The error names everything that is unsafe in the chain: no provider, a nil provider, a provider whose Validate method fails,
// two providers that own the same credential, a requirement that nobody can meet because no provider before it
// authenticates. A service should not start with such a chain.
func NewSecurityChain(providers ...Provider) (*SecurityChain, error) {
	c := &SecurityChain{settings: settings{challenge: newChallenges(defaultRealm)}}
	var errs []error
	for i, p := range providers {
		if _, ok := p.(optional); ok {
			c.optional = true
			continue
		}
		l, err := newLink(p)
		if err != nil {
			errs = append(errs, prefixEach(err, fmt.Sprintf("core: provider %d: ", i+1))...)
			continue
		}
		c.base = append(c.base, l)
	}
	if err := checkOverlap(c.base); err != nil {
		errs = append(errs, fmt.Errorf("core: %w", err))
	}
	if len(errs) == 0 {
		errs = append(errs, checkOrder(c.base)...)
	}
	if len(c.base) == 0 && len(errs) == 0 {
		errs = append(errs, errors.New("core: the chain has no provider that decides anything: "+
			"add one, such as jwt.New; for open routes use the adapter's Public"))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	c.findOwners()
	return c, nil
}

// With returns a copy of the chain that requires more: the providers run after the base chain, also on public routes. They find
// the Auth that the base chain has set and may refuse the request, but they cannot set an Auth. So the copy lets no request pass
// that the chain refuses.
//
// With panics on nil, on a provider whose Validate method fails, and on a provider that would let more requests pass
// ([Optional], [PublicRoutes], an [Authenticator]). It is called while routes are set up, where [net/http.ServeMux.Handle]
// panics on a bad pattern, too.
func (c *SecurityChain) With(providers ...Provider) *SecurityChain {
	d := *c
	d.with = slices.Clone(c.with)
	for i, p := range providers {
		if err := checkRequirement(p); err != nil {
			panic(fmt.Sprintf("core: With: provider %d: %v", i+1, err))
		}
		l, err := newLink(p)
		if err != nil {
			panic(fmt.Sprintf("core: With: provider %d: %v", i+1, err))
		}
		d.with = append(d.with, l)
	}
	return &d
}

// checkRequirement returns an error if p may let a request pass that the base chain refuses.
func checkRequirement(p Provider) error {
	switch p.(type) {
	case optional:
		return errors.New("Optional would open the route: it belongs in NewSecurityChain")
	case *publicRoutes:
		return errors.New("PublicRoutes would open the route: it belongs in NewSecurityChain")
	case Authenticator:
		return errors.New("an authenticator would let more requests in: it belongs in NewSecurityChain")
	}
	return nil
}

// Public returns a copy for routes that are open on purpose: it skips the base chain, and the handler finds no Auth, even if a
// good token was sent. It still refuses malformed requests, and what providers added by With refuse. Adapters offer it as their
// own Public.
func (c *SecurityChain) Public() *SecurityChain {
	d := *c
	d.public = len(c.base) > 0 && !c.then // the zero chain, and a chain that Then made, stay closed
	return &d
}

// Then returns a copy for routes behind this chain, such as those of a group whose middleware runs the chain. The copy does not
// run the base chain again, and so does not ask Revoked again. It takes the identity that the base chain has found and runs the
// providers on it. If this chain has not let the request pass before, or let it pass without an identity, the copy answers 401:
// a route that is mounted outside its group is closed.
//
// The identity is that of the request's context. Another request that a program makes with that context, and serves itself, has
// the same identity. Then panics where [SecurityChain.With] does.
func (c *SecurityChain) Then(providers ...Provider) *SecurityChain {
	d := c.With(providers...)
	d.then = true
	return d
}

// Providers returns the providers that [NewSecurityChain] was given, in that order and without [Optional]. It is for code that
// sets up a service and looks for a provider with a method that it knows, such as CheckRegistration of package kong.
func (c *SecurityChain) Providers() []Provider {
	all := make([]Provider, len(c.base))
	for i, l := range c.base {
		all[i] = l.Provider
	}
	return all
}

// WithLogger returns a copy that writes its records to l instead of [slog.Default]. Every refusal is one record with the
// provider that decided, the status and a reason code. No record has any part of the request but its id
// ([SecurityChain.WithRequestID]).
func (c *SecurityChain) WithLogger(l *slog.Logger) *SecurityChain {
	d := *c
	d.logger = l
	return &d
}

// WithRealm returns a copy whose challenges name realm as the protection space (RFC 9110, section 11.5) instead of "microkubes".
// It panics if realm is empty or has anything but printable ASCII.
func (c *SecurityChain) WithRealm(realm string) *SecurityChain {
	if realm == "" || !printable(realm) {
		panic(fmt.Sprintf("core: WithRealm: %q must be printable ASCII and not empty", realm))
	}
	d := *c
	d.challenge = newChallenges(realm)
	return &d
}

// WithErrorBody returns a copy whose refusals have the body that f returns, such as problem details (RFC 9457). Status and
// challenge stay the same. The Error that f gets has what is safe to send: no cause, and of the request its id, by
// [Error.RequestID]. If f panics, or the media type is not valid, the usual body is sent. f must be safe for concurrent use.
func (c *SecurityChain) WithErrorBody(f func(*Error) (contentType string, body []byte)) *SecurityChain {
	d := *c
	d.errorBody = f
	return &d
}

// WithRequestID returns a copy that finds the id of a request with f, for log records ("request_id"), for [Event] and for
// [Error.RequestID]. Middleware in front of the chain that assigns ids keeps them in different places:
//
//	chi:   middleware.GetReqID(ctx)
//	Echo:  c, _ := echosec.Unwrap(req); c.Response().Header().Get(echo.HeaderXRequestID)
//	Fiber: c, _ := fibersec.Unwrap(req); c.GetRespHeader(fiber.HeaderXRequestID)
//
// Such middleware usually keeps an id that the client has sent, so clients may choose it: an id that is longer than 128 bytes or
// has anything but letters, digits and -._~:/+=@ counts as none. f is called if the request is refused or the chain has an
// Observer. It must be safe for concurrent use and must not keep req.
func (c *SecurityChain) WithRequestID(f func(ctx context.Context, req Request) string) *SecurityChain {
	d := *c
	d.requestID = f
	return &d
}

// WithObserver returns a copy that reports every decision to o. See [Observer].
func (c *SecurityChain) WithObserver(o Observer) *SecurityChain {
	d := *c
	d.observer = o
	return &d
}
