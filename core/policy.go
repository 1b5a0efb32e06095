package core

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// Optional opens the chain for requests that bring no credential: one without an Authorization field, and without a token in
// any other place that a provider reads, passes without an Auth. It is not for a request that brings a credential and is not
// authenticated by it: a bad one is refused, and so is an Authorization field that no provider has taken up, whatever its
// scheme (`Authorization: Basic …` in front of providers of bearer tokens), with the answer of a chain that is not optional.
// It may stand anywhere in [NewSecurityChain].
func Optional() Provider { return optional{} }

type optional struct{}

func (optional) Provide(context.Context, SecurityContext, Request, Response) error { return nil }

// PublicRoutes lets the requests pass that match one of the patterns; put it first, and they have no Auth. To mark the
// route itself, with the adapter's Public, is the better choice where you can.
//
// A pattern is anchored at both ends: literal segments, `*` for one segment that is not empty, `**` for one or more. A path
// with a trailing slash matches only a pattern that ends with one: "/" is the root alone, "/static/" that path alone, and
// "/static/**" what is below it ("/static/**/" for the directories). A router that serves /a and /a/ as one route, as Fiber
// does, serves both to whoever may see one of them. A method in capitals may stand first ("GET /docs/**"); GET covers HEAD.
//
// Patterns are compared with [Request.RoutePath], exactly. A path with an escaped unreserved character (%61 for a) or an
// escaped percent sign (%25) matches none, since what decodes it once more would find another path.
//
// Such a route has no identity, so a requirement added by [SecurityChain.With] refuses everybody there: to require
// something of a route, keep it out of the patterns. A bad pattern is an error of [NewSecurityChain].
func PublicRoutes(patterns ...string) Provider {
	p := &publicRoutes{}
	if len(patterns) == 0 {
		p.err = errors.New("PublicRoutes needs at least one pattern")
	}
	for _, text := range patterns {
		parsed, err := parsePattern(text)
		p.err = errors.Join(p.err, err)
		p.patterns = append(p.patterns, parsed)
	}
	return p
}

type publicRoutes struct {
	patterns []pattern
	err      error
}

func (p *publicRoutes) Name() string    { return "public" }
func (p *publicRoutes) Validate() error { return p.err }
func (p *publicRoutes) Seal() seal.Seal { return seal.Of(p) }

func (p *publicRoutes) Provide(_ context.Context, _ SecurityContext, req Request, _ Response) error {
	method, path := req.Method(), req.RoutePath()
	for i := range p.patterns {
		if p.patterns[i].match(method, path) && wellFormedPath(path) && !ambiguousEscape(path) {
			return BreakChain
		}
	}
	return nil
}

// RequireAuth refuses a request without an Auth with 401. It is for routes of a chain that is [Optional].
func RequireAuth() Provider {
	return &requirement{name: "require_auth", met: func(*Auth) bool { return true }}
}

// RequireScopes refuses with 403 unless the Auth has all the scopes. Without an Auth it refuses with 401.
func RequireScopes(scopes ...string) Provider {
	scopes = slices.Clone(scopes)
	return requireScopes(scopes, func(a *Auth) bool { return all(scopes, a.HasScope) })
}

// RequireAnyScope refuses with 403 unless the Auth has one of the scopes. Without an Auth it refuses with 401.
func RequireAnyScope(scopes ...string) Provider {
	scopes = slices.Clone(scopes)
	return requireScopes(scopes, func(a *Auth) bool { return slices.ContainsFunc(scopes, a.HasScope) })
}

// RequireRoles refuses with 403 unless the Auth has all the roles. Without an Auth it refuses with 401.
func RequireRoles(roles ...string) Provider {
	roles = slices.Clone(roles)
	return requireRoles(roles, func(a *Auth) bool { return all(roles, a.HasRole) })
}

// RequireAnyRole refuses with 403 unless the Auth has one of the roles. Without an Auth it refuses with 401.
func RequireAnyRole(roles ...string) Provider {
	roles = slices.Clone(roles)
	return requireRoles(roles, func(a *Auth) bool { return slices.ContainsFunc(roles, a.HasRole) })
}

func requireScopes(scopes []string, met func(*Auth) bool) Provider {
	r := &requirement{name: "require_scopes", met: met}
	for _, s := range scopes {
		if !isScope(s) {
			r.err = fmt.Errorf("%q is no scope: a scope is one word without quotes (RFC 6749, section 3.3)", s)
		}
	}
	if len(scopes) == 0 {
		r.err = errors.New("name at least one scope")
	}
	r.denied = Forbidden("access denied", scopes...).WithReason(reason.InsufficientScope)
	return r
}

func requireRoles(roles []string, met func(*Auth) bool) Provider {
	r := &requirement{name: "require_roles", met: met}
	if len(roles) == 0 || slices.Contains(roles, "") {
		r.err = errors.New("name at least one role, and no empty one")
	}
	r.denied = Forbidden("access denied").WithReason(reason.InsufficientRole)
	return r
}

type requirement struct {
	name   string
	met    func(*Auth) bool
	denied *Error
	err    error
}

func (r *requirement) Name() string    { return r.name }
func (r *requirement) Validate() error { return r.err }
func (r *requirement) Seal() seal.Seal { return seal.Of(r) }

func (r *requirement) Provide(_ context.Context, sc SecurityContext, _ Request, _ Response) error {
	switch auth := sc.Auth(); {
	case auth == nil:
		return errNoCredential
	case r.err != nil || !r.met(auth):
		return r.denied
	}
	return nil
}

func all(names []string, has func(string) bool) bool {
	return !slices.ContainsFunc(names, func(n string) bool { return !has(n) })
}

// isScope tells a scope-token of RFC 6749, section 3.3.
func isScope(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x21 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}
