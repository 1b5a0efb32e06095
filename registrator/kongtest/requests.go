package kongtest

import (
	"bytes"
	"io"
	"net/http"
)

// Request is an Admin request that arrived. It is a copy: it may be changed.
type Request struct {
	Method string
	Path   string // as it was sent: escaped, with the prefix
	Query  string // as it was sent
	Header http.Header
	Body   []byte // as it was sent
	Status int    // of the answer; 0 while there is none, or when the answer was cut or never sent
}

// Requests returns every Admin request since the start or Forget, in order of arrival.
func (g *Gateway) Requests() []Request { return g.logged(func(*Request) bool { return true }) }

// Writes returns the Admin requests that may change something: all but GET, HEAD and OPTIONS.
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

// Admin is the Admin API, with token, prefix, log and faults. It needs no listener.
func (g *Gateway) Admin() http.Handler { return http.HandlerFunc(g.admit) }

// admit logs a request and sends it through the fault whose turn it is.
func (g *Gateway) admit(w http.ResponseWriter, r *http.Request) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			panic(http.ErrAbortHandler) // the client went away in the middle of it
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
		fault(seen, r.WithContext(ctx), http.HandlerFunc(g.api))
	} else {
		g.api(seen, r)
	}
	if seen.status == 0 {
		seen.status = http.StatusOK
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	entry.Status = seen.status
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
