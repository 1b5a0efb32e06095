package fetch

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

var errURL = errors.New("it is not an absolute URL: write it as https://host/path")

// ParseURL parses a URL from which documents may be fetched: https, or http to a loopback host; with insecure, http to any host.
// The error says what to change. It does not quote text, which may have credentials.
func ParseURL(text string, insecure bool) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme == "", u.Opaque != "", u.Hostname() == "":
		return nil, errURL
	case u.User != nil:
		return nil, errors.New("it has credentials: take them out, and let the http.Client send them")
	case strings.Contains(text, "#"):
		return nil, errors.New("it has a fragment: take off the # and what follows it")
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > '~' || r <= ' ' }):
		return nil, errors.New("its host is not ASCII: write it in the form that begins with xn--")
	case u.Scheme == "https":
		return u, nil
	case u.Scheme != "http":
		return nil, errors.New("it does not begin with https://")
	case !insecure && !isLoopback(u.Hostname()):
		return nil, errors.New("http:// is for loopback addresses: use https://, or set InsecureHTTP")
	}
	return u, nil
}

// isLoopback reports whether a host is localhost or a loopback address.
func isLoopback(host string) bool {
	if canonicalHost(host) == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// canonicalHost returns a host without a port in the form in which hosts are compared.
func canonicalHost(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.String()
	}
	return host
}

var defaultPorts = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}

// hostPort returns the address of u as a dialer gets it.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = defaultPorts[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
