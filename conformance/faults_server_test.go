package conformance_test

import (
	"bytes"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

func init() { maps.Copy(faults, serverFaults) }

// serverFaults have answers that look like a server's own refusal, and are none.
var serverFaults = map[string]func(a *adapter){
	"decides on what the server refuses": func(a *adapter) {
		var chain *core.SecurityChain
		a.whole = func(c *core.SecurityChain, mux *http.ServeMux) http.Handler { chain = c; return a.middleware(c, mux) }
		a.listen = func(l net.Listener) net.Listener {
			return refusingListener{l, func(answer []byte) []byte {
				x := exchange{a, httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/x", nil)}
				if chain != nil {
					chain.Guard(x.r.Context(), x, x)
				}
				return answer
			}}
		}
	},
	"mixes its refusal with the server's": func(a *adapter) {
		a.listen = func(l net.Listener) net.Listener {
			return refusingListener{l, func(answer []byte) []byte {
				return bytes.Replace(answer, []byte("\r\n"), []byte("\r\nCache-Control: no-store\r\nWWW-Authenticate: Bearer\r\n"), 1)
			}}
		}
	},
	"answers malformed paths with 200": refusesItself(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		_, _ = w.Write([]byte("there is no such path"))
	}),
	"repeats the token of a malformed path": refusesItself(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Error(w, "no "+r.Header.Get("Authorization"), http.StatusBadRequest)
	}),
	"runs the handler of a malformed path": refusesItself(func(w http.ResponseWriter, _ *http.Request, mux http.Handler) {
		inner := httptest.NewRequest(http.MethodGet, "/public/x", nil)
		mux.ServeHTTP(httptest.NewRecorder(), inner)
		http.Error(w, "bad path", http.StatusBadRequest)
	}),
}

// refusesItself returns a fault by which answer refuses malformed paths in place of the chain.
func refusesItself(answer func(w http.ResponseWriter, r *http.Request, mux http.Handler)) func(a *adapter) {
	return func(a *adapter) {
		a.whole = func(c *core.SecurityChain, mux *http.ServeMux) http.Handler {
			guarded := a.middleware(c, mux)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if p := core.RoutePath(r.URL); strings.Contains(p, "//") || strings.Contains(p, "/..") || strings.HasPrefix(p, "*") {
					answer(w, r, mux)
					return
				}
				guarded.ServeHTTP(w, r)
			})
		}
	}
}

// refusingListener calls change with each answer with 400 that a server of net/http makes itself.
type refusingListener struct {
	net.Listener
	change func(answer []byte) []byte
}

func (l refusingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &refusingConn{c, l.change}, err
}

type refusingConn struct {
	net.Conn
	change func(answer []byte) []byte
}

func (c *refusingConn) Write(p []byte) (int, error) {
	if bytes.HasSuffix(p, []byte("400 Bad Request")) {
		_, err := c.Conn.Write(c.change(p))
		return len(p), err
	}
	return c.Conn.Write(p)
}
