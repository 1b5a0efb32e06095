package acl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/identity"
	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
	"github.com/microkubes/microkubes-go/core/internal/reason"
	"github.com/microkubes/microkubes-go/core/internal/seal"
)

// Policies is a provider that refuses what no policy allows. Make it with [File] or [Parse]. It is safe for concurrent use.
//
// Behind the authenticators of a chain it guards each route, except public ones: there is no caller whose rights could be told.
// Given to With it also guards public routes, and so refuses them. A request without an identity is refused with 401, one that is
// not allowed with 403.
type Policies struct {
	set atomic.Pointer[set]

	mu     sync.Mutex // held during a poll
	config FileConfig
	text   []byte // of the last poll
	fault  string // of the last poll

	closing sync.Once
	stop    chan struct{} // nil: there is no file
	stopped chan struct{}
}

// Parse compiles policies in JSON. The error has a line and a field for everything that is wrong.
func Parse(text []byte) (*Policies, error) {
	s, err := parse(text)
	if err != nil {
		return nil, jsonfile.Prefix("acl: ", err)
	}
	return policiesOf(s), nil
}

func policiesOf(s *set) *Policies {
	p := &Policies{}
	p.set.Store(s)
	return p
}

func init() {
	jsonfile.Policies = func(n *jsonfile.Node) (any, error) {
		s, err := compilePolicies(n)
		if err != nil {
			return nil, err
		}
		return policiesOf(s), nil
	}
}

// Query is a request in short, for [Policies.Allows] and [Policies.Explain].
type Query struct {
	Method string // as sent, such as GET
	Path   string // as sent, undecoded, without the query
	Owner  string // the owner of the resource, for an OwnerCondition; empty: as the condition finds it in the path
}

// Allows reports whether the policies allow a query, for checks that need more than the request, such as the owner of an order
// that was just loaded. Without an identity nothing is allowed.
func (p *Policies) Allows(auth *core.Auth, q Query) bool {
	return auth != nil && p.decide(auth, q.Method, q.Path, q.Owner) == nil
}

var (
	requireAuth    = core.RequireAuth()
	noPolicyAllows = core.Forbidden("access denied").WithReason(reason.NoPolicyAllows)
	_              = identity.Required((*Policies)(nil))
	_              = seal.Sealed((*Policies)(nil))
)

// Name returns "acl", for logs and events.
func (p *Policies) Name() string { return "acl" }

// Seal tells the chain that the provider does not change the request.
func (p *Policies) Seal() seal.Seal { return seal.Of(p) }

// RequiresIdentity tells [core.NewSecurityChain] that the provider belongs behind those that authenticate.
func (p *Policies) RequiresIdentity() identity.Mark { return identity.Mark{} }

// Validate implements the check of [core.Provider].
func (p *Policies) Validate() error {
	if p.set.Load() == nil {
		return errors.New("it has no policies: make it with acl.File or acl.Parse")
	}
	return nil
}

// Provide implements [core.Provider].
func (p *Policies) Provide(ctx context.Context, sc core.SecurityContext, req core.Request, res core.Response) error {
	auth := sc.Auth()
	if auth == nil {
		return requireAuth.Provide(ctx, sc, req, res)
	}
	if refusal := p.decide(auth, req.Method(), req.RoutePath(), ""); refusal != nil {
		return refusal
	}
	return nil
}

// decide returns the refusal of a call, or nil.
func (p *Policies) decide(auth *core.Auth, method, path, owner string) *core.Error {
	s := p.set.Load()
	if s == nil {
		return noPolicyAllows
	}
	c := newCall(auth, method, path, owner)
	if denied := s.deniedBy(&c); denied != nil {
		return denied.refusal
	}
	if s.allowed(&c) == nil {
		return noPolicyAllows
	}
	return nil
}

// Format prints nothing of the policies.
func (p *Policies) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "acl.Policies") }
