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
	"strconv"
	"strings"
	"time"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
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

// forwarding is one request on its way to a service.
type forwarding struct {
	*Gateway
	service  *db.Row
	path     string // escaped
	prefix   string // what was stripped
	id       string // of the request, since Kong 3
	keepHost bool
}

func newForwarding(g *Gateway, m *match, path, id string) *forwarding {
	f := &forwarding{Gateway: g, service: m.service, id: id, keepHost: m.route.Values["preserve_host"] == true}
	rest := strings.TrimPrefix(path, "/")
	strip := m.route.Values["strip_path"] == true
	if strip && m.length > 0 {
		f.prefix = path[:m.length]
		rest = withoutDots(path[m.length:])
	}
	base := m.service.Text("path")
	if base == "" {
		base = "/"
	}
	join := joinPath
	if !g.v3 && m.route.Values["path_handling"] == "v1" {
		join = joinPath1
	}
	f.path = uri.Escape(join(base, rest, path, strip))
	return f
}

// withoutDots takes away dots that were the end of a longer segment.
func withoutDots(rest string) string {
	if rest == "." || rest == ".." {
		return ""
	}
	if after, found := strings.CutPrefix(rest, "./"); found {
		return after
	}
	return strings.TrimPrefix(rest, "../")
}

// joinPath1 is for path_handling v1, which only Kong 2 heeds.
func joinPath1(base, rest, path string, strip bool) string {
	switch {
	case !strip:
		return base + strings.TrimPrefix(path, "/")
	case strings.HasPrefix(rest, "/"):
		return strings.TrimSuffix(base, "/") + rest
	}
	return base + rest
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

// rewrite makes the request to the service. Where it goes is decided for each attempt.
func (f *forwarding) rewrite(p *httputil.ProxyRequest) {
	p.Out.URL = &url.URL{Scheme: f.scheme(), RawQuery: p.In.URL.RawQuery, ForceQuery: p.In.URL.ForceQuery}
	p.Out.URL.Path, p.Out.URL.RawPath = uri.Decode(f.path), f.path
	if !f.keepHost {
		p.Out.Host = ""
	}
	h := p.Out.Header
	client, _, err := net.SplitHostPort(p.In.RemoteAddr)
	if err != nil {
		client = p.In.RemoteAddr
	}
	h.Set("X-Forwarded-For", strings.Join(append(slices.Clone(p.In.Header["X-Forwarded-For"]), client), ", "))
	h.Set("X-Real-IP", client)
	h.Set("X-Forwarded-Proto", map[bool]string{true: "https", false: "http"}[p.In.TLS != nil])
	h.Set("X-Forwarded-Host", forwardedHost(p.In))
	h.Set("X-Forwarded-Port", localPort(p.In))
	h.Set("X-Forwarded-Path", p.In.URL.EscapedPath())
	h.Del("X-Forwarded-Prefix")
	if f.prefix != "" && f.prefix != "/" {
		h.Set("X-Forwarded-Prefix", f.prefix)
	}
	if f.v3 {
		h.Set("Via", strings.Join(append(slices.Clone(p.In.Header["Via"]), protocolOf(p.In)+" "+f.name()), ", "))
		h.Set("X-Kong-Request-Id", f.id)
	}
}

// protocolOf is the version of HTTP that a request came with.
func protocolOf(r *http.Request) string {
	if r.ProtoMajor == 1 {
		return "1." + strconv.Itoa(r.ProtoMinor)
	}
	return strconv.Itoa(r.ProtoMajor)
}

func (f *forwarding) scheme() string {
	if f.service.Text("protocol") == "https" {
		return "https"
	}
	return "http"
}

var (
	errNoPeer   = errors.New("failure to get a peer from the ring-balancer")
	errNoName   = errors.New("name resolution failed")
	errNoAnswer = errors.New("the resolver did not answer")
	errBadPeer  = errors.New("failed to set the current peer")
)

// RoundTrip sends the request to a target. When there is no connection, it tries the next one, as often as the service says.
func (f *forwarding) RoundTrip(r *http.Request) (*http.Response, error) {
	retries, _ := f.service.Values["retries"].(float64)
	keep := r.Host
	for tries := 0; ; tries++ {
		to, err := f.peer()
		if err != nil {
			return nil, err
		}
		r.URL.Host = to.address
		if keep == "" {
			r.Host = to.host
		}
		body := r.Body
		if body != nil {
			r.Body = io.NopCloser(body) // it is not read before there is a connection
		}
		answer, err := f.client.RoundTrip(r)
		r.Body = body
		var name *net.DNSError
		var dial *net.OpError
		switch {
		case err == nil:
			return answer, nil
		case errors.As(err, &name) && !to.balanced && name.IsNotFound:
			return nil, errNoName
		case errors.As(err, &name) && !to.balanced:
			return nil, errNoAnswer
		case tries < int(retries) && errors.As(err, &dial) && dial.Op == "dial":
			continue
		case errors.As(err, &name):
			return nil, errNoPeer // a target without an address is none
		}
		return nil, err
	}
}

// fail is for requests without an answer of the service.
func (f *forwarding) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, errNoPeer), errors.Is(err, errNoName):
		f.refuse(w, r, http.StatusServiceUnavailable, err.Error())
	case errors.Is(err, errNoAnswer):
		f.refuse(w, r, http.StatusInternalServerError, proxyMessages[http.StatusInternalServerError])
	case errors.Is(err, errBadPeer):
		f.stamp(w.Header())
		f.errorPage(w, r, http.StatusInternalServerError)
	default:
		f.stamp(w.Header())
		f.errorPage(w, r, http.StatusBadGateway)
	}
}

// stamp marks an answer as one that came through the gateway.
func (g *Gateway) stamp(header http.Header) {
	via := g.name()
	if g.v3 {
		via = strings.Join(append(slices.Clone(header["Via"]), "1.1 "+via), ", ")
	}
	header.Set("Via", via)
	header.Set("X-Kong-Upstream-Latency", "1")
	header.Set("X-Kong-Proxy-Latency", "1")
}
