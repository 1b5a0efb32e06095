package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

var (
	// ErrSealed is what SetAuth and Send return once the part of the chain that may call them has ended.
	ErrSealed = errors.New("core: the security context is sealed")
	// ErrAuthSet is what SetAuth returns when another Auth is there already. The request ends with 500. Whoever may come second
	// asks HasAuth first; an [Authenticator] need not, because it is not called then.
	ErrAuthSet = errors.New("core: an Auth is already set")

	errNilAuth   = errors.New("core: SetAuth needs an Auth; to say \"nothing here\", return nil")
	errSentTwice = errors.New("core: the response was sent already")
)

// SecurityContext holds who a request comes from while its chain runs. There is one for each request and each
// [SecurityChain.Guard]; it is never shared, and nothing of it is global. Handlers do not use it: they call [AuthFrom].
type SecurityContext interface {
	// Auth is the identity set so far, nil where there is none.
	Auth() *Auth
	// SetAuth records the identity. It fails with [ErrAuthSet] when one is there, and with [ErrSealed] once the
	// authenticating part of the chain has ended.
	SetAuth(auth *Auth) error
	// HasAuth tells whether an identity has been set.
	HasAuth() bool
}

// AuthFrom returns the identity of the request that ctx belongs to, in every layer that has the context. It is false
// where there is none: outside a chain, on a public route, or for an anonymous request under [Optional]. The Auth is
// then nil, which is nobody: its methods may be called, and answer with empty values and false.
func AuthFrom(ctx context.Context) (*Auth, bool) {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, false
	}
	auth := x.auth.Load()
	return auth, auth != nil
}

// MarkCached notes that the decision of the running provider came from its cache, for [Event]. An Authenticator with
// a cache calls it; on any other SecurityContext than the chain's own it does nothing.
func MarkCached(sc SecurityContext) {
	if s, ok := sc.(*securityContext); ok && s.phase.Load() == authenticating {
		s.cached = true
	}
}

// exchange is the whole state of one Guard call, in one allocation. It is itself the context that the handler gets,
// and its other faces (securityContext, lentRequest, lentResponse) are conversions of the same pointer. It is never
// pooled: contexts outlive requests.
type exchange struct {
	context.Context
	chain *SecurityChain
	auth  atomic.Pointer[Auth]
	req   Request
	res   Response

	running *link // the provider that decides now; nil: the chain itself
	phase   atomic.Uint32
	status  int16 // with which a provider answered itself
	sent    bool  // it did
	unsent  bool  // a provider offered an answer that cannot be sent
	cached  bool
	twice   bool // a second Auth was offered
	seen    bool // what follows is what req says
	lines   int8 // of Authorization: 0 or 1, the chain refuses more

	path, authorization string

	disowns string // why the running provider does not own the credential
}

// The phases of an exchange, in order.
const (
	authenticating = iota
	requiring      // no Auth from here on
	over           // the chain has ended: req and res belong to the adapter again
	passed         // it has ended, and the request may pass
)

// forget makes the fields be asked for anew. It writes once only: a provider may have kept its Request, and read it later.
func (x *exchange) forget() {
	if x.seen {
		x.seen, x.path, x.authorization = false, "", ""
	}
}

type exchangeKey struct{}

// Value answers for the exchange itself, so that an inner Guard shadows an outer one, with or without an Auth.
func (x *exchange) Value(key any) any {
	if key == (exchangeKey{}) {
		return x
	}
	return x.Context.Value(key)
}

// Format prints nothing of the request, so that a stray %v of a context puts no credential in a log.
func (x *exchange) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "core.Context") }

type securityContext exchange

// Format prints nothing of the request, as [exchange.Format] does.
func (s *securityContext) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "core.SecurityContext")
}

func (s *securityContext) Auth() *Auth   { return s.auth.Load() }
func (s *securityContext) HasAuth() bool { return s.auth.Load() != nil }

func (s *securityContext) SetAuth(auth *Auth) error {
	switch {
	case s.phase.Load() != authenticating:
		return ErrSealed
	case auth == nil:
		return errNilAuth
	case !s.auth.CompareAndSwap(nil, auth):
		s.twice = true
		return ErrAuthSet
	}
	return nil
}

// Descends reports whether ctx is guarded, a context that [SecurityChain.Guard] has returned, or derived from it. An adapter
// asks it of the context that its framework has when a guarded call ends: only where ctx descends from the guarded one does
// it still show the identity of that call. A framework that reuses its contexts may have given this one to another request.
func Descends(ctx, guarded context.Context) bool {
	for {
		x, ok := ctx.Value(exchangeKey{}).(*exchange)
		if !ok || x == guarded {
			return ok
		}
		ctx = x.Context
	}
}
