package main

import (
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
)

func serve(chain *core.SecurityChain) (addr string, stop func(), err error) {
	sec := nethttp.New(chain)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", sec.Secured(func(w http.ResponseWriter, r *http.Request) {
		auth, _ := core.AuthFrom(r.Context())
		_, _ = io.WriteString(w, "Hello "+auth.Username())
	}))
	server := httptest.NewServer(mux)
	return server.Listener.Addr().String(), server.Close, nil
}
