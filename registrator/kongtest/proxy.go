package kongtest

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"time"
)

// newClient talks to the services. Kong does not verify their certificates unless it is told to.
func newClient() *http.Transport {
	return &http.Transport{
		DisableCompression:  true,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     time.Minute,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // as proxy_ssl_verify = off in Kong
	}
}

// Proxy is the proxy. It needs no listener, but it connects to the services over the network.
func (g *Gateway) Proxy() http.Handler { return http.HandlerFunc(g.proxy) }

func (g *Gateway) proxy(w http.ResponseWriter, r *http.Request) {
	path := normalPath(r.URL.EscapedPath())
	if g.v3 {
		w.Header().Set("X-Kong-Request-Id", strings.ReplaceAll(newUUID(), "-", ""))
	}
	g.mu.Lock()
	g.settle()
	c, matched := g.route(r, path)
	g.mu.Unlock()
	switch {
	case c == nil:
		g.refuse(w, http.StatusNotFound, "no Route matched with those values")
	case !g.allowed(w, r, c.route):
	case c.service == nil:
		g.refuse(w, http.StatusServiceUnavailable, "no Service found with those values")
	default:
		g.forward(w, r, newForwarding(g, c, path, matched, w.Header().Get("X-Kong-Request-Id")))
	}
}

// refuse is an answer of Kong itself.
func (g *Gateway) refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("X-Kong-Response-Latency", "1")
	message(status, text).writeProxy(w, g.config.Version)
}

func (a *answer) writeProxy(w http.ResponseWriter, version string) {
	w.Header().Set("Server", "kong/"+version)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = w.Write(toJSON(a.body))
}

// allowed answers requests whose protocol the route does not serve.
func (g *Gateway) allowed(w http.ResponseWriter, r *http.Request, route *entity) bool {
	protocols, _ := route.values["protocols"].([]any)
	has := func(p string) bool { return slices.Contains(protocols, any(p)) }
	status, _ := route.values["https_redirect_status_code"].(float64)
	switch {
	case has("https") && !has("http") && r.TLS == nil:
		if status != http.StatusUpgradeRequired {
			w.Header().Set("Location", "https://"+hostOnly(r.Host)+r.URL.RequestURI())
			w.Header().Set("X-Kong-Response-Latency", "1")
			w.Header().Set("Server", "kong/"+g.config.Version)
			w.WriteHeader(int(status))
			return false
		}
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "TLS/1.2, HTTP/1.1")
		g.refuse(w, http.StatusUpgradeRequired, "Please use HTTPS protocol")
		return false
	case has("grpc") || has("grpcs"):
		g.refuse(w, http.StatusUnsupportedMediaType, "Non-gRPC request matched gRPC route")
		return false
	}
	return true
}

func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// forwarding is one request on its way to a service.
type forwarding struct {
	*Gateway
	service  *entity
	path     string // escaped
	prefix   string // what was stripped
	id       string // of the request, since Kong 3
	keepHost bool
}

func newForwarding(g *Gateway, c *candidate, path string, matched int, id string) *forwarding {
	f := &forwarding{Gateway: g, service: c.service, id: id, keepHost: c.route.values["preserve_host"] == true}
	rest := strings.TrimPrefix(path, "/")
	strip := c.route.values["strip_path"] == true && matched > 0
	if strip {
		f.prefix = path[:matched]
		rest = path[matched:]
		for _, dots := range []string{"../", "./"} {
			rest = strings.TrimPrefix(rest, dots)
		}
	}
	base := c.service.text("path")
	if base == "" {
		base = "/"
	}
	f.path = escapePath(joinPath(base, rest, path, c.route.values["strip_path"] == true))
	return f
}

// joinPath puts the path of a service before what is left of the path of a request.
func joinPath(base, rest, path string, strip bool) string {
	trimmed, slash := strings.CutSuffix(base, "/")
	switch {
	case !strip && slash:
		return base + strings.TrimPrefix(path, "/")
	case !strip && path == "/":
		return base
	case !strip:
		return base + path
	case rest == "" && base == "/":
		return "/"
	case rest == "" && strings.HasSuffix(path, "/") && len(path) > 1:
		return trimmed + "/"
	case rest == "":
		return trimmed
	case rest[0] == '/':
		return trimmed + rest
	}
	return trimmed + "/" + rest
}

