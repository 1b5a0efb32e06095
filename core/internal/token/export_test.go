package token

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/cache"
	"github.com/microkubes/microkubes-go/core/internal/digests"
	"github.com/microkubes/microkubes-go/core/internal/jws"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Exported for tests, because their effect cannot be seen through a provider.
var (
	IssuerOf = issuerOf
	FindIss  = findIss
)

// MaxIssuer is the length of the longest issuer that is read, in bytes.
const MaxIssuer = maxIssuer

// MemorySize is the size of the memory that all verifiers share, in bytes.
const MemorySize = memorySize

// Held returns what the pools still hold of a token after it was verified.
func Held(token string) (string, error) {
	t := (&signed{}).Open(token).(*signedToken)
	err := t.err
	t.Close()
	return fmt.Sprintf("%+v", t.Token), err
}

// CountSignatures lets verified count the signatures that the verifiers of a provider verify, and returns the provider.
func CountSignatures(p core.Authenticator, verified *atomic.Int64) core.Authenticator {
	for _, v := range verifiersOf(p) {
		kind := v.kind.(*signed)
		kind.verify = func(t *jws.Token, key *keys.Key) error {
			verified.Add(1)
			return t.Verify(key)
		}
	}
	return p
}

// WithoutCache takes the cache of whole tokens from a provider and returns it, so that every token is looked up by its digest.
func WithoutCache(p core.Authenticator) core.Authenticator {
	for _, v := range verifiersOf(p) {
		v.cache = nil
	}
	if r, ok := p.(*Router); ok {
		r.cache = nil
	}
	return p
}

func verifiersOf(p core.Authenticator) (all []*Verifier) {
	providers, err := providersOf(p)
	if err != nil {
		panic(err)
	}
	for _, p := range providers {
		all = append(all, p.verifier)
	}
	return all
}

// IsEntry reports whether a token that was found is an entry of a cache.
func IsEntry(found any) bool {
	_, parsed := found.(*signedToken)
	return !parsed
}

// ForgetSignatures empties the memory that all verifiers share.
func ForgetSignatures() { shared().Tidy(time.Unix(1<<40, 0)) }

// Digested reports whether a provider makes a digest of a token while it verifies the signature.
func Digested(ctx context.Context, p core.Authenticator, text string) bool {
	t := p.(*Provider).verifier.kind.Open(text).(*signedToken)
	defer t.Close()
	_, _, _ = t.Verify(ctx)
	return t.summed
}

// Marked reports whether a provider makes the mark of a token while it verifies the signature.
func Marked(ctx context.Context, p core.Authenticator, text string) bool {
	t := p.(*Provider).verifier.kind.Open(text).(*signedToken)
	defer t.Close()
	_, _, _ = t.Verify(ctx)
	return t.marked
}

// SumOf returns the sum that a provider makes of a token, with a mark that is the same for all.
func SumOf(p core.Authenticator, text string, key *keys.Key) digests.Sum {
	t := p.(*Provider).verifier.kind.Open(text).(*signedToken)
	defer t.Close()
	t.marked = true
	_, _ = t.memory.digest(t, key)
	return t.sum
}

// Remembered returns the number of signatures in the memory that all verifiers share.
func Remembered() int { return shared().Tidy(time.Unix(0, 0)) }

// InCache reports whether the cache of whole tokens of a provider has a text.
func InCache(p core.Authenticator, text string) bool {
	return p.(decider).cached(cache.MarkOf(text), text) != nil
}

// IsClosed reports whether a token that was found has been closed, so that nothing of it is left.
func IsClosed(found any) bool {
	t := found.(*signedToken)
	return t.kind == nil && t.memory == nil && t.trace == trace{} && t.Text() == ""
}
