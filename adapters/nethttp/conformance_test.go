package nethttp_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/conformance"
)

var harness = conformance.Harness{Name: "nethttp", Serve: serve, Timeout: time.Minute}

func TestConformance(t *testing.T) {
	conformance.Run(t, harness)
}

func FuzzUnparsable(f *testing.F) { conformance.Fuzz(f, harness) }

func serve(app conformance.App) (string, func(), error) {
	mux := http.NewServeMux()
	for _, r := range app.Routes {
		mux.Handle(r.Method+" "+r.Path, guard(r, handler(r)))
	}
	var root http.Handler = mux
	if app.Chain != nil {
		root = nethttp.New(app.Chain).Middleware(mux)
	}
	server := httptest.NewServer(around(app, root))
	return server.Listener.Addr().String(), server.Close, nil
}

func guard(r conformance.Route, h http.Handler) http.Handler {
	if r.Guard == conformance.Bare {
		return h
	}
	sec := nethttp.New(r.Chain).With(r.With...)
	switch r.Guard {
	case conformance.Public:
		return sec.Public(h.ServeHTTP)
	case conformance.Grouped:
		group := http.NewServeMux()
		group.Handle(r.Method+" "+r.Path, h)
		return sec.Middleware(group)
	default:
		return sec.Secured(h.ServeHTTP)
	}
}

func handler(r conformance.Route) http.Handler {
	if r.HTTP != nil {
		return r.HTTP
	}
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.Handle(q.Context(), q.Header.Get).WriteTo(w)
	})
}

// around is the middleware in front of everything. It passes a request on unchanged unless the suite gives it another context.
func around(app conformance.App, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if app.Override != nil {
			r.Method = cmp.Or(app.Override(r.Header.Get), r.Method)
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