func (g *Gateway) forward(w http.ResponseWriter, r *http.Request, f *forwarding) {
	proxy := &httputil.ReverseProxy{
		Rewrite:      f.rewrite,
		Transport:    f,
		ErrorLog:     log.New(io.Discard, "", 0),
		ErrorHandler: f.fail,
		ModifyResponse: func(answer *http.Response) error {
			g.stamp(answer.Header)
			return nil
		},
	}
	ctx, done := g.whileOpen(r) // Close ends what was upgraded, too, as WebSockets are
	defer done()
	proxy.ServeHTTP(w, r.WithContext(ctx))
}

func (g *Gateway) via() string {
	if g.v3 {
		return "1.1 kong/" + g.config.Version
	}
	return "kong/" + g.config.Version
}

// rewrite makes the request to the service. Where it goes is decided for each attempt.
func (f *forwarding) rewrite(p *httputil.ProxyRequest) {
	p.Out.URL = &url.URL{Scheme: f.scheme(), RawQuery: p.In.URL.RawQuery, ForceQuery: p.In.URL.ForceQuery}
	p.Out.URL.Path, p.Out.URL.RawPath = unescapePath(f.path), f.path
	if !f.keepHost {
		p.Out.Host = ""
	}
	h := p.Out.Header
	client := hostOnly(p.In.RemoteAddr)
	h.Set("X-Forwarded-For", strings.Join(append(slices.Clone(p.In.Header["X-Forwarded-For"]), client), ", "))
	h.Set("X-Real-IP", client)
	h.Set("X-Forwarded-Proto", map[bool]string{true: "https", false: "http"}[p.In.TLS != nil])
	h.Set("X-Forwarded-Host", hostOnly(p.In.Host))
	h.Set("X-Forwarded-Port", localPort(p.In))
	h.Set("X-Forwarded-Path", p.In.URL.EscapedPath())
	h.Del("X-Forwarded-Prefix")
	if f.prefix != "" && f.prefix != "/" {
		h.Set("X-Forwarded-Prefix", f.prefix)
	}
	if f.v3 {
		h.Set("Via", f.via())
		h.Set("X-Kong-Request-Id", f.id)
	}
}

// unescapePath is for a path whose escapes are right.
func unescapePath(path string) string {
	plain, err := url.PathUnescape(path)
	if err != nil {
		return path
	}
	return plain
}

func (f *forwarding) scheme() string {
	if f.service.text("protocol") == "https" {
		return "https"
	}
	return "http"
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

var errNoPeer = errors.New("failure to get a peer from the ring-balancer")

// RoundTrip sends the request to a target. When there is no connection, it tries the next one, as often as the service says.
func (f *forwarding) RoundTrip(r *http.Request) (*http.Response, error) {
	retries, _ := f.service.values["retries"].(float64)
	keep := r.Host
	for tries := 0; ; tries++ {
		address, host, found := f.peer()
		if !found {
			return nil, errNoPeer
		}
		r.URL.Host = address
		if keep == "" {
			r.Host = host
		}
		body := r.Body
		if body != nil {
			r.Body = io.NopCloser(body) // it is not read before there is a connection
		}
		answer, err := f.client.RoundTrip(r)
		r.Body = body
		var dial *net.OpError
		if err == nil || tries >= int(retries) || !errors.As(err, &dial) || dial.Op != "dial" {
			return answer, err
		}
	}
}

// fail is for requests without an answer of the service.
func (f *forwarding) fail(w http.ResponseWriter, _ *http.Request, err error) {
	if errors.Is(err, errNoPeer) {
		f.refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	f.stamp(w.Header())
	message(http.StatusBadGateway, "An invalid response was received from the upstream server").
		writeProxy(w, f.config.Version)
}

// stamp marks an answer as one that came through the gateway.
func (g *Gateway) stamp(header http.Header) {
	header.Set("Via", g.via())
	header.Set("X-Kong-Upstream-Latency", "1")
	header.Set("X-Kong-Proxy-Latency", "1")
}
