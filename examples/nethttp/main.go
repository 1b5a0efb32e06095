// Command nethttp is the hello service on net/http.
package main

import (
	"io"
	"net/http"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/service"
)

func main() {
	service.Main(service.Config{
		Name:   "hello-service",
		Paths:  []string{"/healthcheck", "/hello", "/orders", "/admin"},
		Policy: service.Microkubes(""), // KEYS_DIR, or ./keys
	}, routes)
}

func routes(app *service.App) (service.Server, error) {
	sec := nethttp.New(app.Chain)
	mux, admin := new(nethttp.Mux), new(nethttp.Mux)
	mux.Handle("/admin/", sec.With(core.RequireRoles("admin")).Middleware(admin))
	admin.HandleFunc("GET /admin/report", report)

	mux.HandleFunc("GET /hello", sec.Secured(hello))
	mux.HandleFunc("POST /orders", sec.With(core.RequireScopes("orders:write")).Secured(create))
	return service.HTTP(mux), app.Check(nethttp.Watch(mux))
}

func hello(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	_, _ = io.WriteString(w, "Hello "+auth.Username()+" from net/http service on Microkubes")
}

func create(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	_, _ = io.WriteString(w, "Order of "+auth.Username()+" taken")
}

func report(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "Report for admins")
}
