// Package policy has the chain of the services that are the same on two versions of a framework.
package policy

import (
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/docs/guides/echojwt/after"
	"github.com/microkubes/microkubes-go/docs/guides/internal/verdict"
)

// Chain returns a chain for the tokens of issuer.
func Chain(issuer *verdict.Issuer) (*core.SecurityChain, error) {
	key, err := keys.ParsePEM("key-1", issuer.PEM)
	if err != nil {
		return nil, err
	}
	store, err := keys.Static(key)
	if err != nil {
		return nil, err
	}
	return core.NewSecurityChain(core.PublicRoutes("/healthcheck"), jwt.New(store, after.Policy(issuer.Name, verdict.Audience)))
}
