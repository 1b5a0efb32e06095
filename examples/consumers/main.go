// Command consumers is a service behind Kong's own authentication plugins: the gateway finds out who sends a request, and the
// service believes the headers in which the gateway says so. The gateway needs consumers with API keys and groups, which its
// operator creates.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/kong"
	"github.com/microkubes/microkubes-go/registrator"
	"github.com/microkubes/microkubes-go/service"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "address to listen on, at which the gateway reaches this process")
	peers := flag.String("peers", "127.0.0.1", "addresses and prefixes from which the gateway connects, separated by commas")
	flag.Parse()
	service.Main(configure(*addr, strings.Split(*peers, ",")), build)
}

// configure returns the configuration of the service. Each field of a plugin that the identity depends on is described, so that
// the registrator keeps it. The service does not start without these plugins, and refuses identities while the gateway lacks one.
func configure(addr string, peers []string) service.Config {
	return service.Config{
		Name:    "reports",
		Paths:   []string{"/reports"},
		Address: addr,
		Policy: func(context.Context) (*core.SecurityChain, []io.Closer, error) {
			_, chain, err := secure(peers)
			return chain, nil, err
		},
		Registration: registrator.Service{Plugins: []registrator.Plugin{
			{Name: "key-auth", Config: map[string]any{"run_on_preflight": true, "hide_credentials": true}},
			{Name: "acl", Config: map[string]any{"allow": []string{"staff"}, "hide_groups_header": false}},
		}},
	}
}

func build(app *service.App) (service.Server, error) {
	mux := routes(app.Chain)
	return service.HTTP(mux), app.Check(nethttp.Watch(mux))
}

// secure returns the provider of the identity and the chain.
func secure(peers []string) (*kong.Provider, *core.SecurityChain, error) {
	consumers := kong.New(kong.Config{Peers: peers, Groups: true})
	chain, err := core.NewSecurityChain(consumers)
	return consumers, chain, err
}

func routes(chain *core.SecurityChain) *nethttp.Mux {
	sec := nethttp.New(chain)
	mux := new(nethttp.Mux)
	mux.HandleFunc("GET /reports", sec.Secured(report))
	mux.HandleFunc("OPTIONS /reports", sec.Secured(report))
	mux.HandleFunc("DELETE /reports", sec.With(core.RequireRoles("admin")).Secured(report))
	return mux
}

func report(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	_, _ = fmt.Fprintf(w, "%s, %s", auth.Username(), strings.Join(auth.Roles(), " and "))
}
