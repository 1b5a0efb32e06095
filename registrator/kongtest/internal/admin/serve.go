package admin

import (
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/nginx"
)

// ServeHTTP handles a request. Requests that reach an entity are handled one at a time.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.handle(r).write(w, r.Method == http.MethodHead, a.config.Version)
}

func (a *API) handle(r *http.Request) *answer {
	if status := nginx.Refusal(r); status != 0 {
		return refusedPage(status)
	}
	if a.config.Token != "" && r.Header.Get("Kong-Admin-Token") != a.config.Token {
		return message(http.StatusUnauthorized, "Invalid credentials. Token or User credentials required")
	}
	path, found := strings.CutPrefix(r.URL.EscapedPath(), a.config.Prefix)
	if !found || path != "" && path[0] != '/' {
		return message(http.StatusNotFound, "no Route matched with those values")
	}
	c := &call{API: a, method: r.Method, segments: segmentsOf(path)}
	if r.URL.RawQuery != "" {
		c.query = r.URL.Query()
	}
	allowed := c.route()
	if allowed == nil {
		return notFound()
	}
	if refused := checkContentType(r); refused != nil {
		return refused
	}
	if r.Method == http.MethodOptions {
		return allowed.options()
	}
	if c.method == http.MethodHead {
		c.method = http.MethodGet
	}
	do := allowed[c.method]
	if do == nil {
		return notAllowed()
	}
	if refused := c.read(r); refused != nil {
		return refused
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return do(c)
}
