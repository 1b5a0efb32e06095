package main

import (
	"log/slog"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

const ourNote = "README's chain: public routes, tokens of users, OAuth2 access tokens; issuer and audience; so, too, on Echo " +
	"and Fiber. The records of refusals go to a logger that is off: the peers write none"

// chain is README's, with the audience checked. The tokens of the benchmarks are for its second provider.
func chain(i *issuer, size int) (*core.SecurityChain, error) {
	users, access := configs()
	cacheSize(size, &users, &access)
	store, err := i.store()
	if err != nil {
		return nil, err
	}
	c, err := core.NewSecurityChain(
		core.PublicRoutes("/healthcheck"),
		jwt.New(store, users),
		oauth2.New(store, access),
	)
	if err != nil {
		return nil, err
	}
	return c.WithLogger(slog.New(slog.DiscardHandler)), nil
}

func configs() (jwt.Config, oauth2.Config) {
	return jwt.Config{Issuers: []string{issuerName}, Audience: audience},
		oauth2.AccessTokens("https://oauth2.example.com/", audience)
}
