package token

import (
	"context"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/cache"
	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// verified is the result for a credential that was verified. Only the time, the generation and the conditions decide whether it
// is still good: everything else in the policy is constant.
type verified struct {
	auth       *core.Auth
	valid      claims.Validity
	generation uint64 // of the kind, before the credential was verified
	typ        string // of a signed token, normalized by jws.MediaType
}

// known returns the identity in a credential that is in the cache and still good, or the error of a condition. It returns nil and
// no error if the credential must be verified. Of a credential that is not good any more, that finds the reason.
func (v *Verifier) known(ctx context.Context, req core.Request, text string) (*core.Auth, error) {
	if v.cache == nil {
		return nil, nil
	}
	entry := v.cache.Get(text)
	if entry == nil {
		return nil, nil
	}
	return v.admitEntry(ctx, req, entry)
}

// admitEntry is like known, for an entry of the cache.
func (v *Verifier) admitEntry(ctx context.Context, req core.Request, entry *verified) (*core.Auth, error) {
	if !v.current(entry, v.now()) {
		return nil, nil
	}
	return v.admit(ctx, req, entry.auth)
}

// current reports whether a credential that v has verified is still good at now, apart from its conditions.
func (v *Verifier) current(entry *verified, now time.Time) bool {
	return entry.generation == v.kind.Generation() && entry.valid.Check(now) == nil
}

// keep adds a verified credential to the cache. The conditions need not have been called, since they are called on every request.
// A credential that was recalled does not always get a place, since it can be recalled again.
func keep[V any](c *cache.Cache[V], credential Credential, text string, entry V) {
	if r, ok := credential.(rememberer); ok && r.Recalled() {
		c.Offer(text, entry)
		return
	}
	c.Put(text, entry)
}
