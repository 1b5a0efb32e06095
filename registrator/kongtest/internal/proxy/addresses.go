package proxy

import (
	"net"
	"net/http"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// forwardedHost returns the host of a request without the port, in lower case.
func forwardedHost(r *http.Request) string {
	host, _, _ := uri.SplitHost(r.Host, "")
	if strings.HasPrefix(r.Host, "[") {
		host = "[" + host + "]"
	}
	return strings.ToLower(host)
}

// localPort returns the port that received a request. Without a listener it is 8000, Kong's default.
func localPort(r *http.Request) string {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if _, port, err := net.SplitHostPort(local.String()); err == nil {
			return port
		}
	}
	return "8000"
}
