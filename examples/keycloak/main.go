// Command keycloak is a service whose users log in at Keycloak. README.md beside this file runs both.
package main

import (
	"flag"
	"fmt"
	"net/http"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/oidc"
	"github.com/microkubes/microkubes-go/service"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8081", "address to listen on")
	realm := flag.String("realm", "http://localhost:8080/realms/main", "URL of the realm")
	flag.Parse()
	service.Main(config(*addr, *realm), serve)
}

func config(addr, realm string) service.Config {
	return service.Config{
		Name:           "orders",
		Address:        addr,
		Policy:         service.OIDC(oidc.Keycloak(realm, "orders")),
		WithoutGateway: true, // examples/kong has one
	}
}

func serve(app *service.App) (service.Server, error) {
	mux := routes(app.Chain)
	return service.HTTP(mux), app.Check(nethttp.Watch(mux))
}

func routes(chain *core.SecurityChain) *nethttp.Mux {
	sec := nethttp.New(chain)
	admin := sec.With(core.RequireRoles("admin"))
	mux := new(nethttp.Mux)
	mux.HandleFunc("GET /hello", sec.Secured(hello))
	mux.HandleFunc("GET /admin", admin.Secured(hello))
	return mux
}

func hello(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	_, _ = fmt.Fprintf(w, "Hello %s, your roles are %q\n", auth.Username(), auth.Roles())
}
