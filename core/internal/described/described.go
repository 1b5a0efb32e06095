// Package described lets package audit see what a chain requires. Other modules cannot import it, so a chain shows its providers
// to nobody else.
package described

import "strings"

// Chain says what a chain requires. It has what the program wrote: names of providers, patterns, roles and scopes. It has no key,
// no token and no configuration of a provider.
type Chain struct {
	Providers    []string // the base providers in order, by their names in logs and events
	Requirements []string // what the chain requires of a caller, in plain words
	Scopes       []string // the scopes that the requirements name, sorted
	PublicRoutes []string // the patterns of core.PublicRoutes in the base chain
	Public       bool     // the base chain is skipped: see core.SecurityChain.Public
	Optional     bool     // requests without a credential pass the base chain: see core.Optional
	Then         bool     // the chain relies on an outer one: see core.SecurityChain.Then
	Identity     bool     // a provider that With or Then has added refuses every request without an identity
}

// Of returns a copy of what a *core.SecurityChain requires. Package core sets it.
var Of func(chain any) Chain

// String returns the description in plain words, such as `jwt; requires the role "admin"`.
func (c Chain) String() string {
	var parts []string
	switch {
	case c.Public:
		parts = append(parts, "public")
	case c.Then:
		parts = append(parts, "the identity of an outer chain")
	case len(c.Providers) == 0:
		parts = append(parts, "no provider")
	default:
		parts = append(parts, strings.Join(c.Providers, ", "))
	}
	if len(c.Requirements) > 0 {
		parts = append(parts, "requires "+strings.Join(c.Requirements, ", and "))
	}
	if c.Public || c.Then {
		return strings.Join(parts, "; ")
	}
	if c.Optional {
		parts = append(parts, "a credential is optional")
	}
	if len(c.PublicRoutes) > 0 {
		parts = append(parts, "public: "+strings.Join(c.PublicRoutes, ", "))
	}
	return strings.Join(parts, "; ")
}
