package kongtest

import (
	"bytes"
	"io"
	"net/http"
)

// Request is an Admin request that arrived. It is a copy, and may be changed.
type Request struct {
	Method string
	Path   string // as sent: escaped, with the prefix
	Query  string // as sent
	Header http.Header
	Body   []byte // as sent
	Status int    // of the answer; 0 if there is none yet, or if the answer was cut or never sent
}

// Requests returns every Admin request since the start or Forget, in order of arrival.
func (g *Gateway) Requests() []Request { return g.logged(func(*Request) bool { return true }) }

// Writes returns the Admin requests that may change something: those that are not GET, HEAD or OPTIONS.
func (g *Gateway) Writes() []Request {
	return g.logged(func(r *Request) bool {
		return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
	})
}

func (g *Gateway) logged(want func(*Request) bool) []Request {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]Request, 0, len(g.requests))
	for _, r := range g.requests {
		if want(r) {
			one := *r
			one.Header = r.Header.Clone()
			one.Body = bytes.Clone(r.Body)
			all = append(all, one)
		}
	}
	return all
}

// Forget empties the log of requests.
func (g *Gateway) Forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = nil
}

// Admin returns the Admin API, with token, prefix, log and faults. It needs no listener.
func (g *Gateway) Admin() http.Handler { return http.HandlerFunc(g.admit) }

// admit logs a request and sends it through its fault, if there is one.
func (g *Gateway) admit(w http.ResponseWriter, r *http.Request) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			panic(http.ErrAbortHandler) // the client is gone
		}
	}
	entry := &Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body,
	}
	seen := &statusWriter{ResponseWriter: w}
	g.arrive(entry)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if fault := g.takeFault(r); fault != nil {
		ctx, done := g.whileOpen(r)
		defer done()
		fault(seen, r.WithContext(ctx), g.admin)
	} else {
		g.admin.ServeHTTP(seen, r)
	}
	if seen.status == 0 {
		seen.status = http.StatusOK
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	entry.Status = seen.status
}

// arrived returns the length of the log.
func (g *Gateway) arrived() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.requests)
}

func (g *Gateway) arrive(entry *Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = append(g.requests, entry)
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find what the server can do.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
