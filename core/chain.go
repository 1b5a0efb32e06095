package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
)

// SecurityChain is one security policy: providers in the order in which they look at each request. It is immutable
// and safe for concurrent use; its With methods return a changed copy, so one chain serves any number of routes.
// The zero value refuses every request: make one with [NewSecurityChain].
type SecurityChain struct {
	base     []link
	with     []link
	optional bool
	public   bool // the base chain is skipped, as if it began with BreakChain
	then     bool // the base chain has run in front, and is not asked again
	settings
}

type settings struct {
	logger    *slog.Logger // nil: slog.Default()
	observer  Observer     // nil: none
	errorBody func(*Error) (contentType string, body []byte)
	requestID func(context.Context, Request) string // nil: requests have no id
	challenge challenges
}

const defaultRealm = "microkubes"

// NewSecurityChain builds a chain of at least one provider. The chain is closed: a request that no provider has
// authenticated is refused with 401, unless [Optional] is in it or a provider ended it with [BreakChain].
//
// The error names everything that is unsafe in the whole chain: no provider at all, a nil provider, a provider whose
// Validate method fails, two providers that own the same credential, a requirement that nobody can meet because no provider
// before it authenticates. Stop the service on it.
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
			errs = append(errs, each(err, fmt.Sprintf("core: provider %d: ", i+1))...)
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
	return c, nil
}

// With returns a copy of the chain that asks more: the providers run after the base chain, on public routes too. It
// only tightens. They find the Auth that the base chain set and may refuse; they cannot set one.
//
// It panics where the routes are set up, as [net/http.ServeMux.Handle] does for a bad pattern: on nil, on a provider
// whose Validate method fails, and on what would loosen ([Optional], [PublicRoutes], an [Authenticator]).
func (c *SecurityChain) With(providers ...Provider) *SecurityChain {
	d := *c
	d.with = slices.Clone(c.with)
	for i, p := range providers {
		if err := refusedInWith(p); err != nil {
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

func refusedInWith(p Provider) error {
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

// Public returns a copy for routes that are open on purpose: its base chain is not asked, and the handler finds no
// Auth, even when a good token was sent. Malformed requests are refused all the same, and so is what providers added
// by With refuse. Adapters offer it as their own Public.
func (c *SecurityChain) Public() *SecurityChain {
	d := *c
	d.public = len(c.base) > 0 && !c.then // what stands behind a chain, and the zero chain, stays closed
	return &d
}

// Then returns a copy for routes behind this chain, as a group's middleware has put it in front of them: it does not ask the
// base chain again, nor Revoked, but takes over the identity that the base chain has found, and runs the providers on it. Where
// this chain has not passed the request in front, or has passed it without an identity, the answer is 401: a route that is
// mounted outside its group is closed.
//
// The identity is that of the request's context: another request that a program makes of that context, and serves itself, has
// the same one. Then panics where [SecurityChain.With] does.
func (c *SecurityChain) Then(providers ...Provider) *SecurityChain {
	d := c.With(providers...)
	d.then = true
	return d
}

// WithLogger returns a copy that writes its records to l instead of [slog.Default]. Every refusal is one record with
// the deciding provider, the status and a reason code; no record holds any part of the request.
func (c *SecurityChain) WithLogger(l *slog.Logger) *SecurityChain {
	d := *c
	d.logger = l
	return &d
}

// WithRealm returns a copy that names another protection space in its challenges (RFC 9110, section 11.5) than
// "microkubes". It panics on a realm that is empty or has anything but printable ASCII.
func (c *SecurityChain) WithRealm(realm string) *SecurityChain {
	if realm == "" || !printable(realm) {
		panic(fmt.Sprintf("core: WithRealm: %q must be printable ASCII and not empty", realm))
	}
	d := *c
	d.challenge = newChallenges(realm)
	return &d
}

// WithErrorBody returns a copy whose refusals have the body that f makes, such as problem details (RFC 9457). It
// changes the body and its media type alone, never status or challenge. Of the request f learns what is safe to send back: its
// id, by [Error.RequestID]. The Error has no cause there. If f panics, or returns no valid media type, the usual body is sent.
// f may be called by many requests at once.
func (c *SecurityChain) WithErrorBody(f func(*Error) (contentType string, body []byte)) *SecurityChain {
	d := *c
	d.errorBody = f
	return &d
}

// WithRequestID returns a copy that finds the id of a request with f, for log records ("request_id"), for [Event] and for
// [Error.RequestID]. Request-id middleware in front of the chain keeps it in places of its own:
//
//	chi:   middleware.GetReqID(ctx)
//	Echo:  c, _ := echosec.Unwrap(req); c.Response().Header().Get(echo.HeaderXRequestID)
//	Fiber: c, _ := fibersec.Unwrap(req); c.GetRespHeader(fiber.HeaderXRequestID)
//
// Clients may choose the id, since such middleware takes over the one that was sent: an id that is longer than 128 bytes, or
// has anything but letters, digits and -._~:/+=@, counts as none. f is asked where the request is refused or observed, by many
// requests at once, and must not keep req.
func (c *SecurityChain) WithRequestID(f func(ctx context.Context, req Request) string) *SecurityChain {
	d := *c
	d.requestID = f
	return &d
}

// WithObserver returns a copy that tells o of every decision. See [Observer].
func (c *SecurityChain) WithObserver(o Observer) *SecurityChain {
	d := *c
	d.observer = o
	return &d
}
