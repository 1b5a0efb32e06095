package proxy

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
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/live"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/router"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// newClient returns the transport to the services. Like Kong by default, it does not verify their certificates.
func newClient() *http.Transport {
	return &http.Transport{
		DisableCompression:  true,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     time.Minute,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // as proxy_ssl_verify = off in Kong
	}
}

// forwarding is a request that is forwarded to a service. It is the transport of its own reverse proxy.
type forwarding struct {
	kong
	live   *live.State
	client *http.Transport

	service  *db.Row
	path     string // of the request to the service, escaped
	prefix   string // the part of the path that was stripped
	id       string // of the request; empty in Kong 2
	keepHost bool   // send the Host of the client
}

// plan sets the service, the path and the prefix for a match. path is the normal path of the client's request.
func (f *forwarding) plan(m *router.Match, path string) {
	f.service, f.keepHost = m.Service, m.Route.Values["preserve_host"] == true
	rest := strings.TrimPrefix(path, "/")
	strip := m.Route.Values["strip_path"] == true
	if strip && m.Length > 0 {
		f.prefix = path[:m.Length]
		rest = withoutDots(path[m.Length:])
	}
	base := m.Service.Text("path")
	if base == "" {
		base = "/"
	}
	join := joinPath
	if !f.v3 && m.Route.Values["path_handling"] == "v1" {
		join = joinPath1
	}
	f.path = uri.Escape(join(base, rest, path, strip))
}

func (f *forwarding) serve(w http.ResponseWriter, r *http.Request) {
	proxy := &httputil.ReverseProxy{
		Rewrite:      f.rewrite,
		Transport:    f,
		ErrorLog:     log.New(io.Discard, "", 0),
		ErrorHandler: f.fail,
		ModifyResponse: func(answer *http.Response) error {
			f.stamp(answer.Header)
			return nil
		},
	}
	proxy.ServeHTTP(w, r)
}

// rewrite prepares the request to the service. RoundTrip chooses the address for each attempt.
func (f *forwarding) rewrite(p *httputil.ProxyRequest) {
	p.Out.URL = &url.URL{Scheme: scheme(f.service.Text("protocol")), RawQuery: p.In.URL.RawQuery, ForceQuery: p.In.URL.ForceQuery}
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

// protocolOf returns the HTTP version of a request in the form of the header Via.
func protocolOf(r *http.Request) string {
	if r.ProtoMajor == 1 {
		return "1." + strconv.Itoa(r.ProtoMinor)
	}
	return strconv.Itoa(r.ProtoMajor)
}

var (
	errNoName   = errors.New("name resolution failed")
	errNoAnswer = errors.New("the resolver did not answer")
)

// RoundTrip sends the request to a target. If it cannot connect, it tries the next target. The service limits the number of
// retries.
func (f *forwarding) RoundTrip(r *http.Request) (*http.Response, error) {
	retries := f.service.Number("retries")
	keep := r.Host
	for tries := 0; ; tries++ {
		to, err := nextPeer(f.live, f.service)
		if err != nil {
			return nil, err
		}
		r.URL.Host = to.address
		if keep == "" {
			r.Host = to.host
		}
		body := r.Body
		if body != nil {
			r.Body = io.NopCloser(body) // keeps the body open for the next attempt; it is not read before there is a connection
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
			return nil, errNoPeer // Kong ignores targets whose names do not resolve
		}
		return nil, err
	}
}

// fail answers a request that got no answer from the service.
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
