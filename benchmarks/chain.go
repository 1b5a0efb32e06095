package main

import (
	"io"
	"log/slog"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

const ourNote = "a chain as README's: public routes, tokens of users, OAuth2 access tokens by RFC 9068; issuer and audience; " +
	"so, too, on Echo and Fiber. The records of refusals go to a logger that is off: the peers write none"

// chain is as README's, for any issuer: with access tokens by RFC 9068, an audience, and a key that is named. The tokens of
// the benchmarks are those of users, for its second provider.
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

// recording is ours with a logger that writes, on net/http, for what is refused.
func recording() *stack {
	return &stack{framework: "net/http", name: "ours, with its records", kind: observed, build: func(i *issuer) (server, error) {
		c, err := chain(i, 0)
		if err != nil {
			return nil, err
		}
		return overHTTP(c.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))), nil
	}}
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

// lastInChain has another provider look at each token before its own does: one that knows by the type that it is not its
// own, or, as with both kinds of tokens of Microkubes, one that has to look for the issuer.
func lastInChain(access oauth2.Config) func(*issuer) (server, error) {
	return func(i *issuer) (server, error) {
		all, err := providers(i, 0)
		if err != nil {
			return nil, err
		}
		store, err := i.store()
		if err != nil {
			return nil, err
		}
		c, err := core.NewSecurityChain(all[0], oauth2.New(store, access), all[1])
		if err != nil {
			return nil, err
		}
		return overHTTP(c), nil
	}
}

const otherIssuer = "https://oauth2.example.com/"

func configs() (jwt.Config, oauth2.Config) {
	return jwt.Config{Issuers: []string{issuerName}, Audiences: []string{audience}},
		oauth2.AccessTokens(otherIssuer, audience)
}
