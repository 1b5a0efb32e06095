package token

import (
	"context"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// verified is the result for a credential that was verified. Only the time, the generation and the conditions decide whether it
// is still good: everything else in the policy is constant.
type verified struct {
	auth       *core.Auth
	valid      claims.Validity
	generation uint64 // of the kind, before the credential was verified
}

// known returns the identity in a credential that is in the cache and still good, or the error of a condition. It returns nil and
// no error if the credential must be verified, which also finds the reason if it is no longer good.
func (v *Verifier) known(ctx context.Context, req core.Request, text string) (*core.Auth, error) {
	if v.cache == nil {
		return nil, nil
	}
	entry := v.cache.Get(text)
	if entry == nil || entry.generation != v.kind.Generation() || entry.valid.Check(v.now()) != nil {
		return nil, nil
	}
	return v.admit(ctx, req, entry.auth)
}

// keep adds a verified credential to the cache. The conditions need not have been called, since they are called on every request.
func (v *Verifier) keep(text string, entry verified) {
	if v.cache != nil {
		v.cache.Put(text, entry)
	}
}
