package token

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/cache"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// NewRouter returns a Router for the issuers of members. Each is a [Provider] of signed tokens, or a Router of such providers.
// Members that do not go together are an error of [core.NewSecurityChain].
func NewRouter(name string, members ...core.Authenticator) *Router {
	r := &Router{RouterConfig: RouterConfig{Name: name}}
	if len(members) == 0 {
		r.err = errors.New("there is no member: add one, such as jwt.New, oauth2.New or oidc.New")
		return r
	}
	issuers := fixed{}
	r.Issuers = issuers
	var errs []error
	for n, member := range members {
		for _, err := range r.add(issuers, member) {
			errs = append(errs, fmt.Errorf("member %d%s: %w", n+1, nameOf(member), err))
		}
	}
	if r.err = errors.Join(errs...); r.err == nil && r.CacheSize > 0 {
		r.cache = cache.New[routed](r.CacheSize)
	}
	return r
}

func nameOf(member core.Authenticator) string {
	if p := engineOf(member); p != nil {
		return " (" + p.name + ")"
	}
	if r, ok := member.(*Router); ok && r != nil {
		return " (" + r.Name() + ")"
	}
	return ""
}

// add adds a member and returns what is wrong with it.
func (r *Router) add(issuers fixed, member core.Authenticator) (errs []error) {
	providers, err := providersOf(member)
	if err != nil {
		return parts(err)
	}
	for _, p := range providers {
		if len(r.members) == 0 {
			r.Source = p.verifier.source
		} else if own, other := p.verifier.source.Places(), r.Source.Places(); !slices.Equal(own, other) {
			errs = append(errs, fmt.Errorf("its token is in %q, and that of another member in %q: give all the same "+
				"Config.Source, or put it into the chain by itself", own, other))
			continue
		}
		if err := p.join(issuers); err != nil {
			errs = append(errs, err)
			continue
		}
		r.members = append(r.members, p)
		r.RouterConfig.Owns = append(r.RouterConfig.Owns, p.owns...)
		r.MaxSize = max(r.MaxSize, p.verifier.maxSize)
		r.CacheSize += max(0, p.verifier.cacheSize)
		for _, typ := range p.verifier.kind.(*signed).types {
			if !slices.Contains(r.types, typ) {
				r.types = append(r.types, typ)
			}
		}
	}
	return errs
}

// join adds the verifier of p to its issuers.
func (p *Provider) join(issuers fixed) error {
	kind := p.verifier.kind.(*signed)
	if kind.anyIssuer {
		return errors.New("Config.AnyIssuer is set, and the issuer chooses the member: name its Issuers")
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(kind.issuers))) { // an issuer may be named twice
		i := issuers[name]
		if i == nil {
			issuers[name] = newIssuer(p.verifier)
			continue
		}
		for _, typ := range kind.types {
			if i.verifierOf(typ) >= 0 {
				return fmt.Errorf("an earlier member has the issuer %q, too, with tokens of the same type: "+
					"give each its own issuer or type", name)
			}
		}
		i.verifiers = append(i.verifiers, p.verifier)
	}
	return nil
}

// providersOf returns the providers in a member.
func providersOf(member core.Authenticator) ([]*Provider, error) {
	if r, ok := member.(*Router); ok && r != nil {
		return r.members, r.err
	}
	if p := engineOf(member); p != nil {
		if p.err != nil {
			return nil, p.err
		}
		if _, ok := p.verifier.kind.(*signed); ok {
			return []*Provider{p}, nil
		}
	}
	return nil, fmt.Errorf("%T is not a provider that jwt.New, oauth2.New or oidc.New has made: put core.Enrich around the "+
		"whole provider of issuers, and any other provider into the chain by itself", member)
}

// engineOf returns the Provider that a member is or embeds, as oidc.Provider does, or nil if there is none. A type of another
// module that embeds such a type may override its methods, and has no seal of its own.
func engineOf(member core.Authenticator) *Provider {
	m, ok := member.(interface{ engine() *Provider })
	if !ok || reflect.ValueOf(m).IsZero() || !seal.Intact(m) {
		return nil
	}
	return m.engine()
}

func (p *Provider) engine() *Provider { return p }

// parts returns the errors that err joins, or err alone.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
