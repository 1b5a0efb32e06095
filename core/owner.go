package core

import (
	"context"

	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// owner is a provider that may own the token of a request. All owners are of this module, since the finder gets only providers
// with a seal.
type owner interface {
	// ProvideFound is like Provide, for the token that a search has found. It decides as Provide does.
	ProvideFound(ctx context.Context, sc SecurityContext, req Request, res Response, token ownership.Token) error
}

var badType, badIssuer = reason.NumberOf(reason.BadType), reason.NumberOf(reason.BadIssuer)

// findOwners prepares c to find the owner of a token before it calls its providers. Otherwise each provider would parse the token
// to see whether it is its own.
func (c *SecurityChain) findOwners() {
	if ownership.New == nil || len(c.base) > ownership.MaxProviders {
		return
	}
	providers := make([]any, len(c.base))
	for i, l := range c.base {
		if !l.readsOnly {
			continue
		}
		providers[i] = l.Provider
		for e, ok := l.Provider.(*enriched); ok; e, ok = e.provider.(*enriched) {
			providers[i] = e.provider
		}
	}
	if c.owners = ownership.New(providers); c.owners == nil {
		return
	}
	c.tokenSource = c.owners.Source.(TokenSource)
	for i := range c.base {
		if c.owners.Members>>i&1 == 1 {
			c.base[i].owner = c.base[i].Provider.(owner)
		}
	}
}

// tokenFor returns the token that was found for the member at a position. If the token belongs to another member or to none, it
// returns the reason for which this member would return NotMine. Both results are zero if the member must decide by itself.
// found keeps the result of the last search, which is repeated if the request may have changed since.
func (c *SecurityChain) tokenFor(x *exchange, at int, found *ownership.Found) (token ownership.Token, why reason.Number) {
	if !x.searched {
		x.running = &c.base[at] // it reads the request first, so it is named if that panics
		x.searched, *found = true, ownership.Found{}
		text, err := c.tokenSource.behindScheme((*lentRequest)(x)) // no member reads a cookie or the query
		if err == nil && text != "" {
			*found = c.owners.Find(text)
		}
	}
	switch {
	case !found.Known:
		return token, 0
	case int(found.Owner) == at:
		return found.Token, 0
	case found.Owner >= 0 && int(found.Owner) < at:
		return token, 0
	case found.BadType>>at&1 == 1:
		return token, badType
	}
	return token, badIssuer
}
