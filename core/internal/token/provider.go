package token

import (
	"context"
	"errors"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/seal"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Provider authenticates requests by a credential. It is a [core.Authenticator]: the credentials that its kind owns are its
// own, all others it leaves to other providers of the chain.
type Provider struct {
	name     string
	verifier *Verifier
	owns     []core.Ownership
	err      error
}

var _ seal.Sealed = (*Provider)(nil)

// New makes a provider for signed tokens. A policy that is unsafe is an error of [core.NewSecurityChain], which names it.
func New(store keys.Store, policy Policy, profile Profile) *Provider {
	v, errs := newVerifier(store, policy, profile)
	if len(errs) > 0 {
		return &Provider{name: profile.Name, err: errors.Join(errs...)}
	}
	return NewProvider(profile.Name, v)
}

// NewProvider makes a provider for what v verifies.
func NewProvider(name string, v *Verifier) *Provider {
	p := &Provider{name: name, verifier: v}
	for _, place := range v.source.Places() {
		for _, o := range v.kind.Owns() {
			o.Source = place
			p.owns = append(p.owns, o)
		}
	}
	return p
}

// Name implements the optional part of [core.Provider].
func (p *Provider) Name() string { return p.name }

// Validate tells [core.NewSecurityChain] what is unsafe in the policy.
func (p *Provider) Validate() error { return p.err }

// Seal implements [seal.Sealed]: p does not change a request.
func (p *Provider) Seal() seal.Seal { return seal.Of(p) }

// Owns implements [core.Authenticator].
func (p *Provider) Owns() []core.Ownership { return p.owns }

// Provide implements [core.Provider].
func (p *Provider) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, _ core.Response) error {
	if p.err != nil { // used without a chain
		return p.err
	}
	return provide(ctx, sc, req, &p.verifier.source, p)
}

// decider decides on the text of a credential. [Provider] and [Router] are deciders.
type decider interface {
	// known returns the identity in a credential that was good before and still is, or the error of one that was revoked since.
	// It returns neither for any other credential.
	known(ctx context.Context, req core.Request, text string) (*core.Auth, error)
	// verify decides on a credential that is not known.
	verify(ctx context.Context, sc core.SecurityContext, req core.Request, text string) error
}

// provide finds the credential of a request and lets d decide on it. Most credentials are known, so it asks d about the candidate
// before anything is checked that a known credential cannot fail.
func provide(ctx context.Context, sc core.SecurityContext, req core.Request, source *core.TokenSource, d decider) error {
	candidate := source.Candidate(req)
	if candidate != "" {
		if known, err := admitKnown(ctx, sc, req, d, candidate); known {
			return err
		}
	}
	text, err := source.Token(req)
	if err != nil || text == "" {
		return err
	}
	if candidate == "" {
		if known, err := admitKnown(ctx, sc, req, d, text); known {
			return err
		}
	}
	return d.verify(ctx, sc, req, text)
}

// admitKnown answers for a credential that d knows, and reports whether d knows it.
func admitKnown(ctx context.Context, sc core.SecurityContext, req core.Request, d decider, text string) (known bool, err error) {
	auth, err := d.known(ctx, req, text)
	if auth == nil && err == nil {
		return false, nil
	}
	core.MarkCached(sc)
	if err != nil {
		return true, err
	}
	return true, sc.SetAuth(auth)
}

func (p *Provider) known(ctx context.Context, req core.Request, text string) (*core.Auth, error) {
	return p.verifier.known(ctx, req, text)
}

func (p *Provider) verify(ctx context.Context, sc core.SecurityContext, req core.Request, text string) error {
	if len(text) > p.verifier.maxSize {
		return errTooLarge
	}
	c := p.verifier.kind.Open(text)
	defer c.Close()
	if foreign := c.Foreign(); foreign != nil { // before anything that only its owner may refuse it for
		return core.NotMineBecause(sc, foreign.Reason())
	}
	auth, err := p.verifier.verify(ctx, req, c, text)
	if err != nil {
		return badRequestIfNotASCII(text, err)
	}
	return sc.SetAuth(auth)
}
