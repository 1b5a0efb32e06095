package nethttp

import (
	"net/http"
	"slices"
	"sync"
)

// Mux is a [net/http.ServeMux] whose routes [Watch] can list, which net/http does not offer. The zero value is ready to use. It
// serves and panics as a ServeMux does.
type Mux struct {
	mux    http.ServeMux
	mu     sync.Mutex
	routes []muxRoute
}

type muxRoute struct {
	pattern string
	handler http.Handler
}

// Handle registers the handler for the pattern, as [net/http.ServeMux.Handle] does.
func (m *Mux) Handle(pattern string, handler http.Handler) {
	m.mux.Handle(pattern, handler) // panics on a bad pattern
	m.mu.Lock()
	defer m.mu.Unlock()
	m.routes = append(m.routes, muxRoute{pattern, handler})
}

// HandleFunc registers the handler for the pattern, as [net/http.ServeMux.HandleFunc] does.
func (m *Mux) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	if handler == nil {
		panic("nethttp: the handler is nil")
	}
	m.Handle(pattern, http.HandlerFunc(handler))
}

// Handler returns the handler for the request and its pattern, as [net/http.ServeMux.Handler] does.
func (m *Mux) Handler(r *http.Request) (http.Handler, string) { return m.mux.Handler(r) }

// ServeHTTP serves the request with the handler whose pattern fits best.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.mux.ServeHTTP(w, r) }

// list returns the routes that were registered until now.
func (m *Mux) list() []muxRoute {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.routes)
}
