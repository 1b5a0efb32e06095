package main

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/microkubes/microkubes-go/adapters/nethttp"
	"github.com/microkubes/microkubes-go/core"
)

// handler is a server of net/http or Echo.
type handler struct{ http.Handler }

func (h handler) serve(l net.Listener) error {
	s := &http.Server{Handler: h.Handler, ReadHeaderTimeout: time.Minute}
	return s.Serve(l)
}

func (h handler) port() port {
	return &httpPort{
		handler: h.Handler,
		w:       writer{header: http.Header{}},
		r: &http.Request{
			Method: http.MethodGet, URL: &url.URL{Path: "/hello"}, RequestURI: "/hello", Host: "localhost",
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: "127.0.0.1:50000",
			Header: http.Header{"Accept": {"*/*"}, "User-Agent": {"benchmark"}}, Body: http.NoBody,
		},
	}
}

// httpPort reuses one request and one response, so that only the work of the stack is measured.
type httpPort struct {
	handler http.Handler
	w       writer
	r       *http.Request
}

func (p *httpPort) authorization(value string) {
	switch field := p.r.Header["Authorization"]; {
	case value == "":
		delete(p.r.Header, "Authorization")
	case len(field) == 1:
		field[0] = value
	default:
		p.r.Header["Authorization"] = []string{value}
	}
}

func (p *httpPort) request() {
	p.w.reset()
	p.handler.ServeHTTP(&p.w, p.r)
}

func (p *httpPort) answer() (int, string) { return p.w.status, string(p.w.body) }

// writer is a ResponseWriter that keeps the beginning of the body.
type writer struct {
	header http.Header
	status int
	body   []byte
}

func (w *writer) reset() {
	clear(w.header)
	w.status, w.body = 0, w.body[:0]
}

func (w *writer) Header() http.Header { return w.header }

func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, b[:min(len(b), 64)]...)
	return len(b), nil
}

func (w *writer) WriteString(s string) (int, error) { //nolint:unparam // io.StringWriter wants an error
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, s[:min(len(s), 64)]...)
	return len(s), nil
}

func netHTTP() []*stack {
	return []*stack{
		{framework: "net/http", name: "bare", kind: bare, build: bareHTTP},
		{framework: "net/http", name: "ours", kind: ours, note: ourNote, build: ourHTTP(0)},
		{framework: "net/http", name: "ours, no cache", kind: uncached, build: ourHTTP(cacheOff),
			note: "the same chain without a cache: each token is verified on each request; the same on Echo and Fiber"},
	}
}

func bareHTTP(*issuer) (server, error) {
	return handler{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, subject) })}, nil
}

func ourHTTP(size int) func(*issuer) (server, error) {
	return func(i *issuer) (server, error) {
		c, err := chain(i, size)
		if err != nil {
			return nil, err
		}
		return overHTTP(c), nil
	}
}

func overHTTP(c *core.SecurityChain) server {
	return handler{nethttp.New(c).Secured(func(w http.ResponseWriter, r *http.Request) {
		auth, _ := core.AuthFrom(r.Context())
		_, _ = io.WriteString(w, auth.Subject())
	})}
}
