// Command gorilla is a small service with the router github.com/gorilla/mux, which takes the adapter for net/http.
//
// Where the chain belongs: in Use of a subrouter, for its routes; around a single handler with Secured; or around the router, for
// the whole application. Use of a router does not run for requests without a route: gorilla/mux answers 404 and 405 in front of
// it. It also redirects a path such as //x in front of it, unless SkipClean is set. Around the router, the chain answers these
// requests, too: sec.Middleware(router).
//
// Rules compare r.URL, so the patterns of public routes name whole paths, in a subrouter, too. Below http.StripPrefix they name
// the shortened path: put the chain outside of it.
//
// A method override goes around the router. In Use it changes the method after the route was chosen.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/mux"

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
	router := mux.NewRouter()
	router.HandleFunc("/healthcheck", health).Methods("GET")
	router.HandleFunc("/hello/{name}", sec.Secured(hello)).Methods("GET")
	router.HandleFunc("/orders", sec.With(core.RequireScopes("orders:write")).Secured(hello)).Methods("POST")
	admin := router.PathPrefix("/admin").Subrouter()
	admin.Use(sec.With(core.RequireRoles("admin")).Middleware)
	admin.HandleFunc("/users", hello).Methods("GET")
	return router
}

func health(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

func hello(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode([]string{auth.Username(), mux.Vars(r)["name"]})
}
