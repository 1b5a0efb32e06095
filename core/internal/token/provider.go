package token

import (
	"context"

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
	unnamed := profile
	unnamed.Name = "" // the chain puts the name of the provider before each error
	v, err := NewVerifier(store, policy, unnamed)
	if err != nil {
		return &Provider{name: profile.Name, err: err}
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
	candidate := p.verifier.source.Candidate(req)
	if candidate != "" {
		if known, err := p.known(ctx, sc, req, candidate); known {
			return err
		}
	}
	text, err := p.verifier.source.Token(req)
	if err != nil || text == "" {
		return err
	}
	if candidate == "" {
		if known, err := p.known(ctx, sc, req, text); known {
			return err
		}
	}
	return p.verify(ctx, sc, req, text)
}

// known answers for a credential that was good before and still is, or that was revoked since.
func (p *Provider) known(ctx context.Context, sc core.SecurityContext, req core.Request, text string) (known bool, err error) {
	auth, err := p.verifier.known(ctx, req, text)
	if auth == nil && err == nil {
		return false, nil
	}
	core.MarkCached(sc)
	if err != nil {
		return true, err
	}
	return true, sc.SetAuth(auth)
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
