package core

import (
	"github.com/microkubes/microkubes-go/core/internal/ownership"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

func init() {
	ownership.Take = func(sc any) any {
		switch s := sc.(type) {
		case *securityContext:
			return (*exchange)(s).takeFound()
		case *heldAuth:
			if behind := ofChain(s); behind != nil {
				return (*exchange)(behind).takeFound()
			}
		}
		return nil
	}
}

// takeFound returns what was found for the provider that runs now, once.
func (x *exchange) takeFound() (token any) {
	if x.ownerToken != nil && x.running == &x.chain.base[x.owner] {
		token, x.ownerToken = x.ownerToken, nil
	}
	return token
}

// findOwners prepares c to find out whose a token is. Otherwise each provider would find out that it is not its own.
func (c *SecurityChain) findOwners() {
	if ownership.New == nil || len(c.base) > 64 {
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
		c.base[i].member = c.owners.Members>>i&1 == 1
	}
}

// isOthers reports whether the credential belongs to another provider than the member at a position, or to none. That member
// would return NotMine for the reason why. found is what the last search has found.
func (c *SecurityChain) isOthers(x *exchange, at int, found *ownership.Found) (why Reason, is bool) {
	if !x.searched {
		*found = ownership.Found{}
		if text := c.tokenSource.Candidate((*lentRequest)(x)); text != "" {
			*found = c.owners.Find(text)
		}
		x.searched, x.owner, x.ownerToken = true, found.Owner, found.Token
	}
	switch {
	case !found.Known || found.Owner >= 0 && int(found.Owner) <= at:
		return "", false
	case found.BadType>>at&1 == 1:
		return reason.BadType, true
	}
	return reason.BadIssuer, true
}
