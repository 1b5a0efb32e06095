package main

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

const ourNote = "the chain of README.md: public routes, tokens of users, OAuth2 access tokens by RFC 9068; issuer and " +
	"audience; the same on Echo and Fiber. Refusals are logged to a logger that is off, because the peers log nothing"

// chain returns a chain like that of README.md for any issuer, with access tokens by RFC 9068, an audience, and a key with an id.
// The tokens of the benchmarks are tokens of users, which its second provider verifies.
func chain(i *issuer, size int) (*core.SecurityChain, error) {
	all, err := providers(i, size)
	if err != nil {
		return nil, err
	}
	c, err := core.NewSecurityChain(all...)
	if err != nil {
		return nil, err
	}
	if i.observer != nil {
		c = c.WithObserver(i.observer)
	}
	return c.WithLogger(slog.New(slog.DiscardHandler)), nil
}

// recording is our stack on net/http with a logger that writes, to measure refusals.
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

// lastInChain builds a chain in which another provider looks at each token first. By its configuration, access, that provider
// rejects the token by its type or, as with both kinds of Microkubes' tokens, by its issuer.
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
		access.Algorithms = nil // those of the store, whatever the preset names
		c, err := core.NewSecurityChain(all[0], oauth2.New(store, access), all[1])
		if err != nil {
			return nil, err
		}
		return overHTTP(c), nil
	}
}

// oneOfSeven builds a chain of seven providers with an issuer each. The issuer of the tokens is that at a position.
func oneOfSeven(position int) func(*issuer) (server, error) {
	return func(i *issuer) (server, error) {
		store, err := i.store()
		if err != nil {
			return nil, err
		}
		var all []core.Provider
		for k := range 7 {
			config, _ := configs()
			if k != position {
				config.Issuers = []string{fmt.Sprint(issuerName, k)}
			}
			all = append(all, jwt.New(store, config))
		}
		c, err := core.NewSecurityChain(all...)
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
