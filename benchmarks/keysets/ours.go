package main

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/core/oauth2"
)

const ourName = "microkubes-go"

// quiet is the logger of the libraries that have one.
var quiet = slog.New(slog.DiscardHandler)

// ours is what README.md shows, with the algorithms of the issuer.
func ours() contender {
	return contender{
		name: ourName,
		setUp: "keys.Discover (package keys), oauth2.AccessTokens and nethttp.Secured (README.md), with the algorithms " +
			"of the issuer. The answer is the HTTP status.",
		open: func(ctx context.Context, i *issuer) (verify, error) {
			store, err := keys.RemoteConfig{Issuer: i.url(), Logger: quiet}.Open(ctx) // Discover, without its log
			if err != nil {
				return nil, err
			}
			context.AfterFunc(ctx, func() { _ = store.Close() })
			h, err := secured(store, i.url(), 0)
			if err != nil {
				return nil, err
			}
			return ofHTTP(h), nil
		},
	}
}

// secured returns a handler that lets access tokens of the issuer pass.
func secured(store keys.Store, issuer string, cacheSize int) (http.Handler, error) {
	config := oauth2.AccessTokens(issuer, audience)
	config.Algorithms, config.CacheSize = algorithms, cacheSize
	chain, err := core.NewSecurityChain(oauth2.New(store, config))
	if err != nil {
		return nil, err
	}
	return nethttp.New(chain.WithLogger(quiet)).Secured(ok), nil
}
