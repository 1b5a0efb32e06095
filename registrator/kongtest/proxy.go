package kongtest

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/nginx"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

// Proxy is the proxy. It needs no listener, but it connects to the services over the network.
func (g *Gateway) Proxy() http.Handler { return http.HandlerFunc(g.proxy) }

func (g *Gateway) proxy(w http.ResponseWriter, r *http.Request) {
	if g.v3 {
		w.Header().Set("X-Kong-Request-Id", strings.ReplaceAll(uuid.New(), "-", ""))
	}
	if status := nginx.Refusal(r); status != 0 {
		g.own(w)
		g.errorPage(w, r, status)
		return
	}
	path := uri.Normalize(r.URL.EscapedPath())
	g.mu.Lock()
	g.settle()
	m := g.route(newLookup(r, path))
	g.mu.Unlock()
	switch {
	case m == nil:
		g.refuse(w, r, http.StatusNotFound, "no Route matched with those values")
	case !g.allowed(w, r, m.route):
	case m.service == nil:
		g.refuse(w, r, http.StatusServiceUnavailable, "no Service found with those values")
	default:
		g.forward(w, r, newForwarding(g, m, path, w.Header().Get("X-Kong-Request-Id")))
	}
}

// allowed answers requests whose protocol the route does not serve.
func (g *Gateway) allowed(w http.ResponseWriter, r *http.Request, route *db.Row) bool {
	protocols := route.Texts("protocols")
	has := func(p string) bool { return slices.Contains(protocols, p) }
	switch {
	case has("https") && !has("http") && r.TLS == nil:
		g.refusePlain(w, r, route)
		return false
	case !has("grpc") && !has("grpcs"):
		return true
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc"):
		g.refuse(w, r, http.StatusUnsupportedMediaType, "Non-gRPC request matched gRPC route")
		return false
	case r.ProtoMajor != 2:
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "HTTP/2")
		g.refuse(w, r, http.StatusUpgradeRequired, "Please use HTTP2 protocol")
		return false
	case !has("grpc") && r.TLS == nil:
		g.own(w)
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Grpc-Status", "1")
		w.Header().Set("Grpc-Message", "gRPC request matched gRPCs route")
		w.WriteHeader(http.StatusOK)
		return false
	}
	return true
}

// refusePlain sends a request without TLS to where there is.
func (g *Gateway) refusePlain(w http.ResponseWriter, r *http.Request, route *db.Row) {
	status, _ := route.Values["https_redirect_status_code"].(float64)
	if status != http.StatusUpgradeRequired {
		g.own(w)
		w.Header().Set("Location", "https://"+forwardedHost(r)+r.URL.RequestURI())
		w.WriteHeader(int(status))
		return
	}
	w.Header().Set("Connection", "Upgrade")
	w.Header().Set("Upgrade", "TLS/1.2, HTTP/1.1")
	g.refuse(w, r, http.StatusUpgradeRequired, "Please use HTTPS protocol")
}

// forwardedHost is the host without its port, in lower case.
func forwardedHost(r *http.Request) string {
	host, _, _ := uri.SplitHost(r.Host, "")
	if strings.HasPrefix(r.Host, "[") {
		host = "[" + host + "]"
	}
	return strings.ToLower(host)
}

// localPort is the port that the request came to.
func localPort(r *http.Request) string {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if _, port, err := net.SplitHostPort(local.String()); err == nil {
			return port
		}
	}
	return "8000"
}
