package core

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/microkubes/microkubes-go/core/internal/bearer"
	"github.com/microkubes/microkubes-go/core/internal/identity"
	"github.com/microkubes/microkubes-go/core/internal/path"
	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// Optional opens the chain for requests without a credential: a request passes without an Auth if it has neither an Authorization
// field nor a token in another place that a provider reads. A request with a credential that does not authenticate it is refused
// as by a chain without Optional: one with a bad credential, and one with an Authorization field that no provider takes up,
// whatever its scheme, such as `Authorization: Basic …` in front of providers of bearer tokens. Optional may stand anywhere in
// [NewSecurityChain].
func Optional() Provider { return optional{} }

type optional struct{}

func (optional) Provide(context.Context, SecurityContext, Request, Response) error { return nil }

// PublicRoutes returns a provider that lets requests pass if they match one of the patterns. Put it first: then those requests
// have no Auth. Prefer the adapter's Public, which marks the route itself, where you can.
//
// A pattern is anchored at both ends. Its segments are literal, `*` for one segment that is not empty, or `**` for one or more;
// it has at most one `**`. A path with a trailing slash matches only a pattern that ends with one: "/" is the root alone,
// "/static/" that path alone, and "/static/**" what is below it ("/static/**/" for the directories). A router that serves /a and
// /a/ as one route, as Fiber does, serves both if one of them is public. A method in capitals may stand first ("GET /docs/**");
// GET includes HEAD.
//
// Patterns are compared exactly with [Request.RoutePath]. A path with an escaped unreserved character (%61 for a) or an escaped
// percent sign (%25) matches no pattern, since it becomes another path when it is decoded once more.
//
// A request that PublicRoutes lets pass has no identity, so a requirement added by [SecurityChain.With] refuses it: to require
// something of a route, leave the route out of the patterns. A bad pattern is an error of [NewSecurityChain].
func PublicRoutes(patterns ...string) Provider {
	p := &publicRoutes{}
	if len(patterns) == 0 {
		p.err = errors.New("PublicRoutes needs at least one pattern")
	}
	for _, text := range patterns {
		pattern, err := path.Parse(text)
		p.err = errors.Join(p.err, err)
		p.patterns = append(p.patterns, pattern)
		p.texts = append(p.texts, text)
	}
	return p
}

type publicRoutes struct {
	patterns []path.Pattern
	texts    []string // of the patterns, for a Description
	err      error
}

func (p *publicRoutes) Name() string    { return "public" }
func (p *publicRoutes) Validate() error { return p.err }
func (p *publicRoutes) Seal() seal.Seal { return seal.Of(p) }

func (p *publicRoutes) Provide(_ context.Context, _ SecurityContext, req Request, _ Response) error {
	method, routePath := req.Method(), req.RoutePath()
	for i := range p.patterns {
		if p.patterns[i].MatchExact(method, routePath) {
			return BreakChain
		}
	}
	return nil
}

// RequireAuth returns a provider that refuses a request without an Auth with 401. It is for routes of a chain with [Optional].
func RequireAuth() Provider {
	return &requirement{name: nameAuth, met: func(*Auth) bool { return true }}
}

// RequireScopes returns a provider that refuses a request with 403 unless its Auth has all the scopes. Without an Auth it refuses
// with 401.
func RequireScopes(scopes ...string) Provider {
	scopes = slices.Clone(scopes)
	return requireScopes(scopes, false, func(a *Auth) bool { return identity.HasAll(scopes, a.HasScope) })
}

// RequireAnyScope returns a provider that refuses a request with 403 unless its Auth has one of the scopes. Without an Auth it
// refuses with 401.
func RequireAnyScope(scopes ...string) Provider {
	scopes = slices.Clone(scopes)
	return requireScopes(scopes, true, func(a *Auth) bool { return slices.ContainsFunc(scopes, a.HasScope) })
}

// RequireRoles returns a provider that refuses a request with 403 unless its Auth has all the roles. Without an Auth it refuses
// with 401.
func RequireRoles(roles ...string) Provider {
	roles = slices.Clone(roles)
	return requireRoles(roles, false, func(a *Auth) bool { return identity.HasAll(roles, a.HasRole) })
}

// RequireAnyRole returns a provider that refuses a request with 403 unless its Auth has one of the roles. Without an Auth it
// refuses with 401.
func RequireAnyRole(roles ...string) Provider {
	roles = slices.Clone(roles)
	return requireRoles(roles, true, func(a *Auth) bool { return slices.ContainsFunc(roles, a.HasRole) })
}

func requireScopes(scopes []string, one bool, met func(*Auth) bool) Provider {
	r := &requirement{name: nameScopes, values: scopes, any: one, met: met}
	for _, s := range scopes {
		if !bearer.IsWord(s) {
			r.err = fmt.Errorf("%q is not a scope: a scope is one word without quotes (RFC 6749, section 3.3)", s)
		}
	}
	if len(scopes) == 0 {
		r.err = errors.New("name at least one scope")
	}
	r.denied = Forbidden("access denied", scopes...).WithReason(reason.InsufficientScope)
	return r
}

func requireRoles(roles []string, one bool, met func(*Auth) bool) Provider {
	r := &requirement{name: nameRoles, values: roles, any: one, met: met}
	if len(roles) == 0 || slices.Contains(roles, "") {
		r.err = errors.New("name at least one role; a role must not be empty")
	}
	r.denied = Forbidden("access denied").WithReason(reason.InsufficientRole)
	return r
}

// Names of requirements in logs and events.
const (
	nameAuth   = "require_auth"
	nameScopes = "require_scopes"
	nameRoles  = "require_roles"
)

type requirement struct {
	name   string
	values []string // the roles or scopes, for a Description
	any    bool     // one of the values is enough
	met    func(*Auth) bool
	denied *Error
	err    error
}

func (r *requirement) Name() string    { return r.name }
func (r *requirement) Validate() error { return r.err }
func (r *requirement) Seal() seal.Seal { return seal.Of(r) }

func (r *requirement) RequiresIdentity() identity.Mark { return identity.Mark{} }

func (r *requirement) Provide(_ context.Context, sc SecurityContext, _ Request, _ Response) error {
	switch auth := sc.Auth(); {
	case auth == nil:
		return errNoCredential
	case r.err != nil || !r.met(auth):
		return r.denied
	}
	return nil
}
