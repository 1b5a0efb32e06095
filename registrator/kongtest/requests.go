package kongtest

import (
	"bytes"
	"net/http"
	"sync"
)

// Request is an Admin request that a gateway received. It is a copy, which the caller may modify.
type Request struct {
	Method string
	Path   string // as sent: escaped, with the prefix
	Query  string // as sent
	Header http.Header
	Body   []byte // as sent
	Status int    // of the answer; 0 as long as there is none, or if the answer was cut or never sent
}

func (r *Request) mayWrite() bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}

// requestLog holds the received requests in order. It is safe for concurrent use.
type requestLog struct {
	mu  sync.Mutex
	all []*Request
}

// add logs a request with body and returns its entry.
func (l *requestLog) add(r *http.Request, body []byte) *Request {
	entry := &Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, entry)
	return entry
}

func (l *requestLog) answered(entry *Request, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry.Status = status
}

func (l *requestLog) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.all)
}

// list returns copies of the requests that want accepts.
func (l *requestLog) list(want func(*Request) bool) []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Request, 0, len(l.all))
	for _, r := range l.all {
		if want(r) {
			one := *r
			one.Header = r.Header.Clone()
			one.Body = bytes.Clone(r.Body)
			all = append(all, one)
		}
	}
	return all
}

func (l *requestLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = nil
}

// statusWriter records the status of an answer.
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

// Unwrap lets http.ResponseController use the writer of the server.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
