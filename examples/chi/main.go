// Command chi is a small service with the router github.com/go-chi/chi, which takes the adapter for net/http.
//
// Where the chain belongs: in a Group, a Route or a With, for the routes of these; or in Use of the root router, where it also
// runs for requests without a route. chi forbids a Use after the first route of the same router.
//
// Rules compare r.URL. chi keeps the rest of the path in its own context when it enters a sub-router, so the patterns of public
// routes name whole paths there, too. Middleware that changes that rest makes chi dispatch on a path that rules do not see: with
// chi's StripSlashes, in front of the chain or behind it, a public pattern "/admin/" opens the route /admin. Redirect instead,
// with chi's RedirectSlashes.
//
// A method override goes into Use of the root router, in front of the chain: chi looks for the route after that middleware.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
)

func main() {
	store, err := keys.Dir("./keys")
	if err != nil {
		log.Fatal(err)
	}
	chain, err := core.NewSecurityChain(jwt.New(store, jwt.Microkubes("Microkubes JWT Authority")))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: os.Getenv("LISTEN_ADDR"), Handler: routes(chain), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

func routes(chain *core.SecurityChain) http.Handler {
	sec := nethttp.New(chain)
	router := chi.NewRouter()
	router.Get("/healthcheck", health)
	router.Group(func(r chi.Router) {
		r.Use(sec.Middleware)
		r.Get("/hello/{name}", hello)
		// Behind sec.Middleware, Then adds requirements without running the chain twice.
		r.With(sec.Then(core.RequireScopes("orders:write")).Middleware).Post("/orders", hello)
		r.Route("/admin", func(r chi.Router) {
			r.Use(sec.Then(core.RequireRoles("admin")).Middleware)
			r.Get("/users", hello)
		})
		r.Mount("/reports", reports())
	})
	return router
}

// reports returns a router that knows nothing of the chain in front of it.
func reports() http.Handler {
	router := chi.NewRouter()
	router.Get("/{name}", hello)
	return router
}

func health(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

func hello(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode([]string{auth.Username(), chi.URLParam(r, "name")})
}
