// Package after is the same service with microkubes-go.
package after

import (
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

// Policy returns the tokens that are accepted.
func Policy(issuer, audience string) jwt.Config {
	return jwt.Config{
		Issuers:    []string{issuer},
		Audiences:  []string{audience},
		Algorithms: []string{"RS256"},
		Claims: jwt.Claims{
			User:   []jwt.Text{{Path: jwt.Path{"sub"}}},
			Name:   []jwt.Text{{Path: jwt.Path{"name"}}},
			Scopes: []jwt.List{{Path: jwt.Path{"scope"}}},
		},
	}
}

// New returns the service. pem is the public key of the issuer.
func New(pem []byte, issuer, audience string) (http.Handler, error) {
	key, err := keys.ParsePEM("key-1", pem) // the kid of the tokens
	if err != nil {
		return nil, err
	}
	store, err := keys.Static(key)
	if err != nil {
		return nil, err
	}
	chain, err := core.NewSecurityChain(jwt.New(store, Policy(issuer, audience)))
	if err != nil {
		return nil, err
	}
	sec := nethttp.New(chain)
	orders := sec.Then(core.RequireScopes("orders:write"))

	r := chi.NewRouter()
	r.Get("/healthcheck", sec.Public(health))
	r.Group(func(r chi.Router) {
		r.Use(sec.Middleware)
		r.Get("/hello", hello)
		r.Post("/orders", orders.Secured(create))
	})
	return r, nil
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
