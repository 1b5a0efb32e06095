package token

import (
	"context"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// verified is a credential that was good. Whether it still is depends on the time, on the generation and on the conditions, and
// on nothing else: the rest of the policy never changes.
type verified struct {
	auth       *core.Auth
	valid      claims.Validity
	generation uint64 // of its kind, when it was verified
}

// known returns the identity in a credential that was good before and still is. It returns nil and no error where the
// credential must be verified, if only to learn why it is not good any more.
func (v *Verifier) known(ctx context.Context, req core.Request, text string) (*core.Auth, error) {
	if v.cache == nil {
		return nil, nil
	}
	k := v.cache.Get(text)
	if k == nil || !v.current(k, v.now()) {
		return nil, nil
	}
	return v.admit(ctx, req, k.auth)
}

// current reports whether a credential that v has verified would be good at now, but for its conditions.
func (v *Verifier) current(k *verified, now time.Time) bool {
	return k.generation == v.kind.Generation() && k.valid.Check(now) == nil
}

// keep remembers a credential that was verified in a generation. Its conditions have not been asked yet: they always are.
func (v *Verifier) keep(text string, k verified) {
	if v.cache != nil {
		v.cache.Put(text, k)
	}
}
