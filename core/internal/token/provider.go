package token

import (
	"context"
	"errors"
	"fmt"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/cache"
	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/internal/seal"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Provider authenticates requests by a credential. It is a [core.Authenticator]: it decides on the credentials that its kind
// owns, and leaves all others to other providers of the chain.
type Provider struct {
	name     string
	verifier *Verifier
	owns     []core.Ownership
	err      error

	store  keys.Store // with policy, for As
	policy Policy
}

var _ seal.Sealed = (*Provider)(nil)

// New returns a provider for signed tokens. If the policy is unsafe, [core.NewSecurityChain] returns the error.
func New(store keys.Store, policy Policy, profile Profile) *Provider {
	p := &Provider{name: profile.Name}
	if v, errs := newVerifier(store, policy, profile); len(errs) > 0 {
		p.err = errors.Join(errs...)
	} else {
		p = NewProvider(profile.Name, v)
	}
	p.store, p.policy = store, policy
	return p
}

// As returns a provider with the store and the policy of another one that [New] has made, and with a profile of its own. A
// package whose Config embeds jwt.Config lets jwt.New convert that to a policy.
func As(made core.Authenticator, profile Profile) *Provider {
	p := made.(*Provider)
	return New(p.store, p.policy, profile)
}

// NewProvider returns a provider for the credentials that v verifies.
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

// Name implements the optional part of [core.Provider]. A zero value of package oidc has a nil p.
func (p *Provider) Name() string {
	if p == nil {
		return "zero value"
	}
	return p.name
}

// HintFor returns the hint of the profile for a credential that p does not own for that reason. The chain logs it.
func (p *Provider) HintFor(code core.Reason) reason.Detail {
	return reason.Detail{Hint: p.verifier.hints[string(code)]}
}

// Validate returns an error if the policy is unsafe. [core.NewSecurityChain] calls it.
func (p *Provider) Validate() error {
	if p == nil {
		return errZero
	}
	return p.err
}

var errZero = errors.New("make the provider with New")

// Verifier returns the verifier of p, or what is unsafe in its policy, with the name of p in each error.
func (p *Provider) Verifier() (*Verifier, error) {
	var errs []error
	if p.err != nil {
		for _, err := range parts(p.err) {
			errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	return p.verifier, errors.Join(errs...)
}

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
	// known returns the identity in a credential that is in the cache and still good, or the error of a condition. It returns nil
	// and no error if the credential must be verified.
	known(ctx context.Context, req core.Request, text string) (*core.Auth, error)
	// verify decides on a credential that is not in the cache.
	verify(ctx context.Context, sc core.SecurityContext, req core.Request, text string) error

	// cached returns the entry of the cache for a text, or nil. The entry need not be good any more.
	cached(mark cache.Mark, text string) (entry any)
	// describe returns the type and the issuer of the token of an entry.
	describe(entry any) (typ, issuer string)
	// verifyParsed is like verify, for a token of the decider that has been parsed.
	verifyParsed(ctx context.Context, sc core.SecurityContext, req core.Request, t *signedToken) error
}

// ProvideFound is like Provide, for what a [finder] has found for p.
func (p *Provider) ProvideFound(
	ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response, token ownership.Token,
) error {
	if entry, ok := token.Found.(*verified); ok {
		if auth, err := p.verifier.admitEntry(ctx, req, entry); auth != nil || err != nil {
			return admit(sc, auth, err)
		}
		return p.Provide(ctx, sc, req, res)
	}
	return provideParsed(ctx, sc, req, token, p)
}

// provideParsed decides on a token that the finder has parsed.
func provideParsed(
	ctx context.Context, sc core.SecurityContext, req core.Request, token ownership.Token, d decider,
) error {
	t := token.Found.(*signedToken)
	defer t.Close()
	return d.verifyParsed(ctx, sc, req, t)
}

// provide finds the credential of a request and lets d decide on it. Most credentials are in the cache, so d is asked about the
// candidate before the checks that no cached credential fails.
func provide(ctx context.Context, sc core.SecurityContext, req core.Request, source *core.TokenSource, d decider) error {
	text, err := source.Candidate(req)
	if err != nil || text == "" {
		return err
	}
	if auth, err := d.known(ctx, req, text); auth != nil || err != nil {
		return admit(sc, auth, err)
	}
	if text, err = source.Token(req); err != nil || text == "" {
		return err
	}
	return d.verify(ctx, sc, req, text)
}

// admit sets the identity in a credential that is in the cache and still good, or returns the error of a condition.
func admit(sc core.SecurityContext, auth *core.Auth, err error) error {
	core.MarkCached(sc)
	if err != nil {
		return err
	}
	return sc.SetAuth(auth)
}

func (p *Provider) known(ctx context.Context, req core.Request, text string) (*core.Auth, error) {
	return p.verifier.known(ctx, req, text)
}

func (p *Provider) cached(mark cache.Mark, text string) any {
	return cachedIn(p.verifier.cache, mark, text)
}

// cachedIn returns the entry of a cache for a text, or nil, which is not a nil pointer. The cache may be nil.
func cachedIn[V any](c *cache.Cache[V], mark cache.Mark, text string) any {
	if c == nil {
		return nil
	}
	if entry := c.GetMarked(mark, text); entry != nil {
		return entry
	}
	return nil
}

func (p *Provider) describe(entry any) (typ, issuer string) {
	e := entry.(*verified)
	return e.typ, e.auth.Issuer()
}

func (p *Provider) verifyParsed(ctx context.Context, sc core.SecurityContext, req core.Request, t *signedToken) error {
	t.kind = p.verifier.kind.(*signed)
	t.memory = t.kind.memory
	return p.verifyOwn(ctx, sc, req, t, t.Text())
}

// verify decides on a credential that is not in the cache.
func (p *Provider) verify(ctx context.Context, sc core.SecurityContext, req core.Request, text string) error {
	if len(text) > p.verifier.maxSize {
		return errTooLarge
	}
	c := p.verifier.kind.Open(text)
	defer c.Close()
	if foreign := c.Foreign(); foreign != nil { // first, since only the owner of a credential may refuse it
		return core.NotMineBecause(sc, foreign.Reason())
	}
	return p.verifyOwn(ctx, sc, req, c, text)
}

// verifyOwn decides on a credential of p.
func (p *Provider) verifyOwn(
	ctx context.Context, sc core.SecurityContext, req core.Request, c Credential, text string,
) error {
	auth, err := p.verifier.verify(ctx, req, c, text)
	if r, ok := c.(rememberer); ok && r.Recalled() {
		core.MarkCached(sc)
	}
	if err != nil {
		return badRequestIfNotASCII(text, err)
	}
	return sc.SetAuth(auth)
}
