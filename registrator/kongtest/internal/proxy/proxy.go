// Package proxy implements Kong's proxy. It forwards a request to the service of the route that matches, and answers all other
// requests as Kong does.
package proxy

import (
	"net/http"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/access"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/live"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/nginx"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/router"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uuid"
)

// Proxy forwards requests by the state of a gateway. It connects to the services over the network.
type Proxy struct {
	kong
	live   *live.State
	client *http.Transport // to the services
	access *access.Phase   // nil: no plugin is enforced
}

// New returns a proxy that reports a version of Kong. It behaves as 3.9.3 if v3 is set, and as 2.8.5 otherwise. If phase is nil,
// the proxy enforces no plugins.
func New(version string, v3 bool, state *live.State, phase *access.Phase) *Proxy {
	return &Proxy{kong: kong{version, v3}, live: state, client: newClient(), access: phase}
}

// Close closes the idle connections to services.
func (p *Proxy) Close() { p.client.CloseIdleConnections() }

// ServeHTTP handles a request. An upgraded connection, such as a WebSocket, is closed when the context of r ends.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.v3 {
		w.Header().Set("X-Kong-Request-Id", strings.ReplaceAll(uuid.New(), "-", ""))
	}
	if status := nginx.Refusal(r); status != 0 {
		p.own(w)
		p.errorPage(w, r, status)
		return
	}
	path := uri.Normalize(r.URL.EscapedPath())
	m := p.live.Route(newLookup(r, path))
	switch {
	case m == nil:
		p.refuse(w, r, http.StatusNotFound, "no Route matched with those values")
	case !p.allowed(w, r, m.Route):
	case m.Service == nil:
		p.refuse(w, r, http.StatusServiceUnavailable, "no Service found with those values")
	default:
		if r = p.permitted(w, r, m); r == nil {
			return
		}
		f := &forwarding{kong: p.kong, live: p.live, client: p.client, id: w.Header().Get("X-Kong-Request-Id")}
		f.plan(m, path)
		f.serve(w, r)
	}
}

// permitted runs the plugins for a request, and returns the request with the headers that they have set. If a plugin refuses,
// permitted answers the request and returns nil. The plugins run before the headers of the connection are removed, as in Kong.
func (p *Proxy) permitted(w http.ResponseWriter, r *http.Request, m *router.Match) *http.Request {
	if p.access == nil {
		return r
	}
	var plugins []access.Plugin
	for _, row := range p.live.Plugins(m.Route, m.Service) {
		config, _ := row.Values["config"].(map[string]any)
		plugins = append(plugins, access.Plugin{Name: row.Text("name"), Config: config})
	}
	r = r.Clone(r.Context())
	refusal := p.access.Run(r, w.Header(), plugins)
	if refusal == nil {
		return r
	}
	if refusal.Challenge != "" {
		w.Header().Set("WWW-Authenticate", refusal.Challenge)
	}
	if refusal.JSON != nil {
		p.refuseJSON(w, refusal.Status, refusal.JSON)
	} else {
		p.own(w)
		p.writeError(w, refusal.Status, refusal.Message, acceptedType(strings.Join(r.Header["Accept"], ",")))
	}
	return nil
}

// allowed reports whether a route serves the protocol of a request. If it does not, allowed answers the request.
func (p *Proxy) allowed(w http.ResponseWriter, r *http.Request, route *db.Row) bool {
	protocols := route.Texts("protocols")
	has := func(protocol string) bool { return slices.Contains(protocols, protocol) }
	switch {
	case has("https") && !has("http") && r.TLS == nil:
		p.refusePlain(w, r, route)
		return false
	case !has("grpc") && !has("grpcs"):
		return true
	case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc"):
		p.refuse(w, r, http.StatusUnsupportedMediaType, "Non-gRPC request matched gRPC route")
		return false
	case r.ProtoMajor != 2:
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "HTTP/2")
		p.refuse(w, r, http.StatusUpgradeRequired, "Please use HTTP2 protocol")
		return false
	case !has("grpc") && r.TLS == nil:
		p.own(w)
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Grpc-Status", "1")
		w.Header().Set("Grpc-Message", "gRPC request matched gRPCs route")
		w.WriteHeader(http.StatusOK)
		return false
	}
	return true
}

// refusePlain answers a request without TLS for a route that needs TLS: with 426, or with a redirect to the https URL.
func (p *Proxy) refusePlain(w http.ResponseWriter, r *http.Request, route *db.Row) {
	status, _ := route.Values["https_redirect_status_code"].(float64)
	if status != http.StatusUpgradeRequired {
		p.own(w)
		w.Header().Set("Location", "https://"+forwardedHost(r)+r.URL.RequestURI())
		w.WriteHeader(int(status))
		return
	}
	w.Header().Set("Connection", "Upgrade")
	w.Header().Set("Upgrade", "TLS/1.2, HTTP/1.1")
	p.refuse(w, r, http.StatusUpgradeRequired, "Please use HTTPS protocol")
}

func newLookup(r *http.Request, path string) *router.Lookup {
	in := &router.Lookup{Method: r.Method, Host: r.Host, Port: localPort(r), Path: path, Headers: r.Header, HTTPS: r.TLS != nil}
	if in.HTTPS {
		in.SNI = r.TLS.ServerName
	}
	return in
}
