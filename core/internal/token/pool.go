package token

import (
	"sync"

	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// The pools reuse the memory of a token for the next one. Values in a pool do not refer to the text of a token. The bytes that
// were decoded from it stay until they are overwritten.
var (
	signedTokens = sync.Pool{New: func() any { return new(signedToken) }}
	claimSets    = sync.Pool{New: func() any { return new(claims.Claims) }}
)

func getClaims() *claims.Claims { return claimSets.Get().(*claims.Claims) }

func putClaims(c *claims.Claims) {
	c.Reset()
	claimSets.Put(c)
}

func getSignedToken() *signedToken { return signedTokens.Get().(*signedToken) }

func putSignedToken(t *signedToken) {
	t.Reset()
	t.kind, t.memory, t.err, t.trace = nil, nil, nil, trace{}
	signedTokens.Put(t)
}
