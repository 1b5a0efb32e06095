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
	if ip, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil && ip.Is6() {
		return ip.String(), ""
	}
	if host, port, err := net.SplitHostPort(address); err == nil {
		return host, port
	}
	return address, ""
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
