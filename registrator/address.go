package registrator

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// kongTargetPort is the port that Kong gives a target without one.
const kongTargetPort = 8000

// address returns the target of this instance: host:port, with brackets around IPv6.
func (s Service) address() string {
	host, port := splitAddress(s.Instance)
	if port == "" {
		port = strconv.Itoa(s.port())
	}
	return net.JoinHostPort(host, port)
}

// splitAddress splits host:port, a host, or an IPv6 address with or without brackets. The port is empty if there is none.
func splitAddress(address string) (host, port string) {
	if ip, ok := parseIP(address); ok {
		return ip.String(), ""
	}
	if host, port, err := net.SplitHostPort(address); err == nil {
		return host, port
	}
	return address, ""
}

// parseIP parses an IP address. IPv6 may be in brackets, as in a URL.
func parseIP(text string) (netip.Addr, bool) {
	inner, opened := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	ip, err := netip.ParseAddr(inner)
	return ip, err == nil && opened == closed && (!opened || ip.Is6())
}

// hostFor returns host in the form that the gateway needs: without brackets around IPv6, Kong does not connect and answers 500.
func hostFor(host string) string {
	if ip, ok := parseIP(host); ok && ip.Is6() {
		return "[" + ip.String() + "]"
	}
	return host
}

// sameHost reports whether two hosts of services are equal: addresses in any form, names in any case. IPv6 without brackets on
// the gateway is never equal, since it does not work.
func sameHost(have, want any) bool {
	h, ok := have.(string)
	w, _ := want.(string)
	if ip, isIP := parseIP(h); isIP && ip.Is6() {
		return ok && strings.HasPrefix(h, "[") && hostFor(h) == hostFor(w)
	}
	return ok && strings.EqualFold(h, w)
}

// canonical returns an address in one form, for comparison: Kong writes out every zero of IPv6 and adds a missing port.
func canonical(address string, defaultPort int) string {
	host, port := splitAddress(address)
	if port == "" {
		port = strconv.Itoa(defaultPort)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
	}
	return net.JoinHostPort(strings.ToLower(host), port)
}

// isLoopback reports whether a host means the machine or container that connects to it.
func isLoopback(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	ip, isIP := parseIP(host)
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || isIP && ip.IsLoopback()
}

// warn logs what is allowed but rarely intended.
func (k *Kong) warn(s Service) {
	if k != nil && k.client != nil && s.validate() == nil {
		k.warnOfLoopback(s)
		k.warnOfPatterns(s)
	}
}

// warnOfLoopback warns that the gateway probably cannot reach the service.
func (k *Kong) warnOfLoopback(s Service) {
	field, host := "Service.Host", s.Host
	if s.Instance != "" {
		field = "Service.Instance"
		host, _ = splitAddress(s.Instance)
	}
	if isLoopback(host) {
		k.config.Logger.Warn("a loopback address means the gateway itself, unless it shares the network of this process: "+
			"give the name or address at which the gateway reaches this process", "service", s.Name, "field", field, "host", host)
	}
}
