package token

import (
	"context"
	"errors"
	"slices"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/cache"
	"github.com/microkubes/microkubes-go/core/internal/claims"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// Router authenticates requests by the signed tokens of several issuers. The issuer and the type of a token choose a [Verifier],
// which decides as it does alone. A Router is a [core.Authenticator].
type Router struct {
	RouterConfig
	members []*Provider // of a router made by NewRouter
	types   []string    // of the tokens that a verifier may take; nil: any
	cache   *cache.Cache[routed]
	err     error
}

// RouterConfig has what the verifiers of a [Router] share.
type RouterConfig struct {
	Name      string
	Source    core.TokenSource
	MaxSize   int // of the longest token that any verifier takes
	CacheSize int // of the cache that all verifiers share; zero or less: none, and nothing is remembered
	Owns      []core.Ownership
	Issuers   Issuers
}

// Issuers finds an [Issuer] by its name.
type Issuers interface {
	// Find returns the issuer with exactly that name, which comes from a token that is not verified yet, or nil if there is none.
	// The error is a refusal. The name is valid until Find returns.
	Find(ctx context.Context, name []byte) (*Issuer, error)
}

// routed is a token that an issuer's verifier has found good.
type routed struct {
	verified
	issuer *reference
	at     int // the index of the verifier
}

// NewRouterOf returns a Router for issuers that may come and go.
func NewRouterOf(config RouterConfig) *Router {
	r := &Router{RouterConfig: config}
	if r.CacheSize > 0 {
		r.cache = cache.New[routed](r.CacheSize)
	}
	return r
}

var (
	_ seal.Sealed        = (*Router)(nil)
	_ core.Authenticator = (*Router)(nil)
)

// Name implements the optional part of [core.Provider].
func (r *Router) Name() string { return r.RouterConfig.Name }

// Validate returns what is unsafe in the members, for [core.NewSecurityChain].
func (r *Router) Validate() error { return r.err }

// Seal implements [seal.Sealed]: r does not change a request.
func (r *Router) Seal() seal.Seal { return seal.Of(r) }

// Owns implements [core.Authenticator].
func (r *Router) Owns() []core.Ownership { return r.RouterConfig.Owns }

// Provide implements [core.Provider].
func (r *Router) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, _ core.Response) error {
	if r.err != nil { // used without a chain
		return r.err
	}
	return provide(ctx, sc, req, &r.Source, r)
}

// ProvideFound is like Provide, for what a [finder] has found for r.
func (r *Router) ProvideFound(
	ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response, token ownership.Token,
) error {
	if entry, ok := token.Found.(*routed); ok {
		if auth, err := r.admitEntry(ctx, req, entry); auth != nil || err != nil {
			return admit(sc, auth, err)
		}
		return r.Provide(ctx, sc, req, res)
	}
	return provideParsed(ctx, sc, req, token, r)
}

func (r *Router) known(ctx context.Context, req core.Request, text string) (*core.Auth, error) {
	if r.cache == nil {
		return nil, nil
	}
	entry := r.cache.Get(text)
	if entry == nil {
		return nil, nil
	}
	return r.admitEntry(ctx, req, entry)
}

func (r *Router) cached(mark cache.Mark, text string) any {
	return cachedIn(r.cache, mark, text)
}

func (r *Router) describe(entry any) (typ, issuer string) {
	e := entry.(*routed)
	return e.typ, e.auth.Issuer()
}

func (r *Router) admitEntry(ctx context.Context, req core.Request, entry *routed) (*core.Auth, error) {
	issuer := entry.issuer.Load()
	if issuer == nil { // it has left
		return nil, nil
	}
	v := issuer.verifiers[entry.at]
	now := v.now()
	if !v.current(&entry.verified, now) {
		return nil, nil
	}
	issuer.touch(now)
	return v.admit(ctx, req, entry.auth)
}

func (r *Router) verify(ctx context.Context, sc core.SecurityContext, req core.Request, text string) error {
	if len(text) > r.MaxSize {
		return errTooLarge
	}
	t := getSignedToken()
	defer t.Close()
	t.err = t.Parse(text, &headers)
	switch {
	case errors.Is(t.err, jws.ErrOtherForm):
		return core.NotMineBecause(sc, errMalformed.Reason())
	case t.err != nil: // the token belongs to no provider
		return badRequestIfNotASCII(text, parseRefusal(t.err))
	case r.types != nil && !slices.Contains(r.types, t.Type):
		return core.NotMineBecause(sc, errType.Reason())
	}
	return r.verifyParsed(ctx, sc, req, t)
}

func (r *Router) verifyParsed(ctx context.Context, sc core.SecurityContext, req core.Request, t *signedToken) error {
	issuer, err := r.find(ctx, t)
	if err != nil {
		return err
	}
	if issuer == nil {
		return core.NotMineBecause(sc, claims.ErrIssuer.Reason())
	}
	at := issuer.verifierOf(t.Type)
	if at < 0 {
		return core.NotMineBecause(sc, errType.Reason())
	}
	auth, err := r.examine(ctx, req, t, issuer, at)
	if t.Recalled() {
		core.MarkCached(sc)
	}
	if err != nil {
		return badRequestIfNotASCII(t.Text(), err)
	}
	return sc.SetAuth(auth)
}

// find returns the issuer that the token names, or nil.
func (r *Router) find(ctx context.Context, t *signedToken) (*Issuer, error) {
	payload, err := t.Payload()
	if err != nil {
		return nil, nil //nolint:nilerr // a token without a payload names no issuer
	}
	name := issuerOf(payload)
	if len(name) == 0 {
		return nil, nil
	}
	return r.Issuers.Find(ctx, name)
}

// examine lets one verifier of an issuer decide. It adds a token that is good to the cache.
func (r *Router) examine(
	ctx context.Context, req core.Request, t *signedToken, issuer *Issuer, at int,
) (*core.Auth, error) {
	v := issuer.verifiers[at]
	if len(t.Text()) > v.maxSize {
		return nil, errTooLarge
	}
	if t.kind = v.kind.(*signed); r.CacheSize > 0 {
		t.memory = t.kind.memory
	}
	entry, err := v.examine(ctx, t)
	if err != nil {
		return nil, err
	}
	issuer.touch(v.now())
	if r.cache != nil && v.cache != nil {
		keep(r.cache, t, t.Text(), routed{verified: entry, issuer: issuer.self, at: at})
	}
	return v.admit(ctx, req, entry.auth)
}
