package core

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/microkubes/microkubes-go/core/internal/guarded"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

var (
	// ErrSealed is the error of SetAuth and Send once the part of the chain that may call them has ended.
	ErrSealed = errors.New("core: the security context is sealed")
	// ErrAuthSet is the error of SetAuth if an Auth is set already. The request then ends with 500. A provider that may come
	// second calls HasAuth first; an [Authenticator] need not, because the chain does not call it then.
	ErrAuthSet = errors.New("core: an Auth is already set")

	errNilAuth   = errors.New("core: SetAuth needs an Auth; to leave the request to the next provider, return nil from Provide")
	errSentTwice = errors.New("core: the response has been sent already")
)

// SecurityContext holds the identity of a request while its chain runs. Each call of [SecurityChain.Guard] has its own, and
// nothing of it is global. Handlers do not use it: they call [AuthFrom].
type SecurityContext interface {
	// Auth returns the identity that is set so far, or nil.
	Auth() *Auth
	// SetAuth records the identity. It fails with [ErrAuthSet] if one is set already, and with [ErrSealed] once the
	// authenticating part of the chain has ended.
	SetAuth(auth *Auth) error
	// HasAuth reports whether an identity has been set.
	HasAuth() bool
}

// AuthFrom returns the identity of the request that ctx belongs to, and whether there is one. It works in every layer that has
// the context. There is no identity outside a chain, on a public route, and for an anonymous request under [Optional]. The Auth
// is then nil, whose methods may be called and return empty values and false.
func AuthFrom(ctx context.Context) (*Auth, bool) {
	x, ok := ctx.Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, false
	}
	auth := x.auth.Load()
	return auth, auth != nil
}

// MarkCached notes for [Event] that the running provider knows the credential and does not verify it again. An Authenticator with
// a cache calls it. MarkCached does nothing if sc is not the chain's own SecurityContext.
func MarkCached(sc SecurityContext) {
	if s := ofChain(sc); s != nil && s.phase.Load() == authenticating {
		s.cached = true
	}
}

// exchange is the whole state of one call of Guard, in one allocation. It is the context that the handler gets; a pointer to it
// is converted to a securityContext, a lentRequest and a lentResponse for the providers. It is not pooled, because contexts
// outlive requests. With 128 bytes it fills two cache lines.
type exchange struct {
	context.Context
	chain *SecurityChain
	auth  atomic.Pointer[Auth]
	req   Request
	res   Response

	path, authorization string // what req returns, if requestKnown is set

	running *link // the provider that runs now; nil: the chain itself
	phase   atomic.Uint32

	notMineReason reason.Number // why the running provider does not own the credential

	status       int16 // of the answer that a provider sent
	sent         bool  // a provider has answered the request
	cached       bool  // see MarkCached
	sendRefused  bool  // a provider tried to send a status that is not one of an answer
	authSetTwice bool  // a provider tried to set a second Auth
	searched     bool  // the owner of the token was searched for

	requestKnown       bool
	authorizationLines int8 // if requestKnown is set: 0 or 1, since the chain refuses more
}

// The phases of an exchange, in order.
const (
	authenticating = iota
	requiring      // an Auth cannot be set any more
	ended          // the chain has ended: req and res belong to the adapter again
	passed         // the chain has ended, and the request may pass
)

// end takes the request and the response back from the providers.
func (x *exchange) end(phase uint32) {
	x.phase.Store(phase)
	x.forget() // the strings are in memory that the framework uses again
}

// forget drops what is known of the request, so that req is asked again. It does not write a second time: a goroutine that has
// kept a Request by mistake may read the fields meanwhile.
func (x *exchange) forget() {
	if x.searched {
		x.searched = false
	}
	if x.requestKnown {
		x.requestKnown, x.path, x.authorization = false, "", ""
	}
}

type exchangeKey struct{}

// Value returns x itself for the key of exchanges, so that an inner Guard hides an outer one, with and without an Auth. For
// package httpseam it tells what descends from x.
func (x *exchange) Value(key any) any {
	switch key {
	case exchangeKey{}:
		return x
	case guarded.Key{Context: x}:
		return true
	}
	return x.Context.Value(key)
}

// Format prints nothing of the request, so that no credential gets into a log with a context.
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
		s.authSetTwice = true
		return ErrAuthSet
	}
	return nil
}
