package nethttp_test

import (
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
	if app.Front != nil {
		root = front(app, root)
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
		h(r.Context(), r.Header.Get).WriteTo(w)
	}
}

func front(app conformance.App, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, reply := app.Front(r.Context(), r.Header.Get)
		if !reply.WriteTo(w) {
			next.ServeHTTP(w, r.WithContext(ctx))
		}
	})
}
