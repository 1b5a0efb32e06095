package token

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Provider authenticates requests by a token. It is a [core.Authenticator]: the tokens of its issuers and types are
// its own, all others it leaves to other providers of the chain.
type Provider struct {
	name     string
	verifier *Verifier
	owns     []core.Ownership
	err      error
}

// New makes a provider. A policy that is unsafe is an error of [core.NewSecurityChain], which names it.
func New(store keys.Store, policy Policy, profile Profile) *Provider {
	v, err := NewVerifier(store, policy, profile)
	if err != nil {
		return &Provider{name: profile.Name, err: err}
	}
	return &Provider{name: profile.Name, verifier: v, owns: owns(&v.config)}
}

func owns(c *Policy) []core.Ownership {
	issuers := c.Issuers
	if c.AnyIssuer {
		issuers = []string{""}
	}
	types := slices.Clone(c.Types)
	if i := slices.Index(types, ""); i >= 0 {
		types[i] = "none" // a value of its own: in an Ownership the empty one means any
	}
	var all []core.Ownership
	for _, place := range c.Source.Places() {
		for _, issuer := range issuers {
			for _, typ := range types {
				all = append(all, core.Ownership{Source: place, Form: "jws", Issuer: issuer, Type: typ})
			}
		}
	}
	return all
}

// Name implements the optional part of [core.Provider].
func (p *Provider) Name() string { return p.name }

// Validate tells [core.NewSecurityChain] what is unsafe in the policy.
func (p *Provider) Validate() error { return p.err }

// Owns implements [core.Authenticator].
func (p *Provider) Owns() []core.Ownership { return p.owns }

// Provide implements [core.Provider].
func (p *Provider) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, _ core.Response) error {
	if p.err != nil { // used without a chain
		return p.err
	}
	likely := p.likely(req)
	if known, err := p.known(ctx, sc, likely); known {
		return err
	}
	token, err := p.verifier.config.Source.Token(req)
	if err != nil || token == "" {
		return err
	}
	if token != likely {
		if known, err := p.known(ctx, sc, token); known {
			return err
		}
	}
	return p.verify(ctx, sc, token)
}

// known answers for a token that was good before and still is, or that was revoked since.
func (p *Provider) known(ctx context.Context, sc core.SecurityContext, token string) (known bool, err error) {
	auth, err := p.verifier.known(ctx, token)
	if auth == nil && err == nil {
		return false, nil
	}
	core.MarkCached(sc)
	if err != nil {
		return true, err
	}
	return true, sc.SetAuth(auth)
}

// likely is where the token of nearly every request is, for a look whether it is known. What is equal to a good token needs
// no look at its form.
func (p *Provider) likely(req core.Request) string {
	if p.verifier.config.Source != (core.TokenSource{}) {
		return ""
	}
	value, lines := req.Header("Authorization")
	token, found := strings.CutPrefix(value, "Bearer ")
	if !found || lines != 1 {
		return ""
	}
	return token
}

func (p *Provider) verify(ctx context.Context, sc core.SecurityContext, token string) error {
	if len(token) > p.verifier.config.MaxSize {
		return errTooLarge
	}
	w := begin()
	defer w.end()
	switch err := w.Parse(token, &headers); {
	case errors.Is(err, jws.ErrOtherForm):
		return core.NotMineBecause(sc, "malformed_token")
	case err != nil:
		return badForm(token, refusal(err))
	}
	switch { // before anything that only its owner may refuse it for
	case !p.verifier.hasType(w):
		return core.NotMineBecause(sc, "bad_type")
	case !p.isMine(w):
		return core.NotMineBecause(sc, "bad_issuer")
	}
	auth, err := p.verifier.verify(ctx, w, token)
	if err != nil {
		return badForm(token, err)
	}
	return sc.SetAuth(auth)
}

func (p *Provider) isMine(w *work) bool {
	c := &p.verifier.config
	if c.AnyIssuer {
		return true
	}
	payload, err := w.Payload()
	if err != nil {
		return false
	}
	issuer := issuerOf(payload)
	return slices.ContainsFunc(c.Issuers, func(mine string) bool { return mine == string(issuer) })
}

var errNotASCII = core.BadRequest("malformed request").WithReason("malformed_credential")

// badForm answers 400 where what is malformed has bytes that no token may have (RFC 6750, section 2.1): then it is the request
// that is broken, not the token.
func badForm(token string, err error) error {
	if errors.Is(err, errMalformed) {
		for i := range len(token) {
			if c := token[i]; c < 0x20 || c > 0x7e {
				return errNotASCII
			}
		}
	}
	return err
}
