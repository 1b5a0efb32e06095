package core

import (
	"fmt"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/described"
	"github.com/microkubes/microkubes-go/core/internal/identity"
)

func init() {
	described.Of = func(chain any) described.Chain {
		c, ok := chain.(*SecurityChain)
		if !ok || c == nil {
			return described.Chain{}
		}
		return c.describe()
	}
}

// describe returns what the chain requires. It asks providers for nothing; their names are known.
func (c *SecurityChain) describe() described.Chain {
	d := described.Chain{Public: c.public, Optional: c.optional, Then: c.then}
	for _, l := range c.base {
		switch p := l.Provider.(type) {
		case *publicRoutes:
			d.PublicRoutes = append(d.PublicRoutes, p.texts...)
		case *requirement:
			if !c.public && !c.then {
				describeRequirement(&d, p)
			}
			d.Optional = false // a requirement of the base chain refuses anonymous requests
		case identity.Required:
			d.Providers = append(d.Providers, l.name)
			d.Optional = false
		default:
			d.Providers = append(d.Providers, l.name)
		}
	}
	for _, l := range c.with {
		switch p := l.Provider.(type) {
		case *requirement:
			describeRequirement(&d, p)
			d.Identity = true
		case identity.Required:
			d.Requirements = append(d.Requirements, l.name)
			d.Identity = true
		default:
			d.Requirements = append(d.Requirements, l.name)
		}
	}
	slices.Sort(d.Scopes)
	d.Scopes = slices.Compact(d.Scopes)
	return d
}

func describeRequirement(d *described.Chain, r *requirement) {
	d.Requirements = append(d.Requirements, r.words())
	if r.name == nameScopes {
		d.Scopes = append(d.Scopes, r.values...)
	}
}

// words returns what is required in plain words.
func (r *requirement) words() string {
	if r.name == nameAuth {
		return "an identity"
	}
	noun := "role"
	if r.name == nameScopes {
		noun = "scope"
	}
	quoted := make([]string, len(r.values))
	for i, v := range r.values {
		quoted[i] = fmt.Sprintf("%q", v)
	}
	switch {
	case len(quoted) == 1:
		return "the " + noun + " " + quoted[0]
	case r.any:
		return "one of the " + noun + "s " + strings.Join(quoted, ", ")
	default:
		return "the " + noun + "s " + strings.Join(quoted, ", ")
	}
}
