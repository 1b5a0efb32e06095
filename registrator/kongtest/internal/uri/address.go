package uri

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Address is a host with an optional port.
type Address struct {
	Kind string // "ipv4", "ipv6" or "name"
	Host string // IPv6 in full length and without brackets
	Port int    // -1: there is none
}

// BadPort is the message about a port that is out of range.
const BadPort = "invalid port number"

var hostLetters = regexp.MustCompile(`^[0-9A-Za-z\-._]+$`)

// ParseAddress parses host, host:port, [ipv6]:port and ipv6. The second result is Kong's message about invalid text, or "".
func ParseAddress(text string) (Address, string) {
	switch {
	case strings.Count(text, ":") > 1:
		return parseIPv6(text)
	case strings.Trim(text, "0123456789.:") == "" && strings.Trim(text, ":") != "":
		return parseIPv4(text)
	default:
		return parseName(text)
	}
}

// CutPort splits text at the port. The port is -1 if there is none. The third result is Kong's message about an invalid port, or
// "".
func CutPort(text string) (host string, port int, problem string) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 || i == len(text)-1 || strings.Trim(text[i+1:], "0123456789") != "" {
		return text, -1, ""
	}
	port, err := strconv.Atoi(text[i+1:])
	if err != nil || port > 65535 {
		return text[:i], -1, BadPort
	}
	return text[:i], port, ""
}

func parseIPv4(text string) (Address, string) {
	host, port, problem := CutPort(text)
	parts := strings.Split(host, ".")
	if len(parts) != 4 {
		return Address{}, "invalid ipv4 address: " + text
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n > 255 || len(part) > 3 {
			return Address{}, "invalid ipv4 address: " + text
		}
		parts[i] = strconv.Itoa(n)
	}
	if problem != "" {
		return Address{}, problem
	}
	return Address{"ipv4", strings.Join(parts, "."), port}, ""
}

func parseIPv6(text string) (Address, string) {
	host, port := text, -1
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return Address{}, "invalid ipv6 address: " + text
		}
		host = text[1:end]
		if rest := text[end+1:]; rest != "" {
			var problem string
			if rest, port, problem = CutPort(rest); problem != "" {
				return Address{}, problem
			}
			if rest != "" {
				return Address{}, "invalid ipv6 address"
			}
		}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Is6() || strings.ContainsAny(host, "%.") {
		return Address{}, "invalid ipv6 address: " + text
	}
	return Address{"ipv6", ip.StringExpanded(), port}, ""
}

func parseName(text string) (Address, string) {
	host, port, problem := CutPort(text)
	if problem != "" {
		return Address{}, problem
	}
	if !hostLetters.MatchString(host) {
		return Address{}, "invalid hostname: " + text
	}
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if strings.HasSuffix(label, "-") || label == "" && i != len(labels)-1 {
			return Address{}, "invalid hostname: " + text
		}
	}
	return Address{"name", host, port}, ""
}

// String formats the address as host:port, the form of targets. Without a port, it is 8000.
func (a Address) String() string {
	port := a.Port
	if port < 0 {
		port = 8000
	}
	host := a.Host
	if a.Kind == "ipv6" {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

// SplitHost splits a host as the router of Kong 2 does. It returns the host without its port and with it. A host without a port
// gets the given port, unless that is empty. SplitHost reports whether the host had a port.
func SplitHost(text, port string) (bare, whole string, had bool) {
	with := func(host string) string {
		if port == "" {
			return host
		}
		return host + ":" + port
	}
	isNumber := func(text string) bool { return strings.Trim(text, "0123456789") == "" }
	if strings.HasPrefix(text, "[") {
		host, rest, closed := strings.Cut(text[1:], "]")
		switch {
		case closed && rest == "":
			return host, with(text), false
		case closed && rest == ":":
			return host, text + port, false
		case closed && rest[0] == ':' && isNumber(rest[1:]):
			return host, text, true
		}
		return text, with(text), false
	}
	host, given, hasColon := strings.Cut(text, ":")
	switch {
	case !hasColon:
		return text, with(text), false
	case given == "":
		return host, with(host), false
	case !isNumber(given) && port != "":
		return text, "[" + text + "]:" + port, false
	case !isNumber(given):
		return text, text, false
	}
	return host, text, true
}
