package conformance_test

import (
	"context"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core"
)

// adapter is an adapter for net/http in parts, so that a fault can replace one of them. As it is made it has none.
type adapter struct {
	method, path, host, scheme, query, peer func(r *http.Request) string
	header                                  func(r *http.Request, name string) (string, int)
	set, add                                func(w http.ResponseWriter, name, value string)
	send                                    func(w http.ResponseWriter, status int, body []byte) error
	parent                                  func(r *http.Request) context.Context
	handOn                                  func(r *http.Request, ctx context.Context) *http.Request
	refused                                 func(w http.ResponseWriter, r *http.Request, next http.Handler)
	public                                  func(c *core.SecurityChain) *core.SecurityChain
	with                                    func(c *core.SecurityChain, p []core.Provider) *core.SecurityChain
	guards                                  func(r conformance.Route) bool
	whole                                   func(c *core.SecurityChain, mux *http.ServeMux) http.Handler
	guard                                   func(c *core.SecurityChain, ctx context.Context, x exchange) (context.Context, bool)
	skips                                   func(r *http.Request) bool
	wrap                                    func(w http.ResponseWriter) http.ResponseWriter
}

func sound() *adapter {
	a := &adapter{
		method: func(r *http.Request) string { return r.Method },
		path:   func(r *http.Request) string { return core.RoutePath(r.URL) },
		host:   func(r *http.Request) string { return r.Host },
		scheme: func(*http.Request) string { return "http" },
		query:  func(r *http.Request) string { return r.URL.RawQuery },
		peer:   func(r *http.Request) string { return r.RemoteAddr },
		header: func(r *http.Request, name string) (string, int) {
			return r.Header.Get(name), len(r.Header.Values(name))
		},
		set: func(w http.ResponseWriter, name, value string) { w.Header().Set(name, value) },
		add: func(w http.ResponseWriter, name, value string) { w.Header().Add(name, value) },
		send: func(w http.ResponseWriter, status int, body []byte) error {
			w.WriteHeader(status)
			_, err := w.Write(body)
			return err
		},
		parent:  func(r *http.Request) context.Context { return r.Context() },
		handOn:  func(r *http.Request, ctx context.Context) *http.Request { return r.WithContext(ctx) },
		refused: func(http.ResponseWriter, *http.Request, http.Handler) {},
		public:  func(c *core.SecurityChain) *core.SecurityChain { return c.Public() },
		with: func(c *core.SecurityChain, p []core.Provider) *core.SecurityChain {
			return c.With(p...)
		},
		guards: func(r conformance.Route) bool { return r.Guard != conformance.Bare },
		guard: func(c *core.SecurityChain, ctx context.Context, x exchange) (context.Context, bool) {
			return c.Guard(ctx, x, x)
		},
		skips: func(*http.Request) bool { return false },
		wrap:  func(w http.ResponseWriter) http.ResponseWriter { return w },
	}
	a.whole = func(c *core.SecurityChain, mux *http.ServeMux) http.Handler { return a.middleware(c, mux) }
	return a
}

// exchange is the seam over the parts.
type exchange struct {
	a *adapter
	w http.ResponseWriter
	r *http.Request
}

func (x exchange) Method() string                     { return x.a.method(x.r) }
func (x exchange) RoutePath() string                  { return x.a.path(x.r) }
func (x exchange) Host() string                       { return x.a.host(x.r) }
func (x exchange) Scheme() string                     { return x.a.scheme(x.r) }
func (x exchange) RawQuery() string                   { return x.a.query(x.r) }
func (x exchange) RemoteAddr() string                 { return x.a.peer(x.r) }
func (x exchange) Header(name string) (string, int)   { return x.a.header(x.r, name) }
func (x exchange) SetHeader(name, value string)       { x.a.set(x.w, name, value) }
func (x exchange) AddHeader(name, value string)       { x.a.add(x.w, name, value) }
func (x exchange) Send(status int, body []byte) error { return x.a.send(x.w, status, body) }

func (a *adapter) middleware(chain *core.SecurityChain, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w = a.wrap(w)
		x := exchange{a, w, r}
		if a.skips(r) {
			next.ServeHTTP(w, r)
		} else if ctx, ok := a.guard(chain, a.parent(r), x); ok {
			next.ServeHTTP(w, a.handOn(r, ctx))
		} else {
			a.refused(w, r, next)
		}
	})
}

func (a *adapter) serve(app conformance.App) (string, func(), error) {
	mux := http.NewServeMux()
	for _, r := range app.Routes {
		h := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			r.Handle(q.Context(), q.Header.Get).WriteTo(w)
		}))
		if a.guards(r) {
			chain := a.with(r.Chain, r.With)
			if r.Guard == conformance.Public {
				chain = a.public(chain)
			}
			h = a.middleware(chain, h)
		}
		mux.Handle(r.Method+" "+r.Path, h)
	}
	root := http.Handler(mux)
	if app.Chain != nil {
		root = a.whole(app.Chain, mux)
	}
	if app.Front != nil {
		root = a.behind(app, root)
	}
	server := quiet(root)
	return server.Listener.Addr().String(), server.Close, nil
}

func (a *adapter) behind(app conformance.App, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, reply := app.Front(r.Context(), r.Header.Get)
		if !reply.WriteTo(w) {
			next.ServeHTTP(w, r.WithContext(ctx))
		}
	})
}

// quiet is a server that does not complain: some faults would make it.
func quiet(h http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	return server
}

var discard = slog.New(slog.DiscardHandler)
