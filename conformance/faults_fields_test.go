package conformance_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/httpseam"
)

func init() { maps.Copy(faults, fieldFaults) }

// fieldFaults believe fields that prove nothing, and remember verdicts.
var fieldFaults = map[string]func(a *adapter){
	"replaces the first value only": func(a *adapter) {
		a.set = func(w http.ResponseWriter, name, value string) {
			if all := w.Header()[name]; len(all) > 0 {
				all[0] = value
				return
			}
			w.Header().Set(name, value)
		}
	},
	"folds the host": func(a *adapter) { a.host = func(r *http.Request) string { return strings.ToLower(r.Host) } },
	"drops the port": func(a *adapter) {
		a.host = func(r *http.Request) string {
			if host, _, err := net.SplitHostPort(r.Host); err == nil {
				return host
			}
			return r.Host
		}
	},
	"takes the last of two hosts": func(a *adapter) {
		a.listen = func(l net.Listener) net.Listener { return lastHostListener{l} }
	},
	"takes underscores for hyphens": readsInstead(func(r *http.Request, name string) string {
		return r.Header.Get(strings.ReplaceAll(name, "-", "_"))
	}),
	"reads a token for the proxy": readsInstead(func(r *http.Request, name string) string {
		if name == "Authorization" {
			return r.Header.Get("Proxy-Authorization")
		}
		return ""
	}),
	"takes a password for a token": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			if user, password, ok := r.BasicAuth(); ok && name == "Authorization" && user == "bearer" {
				return "Bearer " + password, 1
			}
			return r.Header.Get(name), len(r.Header.Values(name))
		}
	},
	"obeys an override of another name": func(a *adapter) {
		a.method = func(r *http.Request) string {
			return or(r.Header.Get("X-Method-Override"), or(r.Header.Get("X-Http-Method"), r.Method))
		}
	},
	"obeys an override in the query": func(a *adapter) {
		a.method = func(r *http.Request) string { return or(r.URL.Query().Get("_method"), r.Method) }
	},
	"obeys an override in a form": func(a *adapter) {
		a.method = func(r *http.Request) string {
			if method := r.Method; r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
				return or(r.PostFormValue("_method"), method)
			}
			return r.Method
		}
	},
	"obeys a path in a header": func(a *adapter) {
		a.path = func(r *http.Request) string {
			return or(r.Header.Get("X-Original-Url"), or(r.Header.Get("X-Rewrite-Url"), core.RoutePath(r.URL)))
		}
	},
	"trusts TLS of the gateway": func(a *adapter) {
		a.scheme = func(r *http.Request) string {
			return map[bool]string{true: "https", false: "http"}[r.Header.Get("X-Forwarded-Ssl") == "on"]
		}
	},
	"trusts the client of the gateway": func(a *adapter) {
		a.peer = func(r *http.Request) string { return or(r.Header.Get("True-Client-Ip"), r.RemoteAddr) }
	},
	"skips ranges": func(a *adapter) { a.skips = func(r *http.Request) bool { return r.Header.Get("Range") != "" } },
	"skips WebSockets": func(a *adapter) {
		a.skips = func(r *http.Request) bool { return r.Header.Get("Sec-Websocket-Key") != "" }
	},
	"skips what expects to go on": func(a *adapter) {
		a.skips = func(r *http.Request) bool { return r.Header.Get("Expect") != "" }
	},
	"remembers verdicts of a connection": func(a *adapter) {
		guard, passed := a.guard, sync.Map{}
		a.guard = func(c *core.SecurityChain, ctx context.Context, x exchange) (context.Context, bool) {
			key := fmt.Sprintf("%p %v %s %q", c, ctx.Value(http.LocalAddrContextKey), x.r.RemoteAddr, x.r.Header)
			if kept, ok := passed.Load(key); ok {
				return kept.(context.Context), true
			}
			ctx, ok := guard(c, ctx, x)
			if ok {
				passed.Store(key, context.WithoutCancel(ctx))
			}
			return ctx, ok
		}
	},
	"has one request for a connection": func(a *adapter) {
		var all sync.Map
		a.handOn = func(ctx context.Context, r *http.Request, serve func(*http.Request)) {
			server := ctx.Value(http.LocalAddrContextKey).(net.Addr).String()
			kept, _ := all.LoadOrStore(server+r.RemoteAddr, new(http.Request))
			httpseam.ServeWithContext(ctx, r, func(inner *http.Request) {
				shared := kept.(*http.Request)
				*shared = *inner
				defer func() { *inner = *shared }()
				serve(shared)
			})
		}
	},
}

// readsInstead reads another field in place of one that is absent.
func readsInstead(other func(r *http.Request, name string) string) func(a *adapter) {
	return func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			if value := other(r, name); value != "" && len(r.Header.Values(name)) == 0 {
				return value, 1
			}
			return r.Header.Get(name), len(r.Header.Values(name))
		}
	}
}

// lastHostListener hides the first of two Host lines from the server of net/http, which would refuse the request.
type lastHostListener struct{ net.Listener }

func (l lastHostListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return lastHostConn{c}, err
}

type lastHostConn struct{ net.Conn }

func (c lastHostConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	head := p[:n]
	if line := []byte("\r\nHost: "); bytes.Count(head, line) > 1 && bytes.Count(head, []byte("\r\n\r\n")) == 1 {
		from := bytes.Index(head, line)
		to := from + 2 + bytes.Index(head[from+2:], []byte("\r\n"))
		n = from + copy(p[from:], p[to:n])
	}
	return n, err
}
