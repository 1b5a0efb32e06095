// Command chain sets up the security chain itself.
package main

import (
	"context"
	"io"
	"net/http"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/keys"
	"github.com/microkubes/microkubes-go/service"
)

func main() {
	service.Main(service.Config{Name: "hello-service", Paths: []string{"/"}, Policy: policy}, routes)
}

func policy(context.Context) (*core.SecurityChain, []io.Closer, error) {
	store, err := keys.Dir("./keys")
	if err != nil {
		return nil, nil, err
	}
	chain, err := core.NewSecurityChain(
		jwt.New(store, jwt.Microkubes("Microkubes JWT Authority")),
	) // a request that no provider authenticates is refused
	return chain, []io.Closer{store}, err
}

func routes(app *service.App) (service.Server, error) {
	sec := nethttp.New(app.Chain)
	mux := new(nethttp.Mux)
	mux.HandleFunc("GET /hello", sec.Secured(hello)) // executes the chain, and writes the refusal
	return service.HTTP(mux), app.Check(nethttp.Watch(mux))
}

func hello(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	_, _ = io.WriteString(w, "Hello "+auth.Username()+" from Go service on Microkubes")
}
