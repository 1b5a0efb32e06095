package registrator

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// kongTargetPort is what Kong takes for a target without a port.
const kongTargetPort = 8000

// address is this instance as a target: host:port, with brackets around IPv6.
func (s Service) address() string {
	host, port := splitAddress(s.Instance)
	if port == "" {
		port = strconv.Itoa(s.port())
	}
	return net.JoinHostPort(host, port)
}

// splitAddress takes host:port, host, an IPv6 address with or without brackets. The port is empty where there is none.
func splitAddress(address string) (host, port string) {
	if ip, ok := parseIP(address); ok {
		return ip.String(), ""
	}
	if host, port, err := net.SplitHostPort(address); err == nil {
		return host, port
	}
	return address, ""
}

// parseIP reads an address, of IPv6 with or without the brackets that it has in a URL.
func parseIP(text string) (netip.Addr, bool) {
	inner, opened := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	ip, err := netip.ParseAddr(inner)
	return ip, err == nil && opened == closed && (!opened || ip.Is6())
}

// hostFor is a host as the gateway takes it: Kong connects to IPv6 in brackets only, and answers 500 without them.
func hostFor(host string) string {
	if ip, ok := parseIP(host); ok && ip.Is6() {
		return "[" + ip.String() + "]"
	}
	return host
}

// sameHost compares hosts of services: addresses in whatever form, names without case. IPv6 without brackets does not serve.
func sameHost(have, want any) bool {
	h, ok := have.(string)
	w, _ := want.(string)
	if ip, isIP := parseIP(h); isIP && ip.Is6() {
		return ok && strings.HasPrefix(h, "[") && hostFor(h) == hostFor(w)
	}
	return ok && strings.EqualFold(h, w)
}

// canonical is an address in one form, to compare by: Kong writes out every zero of IPv6 and adds a missing port.
func canonical(address string, otherwise int) string {
	host, port := splitAddress(address)
	if port == "" {
		port = strconv.Itoa(otherwise)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
	}
	return net.JoinHostPort(strings.ToLower(host), port)
}

// isLoopback reports whether a host is the machine, or the container, of whoever connects to it.
func isLoopback(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	ip, isIP := parseIP(host)
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || isIP && ip.IsLoopback()
}

// warn says of what is allowed and rarely meant.
func (k *Kong) warn(s Service) {
	if k != nil && k.client != nil && s.validate() == nil {
		k.warnOfLoopback(s)
		k.warnOfPatterns(s)
	}
}

// warnOfLoopback says that the gateway may not reach what it is told to.
func (k *Kong) warnOfLoopback(s Service) {
	field, host := "Service.Host", s.Host
	if s.Instance != "" {
		field = "Service.Instance"
		host, _ = splitAddress(s.Instance)
	}
	if isLoopback(host) {
		k.config.Logger.Warn("a loopback address is that of the gateway itself, unless it shares the network of this process: "+
			"give the name or address by which the gateway reaches it", "service", s.Name, "field", field, "host", host)
	}
}
