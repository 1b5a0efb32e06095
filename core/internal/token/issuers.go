package token

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/microkubes/microkubes-go/core"
)

// Issuer has the verifiers of one issuer. Each is for other types of tokens. It is safe for concurrent use.
type Issuer struct {
	verifiers []*Verifier
	self      *reference
	used      atomic.Int64 // the second in which a token was last good; zero: none was
}

// reference leads from cached tokens to their issuer. It is nil once the issuer has left, so that a cache neither uses nor keeps
// an issuer that has left.
type reference struct{ atomic.Pointer[Issuer] }

func newIssuer(verifiers ...*Verifier) *Issuer {
	i := &Issuer{verifiers: verifiers, self: new(reference)}
	i.self.Store(i)
	return i
}

// NewIssuer returns the issuer of a name with the verifiers of a member. The member must be a provider of signed tokens of that
// issuer, or a [Router] with several of them, and all must read the token from the places of source.
func NewIssuer(name string, member core.Authenticator, source core.TokenSource) (*Issuer, error) {
	r := NewRouter("", member)
	if r.err != nil {
		return nil, r.err
	}
	if !slices.Equal(r.Source.Places(), source.Places()) {
		return nil, errors.New("its Config.Source is not the Source of Resolve: set both, or neither")
	}
	i := r.Issuers.(fixed)[name]
	if i == nil {
		return nil, errors.New("its Config.Issuers lacks the issuer that it is for")
	}
	return i, nil
}

// Leave makes the tokens of the issuer unknown. Requests that have found the issuer before go on with it.
func (i *Issuer) Leave() { i.self.Store(nil) }

// Used returns the second in which a token of the issuer was last good, or zero if none was.
func (i *Issuer) Used() int64 { return i.used.Load() }

// touch writes only when the second changes, so that cores do not compete for the line.
func (i *Issuer) touch(now time.Time) {
	if second := now.Unix(); i.used.Load() != second {
		i.used.Store(second)
	}
}

// verifierOf returns the index of the verifier for a type of tokens, or -1.
func (i *Issuer) verifierOf(typ string) int {
	return slices.IndexFunc(i.verifiers, func(v *Verifier) bool { return slices.Contains(v.kind.(*signed).types, typ) })
}

// fixed has issuers that do not change, by name.
type fixed map[string]*Issuer

// Find implements [Issuers].
func (f fixed) Find(_ context.Context, name []byte) (*Issuer, error) { return f[string(name)], nil }
