package token

import (
	"sync"

	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// The memory for one token is used again for the next. What is put back holds no text of a token: decoded bytes are overwritten,
// texts and lists are emptied.
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
	t.kind, t.err = nil, nil
	signedTokens.Put(t)
}
