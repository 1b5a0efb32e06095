package conformance_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/microkubes/microkubes-go/conformance"
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

// faults break an adapter on purpose, each in one part. testdata/broken.txt has the cases that each of them must fail.
var faults = map[string]func(a *adapter){
	"decodes the path": func(a *adapter) { a.path = func(r *http.Request) string { return r.URL.Path } },
	"cleans the path":  func(a *adapter) { a.path = func(r *http.Request) string { return path.Clean(r.URL.EscapedPath()) } },
	"folds the path": func(a *adapter) {
		a.path = func(r *http.Request) string { return strings.ToLower(r.URL.EscapedPath()) }
	},
	"reads the target": func(a *adapter) { a.path = func(r *http.Request) string { return r.RequestURI } },
	"trims the path": func(a *adapter) {
		a.path = func(r *http.Request) string { return strings.TrimRight(r.URL.EscapedPath(), "/") }
	},
	"loses the path":   func(a *adapter) { a.path = func(*http.Request) string { return "/" } },
	"folds the method": func(a *adapter) { a.method = func(r *http.Request) string { return strings.ToUpper(r.Method) } },
	"loses the query":  func(a *adapter) { a.query = func(*http.Request) string { return "" } },
	"decodes the query": func(a *adapter) {
		a.query = func(r *http.Request) string { q, _ := url.QueryUnescape(r.URL.RawQuery); return q }
	},
	"trusts for and host": func(a *adapter) {
		a.host = func(r *http.Request) string { return or(r.Header.Get("X-Forwarded-Host"), r.Host) }
	},
	"trusts the peer": func(a *adapter) {
		a.peer = func(r *http.Request) string { return or(r.Header.Get("X-Real-Ip"), r.RemoteAddr) }
	},
	"trusts the proto": func(a *adapter) {
		a.scheme = func(r *http.Request) string { return or(r.Header.Get("X-Forwarded-Proto"), "http") }
	},
	"obeys an override": func(a *adapter) {
		a.method = func(r *http.Request) string { return or(r.Header.Get("X-Http-Method-Override"), r.Method) }
	},
	"sets instead of adding":   func(a *adapter) { a.add = a.set },
	"adds instead of setting":  func(a *adapter) { a.set = a.add },
	"loses what it should set": func(a *adapter) { a.set = func(http.ResponseWriter, string, string) {} },
	"loses the body": func(a *adapter) {
		a.send = func(w http.ResponseWriter, s int, _ []byte) error { w.WriteHeader(s); return nil }
	},
	"sends its own body": func(a *adapter) {
		a.send = func(w http.ResponseWriter, s int, _ []byte) error { http.Error(w, http.StatusText(s), s); return nil }
	},
	"turns 401 into 403": func(a *adapter) {
		send := a.send
		a.send = func(w http.ResponseWriter, s int, b []byte) error { return send(w, max(s, 403), b) }
	},
	"turns 503 into 500": func(a *adapter) {
		send := a.send
		a.send = func(w http.ResponseWriter, s int, b []byte) error { return send(w, min(s, 500), b) }
	},
	"answers twice": func(a *adapter) {
		send := a.send
		a.send = func(w http.ResponseWriter, s int, b []byte) error { return send(w, s, slices.Concat(b, b)) }
	},
	"runs the handler after a refusal": func(a *adapter) {
		a.refused = func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }
	},
	"never sends":              func(a *adapter) { a.send = func(http.ResponseWriter, int, []byte) error { return nil } },
	"loses the parent context": func(a *adapter) { a.parent = func(*http.Request) context.Context { return context.Background() } },
	"keeps the context": func(a *adapter) {
		a.handOn = func(_ context.Context, r *http.Request, serve func(*http.Request)) { serve(r) }
	},
	"guards public routes": func(a *adapter) { a.public = func(c *core.SecurityChain) *core.SecurityChain { return c } },
	"forgets With": func(a *adapter) {
		a.with = func(c *core.SecurityChain, _ []core.Provider) *core.SecurityChain { return c }
	},
	"does not guard public": func(a *adapter) { a.guards = func(r conformance.Route) bool { return r.Guard&1 == 0 } },
	"does not guard groups": func(a *adapter) { a.guards = func(r conformance.Route) bool { return r.Guard < conformance.Grouped } },
	"guards nothing":        func(a *adapter) { a.guards = func(conformance.Route) bool { return false } },
	"guards known routes only": func(a *adapter) {
		a.whole = func(c *core.SecurityChain, mux *http.ServeMux) http.Handler {
			guarded := a.middleware(c, mux)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, pattern := mux.Handler(r); pattern == "" {
					mux.ServeHTTP(w, r)
					return
				}
				guarded.ServeHTTP(w, r)
			})
		}
	},
	"shares the first identity": func(a *adapter) {
		var once sync.Once
		var first context.Context
		a.handOn = func(ctx context.Context, r *http.Request, serve func(*http.Request)) {
			once.Do(func() { first = context.WithoutCancel(ctx) })
			httpseam.ServeWithContext(first, r, serve)
		}
	},
	"skips requests without a token": func(a *adapter) {
		a.skips = func(r *http.Request) bool { return r.Header.Get("Authorization") == "" }
	},
	"skips other schemes": func(a *adapter) {
		a.skips = func(r *http.Request) bool { return strings.HasPrefix(r.Header.Get("Authorization"), "Basic ") }
	},
	"skips OPTIONS": func(a *adapter) { a.skips = func(r *http.Request) bool { return r.Method == http.MethodOptions } },
	"skips HEAD":    func(a *adapter) { a.skips = func(r *http.Request) bool { return r.Method == http.MethodHead } },
	"skips upgrades": func(a *adapter) {
		a.skips = func(r *http.Request) bool { return r.Header.Get("Upgrade") != "" }
	},
	"skips what has a body": func(a *adapter) { a.skips = func(r *http.Request) bool { return r.ContentLength > 0 } },
	"says GET":              func(a *adapter) { a.method = func(*http.Request) string { return http.MethodGet } },
	"collapses slashes": func(a *adapter) {
		a.path = func(r *http.Request) string { return strings.ReplaceAll(core.RoutePath(r.URL), "//", "/") }
	},
	"reads backslashes as slashes": func(a *adapter) {
		a.path = func(r *http.Request) string {
			return strings.NewReplacer(`\`, "/", "%5c", "/", "%5C", "/").Replace(core.RoutePath(r.URL))
		}
	},
	"decodes dots": func(a *adapter) {
		a.path = func(r *http.Request) string {
			return path.Clean(strings.NewReplacer("%2e", ".", "%2E", ".").Replace(core.RoutePath(r.URL)))
		}
	},
	"decodes slashes": func(a *adapter) {
		a.path = func(r *http.Request) string {
			return strings.NewReplacer("%2f", "/", "%2F", "/").Replace(core.RoutePath(r.URL))
		}
	},
	"decodes letters": func(a *adapter) {
		a.path = func(r *http.Request) string {
			return strings.NewReplacer("%61", "a", "%70", "p").Replace(core.RoutePath(r.URL))
		}
	},
	"takes every escape for a broken one": func(a *adapter) {
		a.path = func(r *http.Request) string {
			if p := core.RoutePath(r.URL); !strings.Contains(p, "%") {
				return p
			}
			return "%"
		}
	},
	"drops escaped percent signs": func(a *adapter) {
		a.path = func(r *http.Request) string { return strings.ReplaceAll(core.RoutePath(r.URL), "%25", "") }
	},
	"escapes again": func(a *adapter) { a.path = func(r *http.Request) string { return r.URL.EscapedPath() } },
	"cuts at NUL": func(a *adapter) {
		a.path = func(r *http.Request) string { p, _, _ := strings.Cut(core.RoutePath(r.URL), "%00"); return p }
	},
	"cuts at the fragment": func(a *adapter) {
		a.path = func(r *http.Request) string { p, _, _ := strings.Cut(core.RoutePath(r.URL), "#"); return p }
		a.query = func(r *http.Request) string { q, _, _ := strings.Cut(r.URL.RawQuery, "#"); return q }
	},
	"cuts at a semicolon": func(a *adapter) {
		a.path = func(r *http.Request) string { p, _, _ := strings.Cut(core.RoutePath(r.URL), ";"); return p }
	},
	"makes a path of any target": func(a *adapter) {
		a.path = func(r *http.Request) string { return "/" + strings.TrimLeft(core.RoutePath(r.URL), "/*") }
	},
	"asks the chain twice": func(a *adapter) {
		guard := a.guard
		a.guard = func(c *core.SecurityChain, ctx context.Context, x exchange) (context.Context, bool) {
			guard(c, ctx, exchange{x.a, httptest.NewRecorder(), x.r})
			return guard(c, ctx, x)
		}
	},
	"remembers verdicts": func(a *adapter) {
		guard, passed := a.guard, sync.Map{}
		a.guard = func(c *core.SecurityChain, ctx context.Context, x exchange) (context.Context, bool) {
			key := fmt.Sprintf("%p %s %s %q", c, x.r.Method, x.r.RequestURI, x.r.Header)
			if kept, ok := passed.Load(key); ok {
				return kept.(context.Context), true
			}
			ctx, ok := guard(c, context.WithoutCancel(ctx), x)
			if ok {
				passed.Store(key, ctx)
			}
			return ctx, ok
		}
	},
	"adds With to every route": func(a *adapter) {
		all := map[*core.SecurityChain][]core.Provider{}
		var mu sync.Mutex
		a.with = func(c *core.SecurityChain, p []core.Provider) *core.SecurityChain {
			mu.Lock()
			defer mu.Unlock()
			all[c] = append(all[c], p...)
			return c.With(all[c]...)
		}
	},
	"hides Flush": func(a *adapter) {
		a.wrap = func(w http.ResponseWriter) http.ResponseWriter { return struct{ http.ResponseWriter }{w} }
	},
	"clears the headers of others": func(a *adapter) {
		send := a.send
		a.send = func(w http.ResponseWriter, s int, b []byte) error {
			w.Header().Del("Access-Control-Allow-Origin")
			w.Header().Del("X-Request-Id")
			return send(w, s, b)
		}
	},
	"turns 403 into 401": func(a *adapter) {
		send := a.send
		a.send = func(w http.ResponseWriter, s int, b []byte) error {
			if s == 403 {
				s = 401
			}
			return send(w, s, b)
		}
	},
	"turns 400 into 401": func(a *adapter) {
		send := a.send
		a.send = func(w http.ResponseWriter, s int, b []byte) error {
			if s == 400 {
				s = 401
			}
			return send(w, s, b)
		}
	},
	"turns 500 into 503": func(a *adapter) {
		send := a.send
		a.send = func(w http.ResponseWriter, s int, b []byte) error {
			if s == 500 {
				s = 503
			}
			return send(w, s, b)
		}
	},
	"follows redirects": func(a *adapter) {
		send := a.send
		a.send = func(w http.ResponseWriter, s int, b []byte) error {
			if s == 302 {
				s = 200
			}
			return send(w, s, b)
		}
	},
	"drops Retry-After": func(a *adapter) {
		set := a.set
		a.set = func(w http.ResponseWriter, name, value string) {
			if name != "Retry-After" {
				set(w, name, value)
			}
		}
	},
	"drops scopes from challenges": func(a *adapter) {
		add := a.add
		a.add = func(w http.ResponseWriter, name, value string) {
			value, _, _ = strings.Cut(value, ", scope=")
			add(w, name, value)
		}
	},
	"drops classes from challenges": func(a *adapter) {
		add := a.add
		a.add = func(w http.ResponseWriter, name, value string) {
			value, _, _ = strings.Cut(value, ", acr_values=")
			add(w, name, value)
		}
	},
	"unquotes challenges": func(a *adapter) {
		add := a.add
		a.add = func(w http.ResponseWriter, name, value string) { add(w, name, strings.ReplaceAll(value, `\`, "")) }
	},
	"keeps identities by connection": func(a *adapter) {
		var seen sync.Map
		a.handOn = func(ctx context.Context, r *http.Request, serve func(*http.Request)) {
			server := ctx.Value(http.LocalAddrContextKey).(net.Addr).String() // ports are used again
			kept, _ := seen.LoadOrStore(server+r.RemoteAddr, ctx)
			httpseam.ServeWithContext(kept.(context.Context), r, serve)
		}
	},
}

// or returns s, or fallback if s is empty.
func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
