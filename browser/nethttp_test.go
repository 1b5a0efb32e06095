package browser_test

import (
	"io"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"
	chicors "github.com/go-chi/cors"
	"github.com/rs/cors"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
)

type middleware = func(http.Handler) http.Handler

// around puts middleware around a handler, the first outermost.
func around(h http.Handler, all []middleware) http.Handler {
	for _, m := range slices.Backward(all) {
		h = m(h)
	}
	return h
}

// places returns the middleware around the router, and that around each route.
func (s *service) places(cors, guard middleware) (router, routes []middleware) {
	switch s.place {
	case inFront:
		return []middleware{cors, guard}, nil
	case inFrontOfRoutes:
		return []middleware{cors}, []middleware{guard}
	case behind, behindOpen:
		return []middleware{guard, cors}, nil
	default:
		return nil, []middleware{cors, guard}
	}
}

// netHTTP is a ServeMux with rs/cors.
func netHTTP(s *service) http.Handler {
	sec := nethttp.New(s.chain)
	c := cors.New(cors.Options{
		AllowedOrigins: s.origins, AllowOriginFunc: s.allow, AllowedHeaders: []string{"Authorization", "Content-Type"}, AllowCredentials: s.credentials,
		ExposedHeaders: s.exposed, MaxAge: maxAge,
	})
	router, routes := s.places(c.Handler, sec.Middleware)
	mux := http.NewServeMux()
	mux.Handle("GET /hello", around(http.HandlerFunc(hello), routes))
	mux.Handle("GET /public", around(http.HandlerFunc(public), routes))
	mux.Handle("POST /orders", around(sec.Then(core.RequireScopes("orders:write")).Secured(s.takeOrder), routes))
	mux.Handle("POST /drafts", around(http.HandlerFunc(s.takeOrder), routes))
	return around(mux, router)
}

// netHTTPByDefault has rs/cors with its defaults.
func netHTTPByDefault(s *service) http.Handler {
	return cors.Default().Handler(nethttp.New(s.chain).Middleware(http.HandlerFunc(hello)))
}

// chiRouter is a router of chi with go-chi/cors.
func chiRouter(s *service) http.Handler {
	sec := nethttp.New(s.chain)
	options := chicors.Options{
		AllowedOrigins: s.origins, AllowedHeaders: []string{"Authorization", "Content-Type"}, AllowCredentials: s.credentials,
		ExposedHeaders: s.exposed, MaxAge: maxAge,
	}
	if s.allow != nil {
		options.AllowOriginFunc = func(_ *http.Request, origin string) bool { return s.allow(origin) }
	}
	router, routes := s.places(chicors.Handler(options), sec.Middleware)
	r := chi.NewRouter()
	r.Use(router...)
	r.With(routes...).Get("/hello", hello)
	r.With(routes...).Get("/public", public)
	r.With(routes...).Post("/orders", sec.Then(core.RequireScopes("orders:write")).Secured(s.takeOrder))
	r.With(routes...).Post("/drafts", s.takeOrder)
	return r
}

func hello(w http.ResponseWriter, r *http.Request) {
	auth, _ := core.AuthFrom(r.Context())
	_, _ = io.WriteString(w, "Hello "+auth.UserID())
}

func public(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "for everybody") }

func (s *service) takeOrder(w http.ResponseWriter, _ *http.Request) {
	s.orders.Add(1)
	_, _ = io.WriteString(w, "taken")
}
