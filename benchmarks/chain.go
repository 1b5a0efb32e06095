package main

import (
	"log/slog"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

const ourNote = "README's chain: public routes, tokens of users, OAuth2 access tokens; issuer and audience; so, too, on Echo " +
	"and Fiber. The records of refusals go to a logger that is off: the peers write none"

// chain is README's, with the audience checked. The tokens of the benchmarks are those of users, for its second provider.
func chain(i *issuer, size int) (*core.SecurityChain, error) {
	all, err := providers(i, size)
	if err != nil {
		return nil, err
	}
	c, err := core.NewSecurityChain(all...)
	if err != nil {
		return nil, err
	}
	return c.WithLogger(slog.New(slog.DiscardHandler)), nil
}

func providers(i *issuer, size int) ([]core.Provider, error) {
	users, access := configs()
	cacheSize(size, &users, &access)
	store, err := i.store()
	if err != nil {
		return nil, err
	}
	return []core.Provider{core.PublicRoutes("/healthcheck"), jwt.New(store, users), oauth2.New(store, access)}, nil
}

// lastInChain is README's chain turned round, so that another provider looks at each token before its own does.
func lastInChain(i *issuer) (server, error) {
	all, err := providers(i, 0)
	if err != nil {
		return nil, err
	}
	all[1], all[2] = all[2], all[1]
	c, err := core.NewSecurityChain(all...)
	if err != nil {
		return nil, err
	}
	return overHTTP(c), nil
}

func configs() (jwt.Config, oauth2.Config) {
	return jwt.Config{Issuers: []string{issuerName}, Audience: audience},
		oauth2.AccessTokens("https://oauth2.example.com/", audience)
}
