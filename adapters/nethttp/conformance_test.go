package nethttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/conformance"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Harness{Name: "nethttp", Serve: serve})
}

func serve(app conformance.App) (string, func(), error) {
	mux := http.NewServeMux()
	for _, r := range app.Routes {
		mux.Handle(r.Method+" "+r.Path, guard(r, handler(r.Handle)))
	}
	var root http.Handler = mux
	if app.Chain != nil {
		root = nethttp.New(app.Chain).Middleware(mux)
	}
	server := httptest.NewServer(root)
	return server.Listener.Addr().String(), server.Close, nil
}

func guard(r conformance.Route, h http.HandlerFunc) http.Handler {
	if r.Guard == conformance.Bare {
		return h
	}
	sec := nethttp.New(r.Chain).With(r.With...)
	switch r.Guard {
	case conformance.Public:
		return sec.Public(h)
	case conformance.Grouped:
		group := http.NewServeMux()
		group.Handle(r.Method+" "+r.Path, h)
		return sec.Middleware(group)
	default:
		return sec.Secured(h)
	}
}

func handler(h conformance.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		reply := h(r.Context(), r.Header.Get)
		for name, value := range reply.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(reply.Status)
		_, _ = io.WriteString(w, reply.Body)
	}
}
