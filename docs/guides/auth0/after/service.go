// Package after is the same service with microkubes-go.
package after

import (
	"context"
	"io"
	"net/http"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// Policy returns the tokens that are accepted. For the tokens of Auth0 itself, begin with oidc.Auth0(domain, audience).
func Policy(issuer, audience string) oidc.Config {
	config := oidc.Issuer(issuer, audience)
	config.Algorithms = []string{"RS256"}
	config.Claims.Name = []jwt.Text{{Path: jwt.Path{"name"}}}
	return config
}

// New returns the service, and a function that ends the fetching of keys.
func New(ctx context.Context, issuer, audience string) (service http.Handler, stop func() error, err error) {
	provider, err := oidc.New(ctx, Policy(issuer, audience))
	if err != nil {
		return nil, nil, err
	}
	chain, err := core.NewSecurityChain(provider)
	if err != nil {
		return nil, nil, err
	}
	sec := nethttp.New(chain)
	orders := sec.With(core.RequireScopes("orders:write"))

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthcheck", sec.Public(health))
	mux.HandleFunc("GET /hello", sec.Secured(hello))
	mux.HandleFunc("POST /orders", orders.Secured(create))
	return mux, provider.Close, nil
}

func health(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, "ok") }

func hello(w http.ResponseWriter, r *http.Request) {
	auth, _ := nethttp.Auth(r)
	reply(w, http.StatusOK, "hello "+auth.Username())
}

func create(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusCreated, "created") }

func reply(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
