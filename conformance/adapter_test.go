package conformance_test

import (
	"context"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// adapter is an adapter for net/http in parts, so that a fault can replace one of them. Function sound returns one without
// a fault.
type adapter struct {
	method, path, host, scheme, query, peer func(r *http.Request) string
	header                                  func(r *http.Request, name string) (string, int)
	set, add                                func(w http.ResponseWriter, name, value string)
	send                                    func(w http.ResponseWriter, status int, body []byte) error
	parent                                  func(r *http.Request) context.Context
	lines                                   func(r *http.Request, name string) []string
	handOn                                  func(ctx context.Context, r *http.Request, serve func(*http.Request))
	mount                                   func(h http.Handler) http.Handler
	refused                                 func(w http.ResponseWriter, r *http.Request, next http.Handler)
	public                                  func(c *core.SecurityChain) *core.SecurityChain
	with                                    func(c *core.SecurityChain, p []core.Provider) *core.SecurityChain
	guards                                  func(r conformance.Route) bool
	whole                                   func(c *core.SecurityChain, mux *http.ServeMux) http.Handler
	guard                                   func(c *core.SecurityChain, ctx context.Context, x exchange) (context.Context, bool)
	skips                                   func(r *http.Request) bool
	wrap                                    func(w http.ResponseWriter) http.ResponseWriter
	listen                                  func(l net.Listener) net.Listener
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
		lines:   func(r *http.Request, name string) []string { return r.Header.Values(name) },
		handOn:  httpseam.ServeWithContext,
		mount:   func(h http.Handler) http.Handler { return h },
		refused: func(http.ResponseWriter, *http.Request, http.Handler) {},
		public:  func(c *core.SecurityChain) *core.SecurityChain { return c.Public() },
		with: func(c *core.SecurityChain, p []core.Provider) *core.SecurityChain {
			return c.With(p...)
		},
		guards: func(r conformance.Route) bool { return r.Guard != conformance.Bare },
		guard: func(c *core.SecurityChain, ctx context.Context, x exchange) (context.Context, bool) {
			return c.Guard(ctx, x, x)
		},
		skips:  func(*http.Request) bool { return false },
		wrap:   func(w http.ResponseWriter) http.ResponseWriter { return w },
		listen: func(l net.Listener) net.Listener { return l },
	}
	a.whole = func(c *core.SecurityChain, mux *http.ServeMux) http.Handler { return a.middleware(c, mux) }
	return a
}

// exchange implements core.Request and core.Response with the parts of an adapter.
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
func (x exchange) FieldLines(name string) []string    { return x.a.lines(x.r, name) }
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
			a.handOn(ctx, r, func(inner *http.Request) { next.ServeHTTP(w, inner) })
		} else {
			a.refused(w, r, next)
		}
	})
}

func (a *adapter) serve(app conformance.App) (string, func(), error) {
	mux := http.NewServeMux()
	for _, r := range app.Routes {
		h := a.handler(r)
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
	server := quiet(around(app, root), a.listen)
	return server.Listener.Addr().String(), server.Close, nil
}

func (a *adapter) handler(r conformance.Route) http.Handler {
	if r.HTTP != nil {
		return a.mount(r.HTTP)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.Handle(q.Context(), q.Header.Get).WriteTo(w)
	})
}

// sentMethod is the context key of the method that was sent, for requests whose method was overridden.
type sentMethod struct{}

// around returns the middleware in front of everything. It passes on a request that it does not change as it is.
func around(app conformance.App, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if app.Override != nil {
			if method := app.Override(r.Header.Get); method != "" {
				r = r.WithContext(context.WithValue(r.Context(), sentMethod{}, r.Method))
				r.Method = method
			}
		}
		if app.Front != nil {
			ctx, reply := app.Front(r.Context(), r.Header.Get)
			if reply.WriteTo(w) {
				return
			}
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
		if app.Back != nil {
			app.Back(r.Context(), r.Pattern)
		}
	})
}

// quiet starts a server that does not log. Some faults would make it log a lot.
func quiet(h http.Handler, listen func(net.Listener) net.Listener) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.Listener = listen(server.Listener)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	return server
}

var discard = slog.New(slog.DiscardHandler)
