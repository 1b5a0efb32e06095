package token

import (
	"context"

	"github.com/microkubes/microkubes-go/core"
)

// verified is a token that was good. Whether it still is depends on the time, on the keys, and on [Policy.Revoked], and on
// nothing else: the rest of the policy never changes.
type verified struct {
	auth       *core.Auth
	valid      span
	generation uint64 // of the keys it was verified with
}

// known finds the identity in a token that was good before and still is. It returns nil and no error where the token must be
// verified, be it to find out why it is not good any more.
func (v *Verifier) known(ctx context.Context, token string) (*core.Auth, error) {
	if v.cache == nil {
		return nil, nil
	}
	k := v.cache.Get(token)
	if k == nil || k.generation != v.store.Generation() || !k.valid.has(v.config.Now()) {
		return nil, nil
	}
	return v.unlessRevoked(ctx, k.auth)
}

// keep is for a token that was found good with the keys of a generation. Revoked has not been asked yet: it always is.
func (v *Verifier) keep(token string, auth *core.Auth, c *claims, generation uint64) {
	if v.cache != nil {
		v.cache.Put(token, verified{auth: auth, valid: v.span(c), generation: generation})
	}
}
