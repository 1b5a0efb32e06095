package kongtest

import (
	"bytes"
	"net/http"
	"sync"
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

func (r *Request) mayWrite() bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}

// requestLog holds the requests that arrived, in order.
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

// statusWriter notes the status of an answer.
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
