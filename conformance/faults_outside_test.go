package conformance_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/httpseam"
)

func init() { maps.Copy(faults, outsideFaults) }

// outsideFaults are broken in the request that the server and middleware outside of the guarded call see.
var outsideFaults = map[string]func(a *adapter){
	"repeats what it cannot parse": func(a *adapter) {
		a.listen = func(l net.Listener) net.Listener { return repeatingListener{l} }
	},
	"hands on a bare copy": func(a *adapter) {
		a.handOn = func(ctx context.Context, r *http.Request, serve func(*http.Request)) { serve(r.WithContext(ctx)) }
	},
	"leaves the identity outside": func(a *adapter) {
		a.handOn = func(ctx context.Context, r *http.Request, serve func(*http.Request)) {
			*r = *r.WithContext(ctx)
			serve(r)
		}
	},
	"hides the chain in front": func(a *adapter) {
		a.parent = func(r *http.Request) context.Context { return hiding{r.Context()} }
	},
	"leaves files": func(a *adapter) {
		a.handOn = func(ctx context.Context, r *http.Request, serve func(*http.Request)) {
			httpseam.ServeWithContext(ctx, r, serve)
			r.MultipartForm = nil
		}
	},
	"loses the pattern": func(a *adapter) {
		a.handOn = func(ctx context.Context, r *http.Request, serve func(*http.Request)) {
			pattern := r.Pattern
			httpseam.ServeWithContext(ctx, r, serve)
			r.Pattern = pattern
		}
	},
	"loses late trailers": func(a *adapter) {
		a.handOn = func(ctx context.Context, r *http.Request, serve func(*http.Request)) {
			inner := r.WithContext(ctx)
			serve(inner)
			r.Pattern, r.MultipartForm = inner.Pattern, inner.MultipartForm
		}
	},
	"takes late trailers for headers": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			if len(r.TransferEncoding) > 0 && r.Trailer == nil {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				maps.Copy(r.Header, r.Trailer)
			}
			return r.Header.Get(name), len(r.Header.Values(name))
		}
	},
	"mounts handlers without a context": func(a *adapter) {
		a.mount = func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				httpseam.ServeWithContext(context.Background(), r, func(inner *http.Request) { h.ServeHTTP(w, inner) })
			})
		}
	},
	"says the method that was sent": func(a *adapter) {
		a.method = func(r *http.Request) string {
			if sent, ok := r.Context().Value(sentMethod{}).(string); ok {
				return sent
			}
			return r.Method
		}
	},
	"gives out the first line": func(a *adapter) {
		a.lines = func(r *http.Request, name string) []string { return r.Header.Values(name)[:1] }
	},
	"gives out the first line as if it were all": func(a *adapter) {
		a.lines = func(r *http.Request, name string) []string {
			all := r.Header.Values(name)
			return slices.Repeat(all[:1], len(all))
		}
	},
	"keeps the space of an empty field": func(a *adapter) {
		a.header = func(r *http.Request, name string) (string, int) {
			n := len(r.Header.Values(name))
			if n > 0 && r.Header.Get(name) == "" {
				return " ", n
			}
			return r.Header.Get(name), n
		}
	},
}

// repeatingListener makes a server of net/http repeat the request in its own answers with 400.
type repeatingListener struct{ net.Listener }

func (l repeatingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &repeatingConn{Conn: c}, err
}

type repeatingConn struct {
	net.Conn
	read []byte
}

func (c *repeatingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read = append(c.read, p[:n]...)
	return n, err
}

func (c *repeatingConn) Write(p []byte) (int, error) {
	if bytes.HasSuffix(p, []byte("400 Bad Request")) {
		_, err := c.Conn.Write(append(bytes.Clone(p), c.read...))
		return len(p), err
	}
	return c.Conn.Write(p)
}

// hiding is a context without the values of package core.
type hiding struct{ context.Context }

func (h hiding) Value(key any) any {
	if strings.HasPrefix(fmt.Sprintf("%T", key), "core.") {
		return nil
	}
	return h.Context.Value(key)
}
