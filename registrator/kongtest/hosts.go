package kongtest

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// address is a host as Kong reads it, with a port if there was one.
type address struct {
	kind string // "ipv4", "ipv6" or "name"
	host string // IPv6 in full length and without brackets
	port int    // -1: none
}

const badPort = "invalid port number"

var hostLetters = regexp.MustCompile(`^[0-9A-Za-z\-._]+$`)

// parseAddress reads host, host:port, [ipv6]:port and ipv6. The second result says what is wrong.
func parseAddress(text string) (address, string) {
	switch {
	case strings.Count(text, ":") > 1:
		return parseIPv6(text)
	case strings.Trim(text, "0123456789.:") == "" && strings.Trim(text, ":") != "":
		return parseIPv4(text)
	default:
		return parseName(text)
	}
}

func cutPort(text string) (host string, port int, wrong string) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 || i == len(text)-1 || strings.Trim(text[i+1:], "0123456789") != "" {
		return text, -1, ""
	}
	port, err := strconv.Atoi(text[i+1:])
	if err != nil || port > 65535 {
		return text[:i], -1, badPort
	}
	return text[:i], port, ""
}

func parseIPv4(text string) (address, string) {
	host, port, wrong := cutPort(text)
	parts := strings.Split(host, ".")
	if len(parts) != 4 {
		return address{}, "invalid ipv4 address: " + text
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n > 255 || len(part) > 3 {
			return address{}, "invalid ipv4 address: " + text
		}
		parts[i] = strconv.Itoa(n)
	}
	if wrong != "" {
		return address{}, wrong
	}
	return address{"ipv4", strings.Join(parts, "."), port}, ""
}

func parseIPv6(text string) (address, string) {
	host, port := text, -1
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return address{}, "invalid ipv6 address: " + text
		}
		host = text[1:end]
		if rest := text[end+1:]; rest != "" {
			var wrong string
			if rest, port, wrong = cutPort(rest); wrong != "" {
				return address{}, wrong
			}
			if rest != "" {
				return address{}, "invalid ipv6 address"
			}
		}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Is6() || strings.ContainsAny(host, "%.") {
		return address{}, "invalid ipv6 address: " + text
	}
	return address{"ipv6", ip.StringExpanded(), port}, ""
}

func parseName(text string) (address, string) {
	host, port, wrong := cutPort(text)
	if wrong != "" {
		return address{}, wrong
	}
	if !hostLetters.MatchString(host) {
		return address{}, "invalid hostname: " + text
	}
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if strings.HasSuffix(label, "-") || label == "" && i != len(labels)-1 {
			return address{}, "invalid hostname: " + text
		}
	}
	return address{"name", host, port}, ""
}

// String formats the address as the targets of upstreams are, with port 8000 when there is none.
func (a address) String() string {
	port := a.port
	if port < 0 {
		port = 8000
	}
	host := a.host
	if a.kind == "ipv6" {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}

// isHost is for hosts without a port.
func isHost(value any) string {
	parsed, wrong := parseAddress(value.(string))
	switch {
	case wrong == badPort || wrong == "" && parsed.port >= 0:
		return "must not have a port"
	case wrong != "":
		return "invalid value: " + value.(string)
	}
	return ""
}

func isHostWithPort(value any) string {
	_, wrong := parseAddress(value.(string))
	return wrong
}

// isRouteHost is for the hosts of routes, where one label may be a wildcard.
func isRouteHost(value any) string {
	return isHostWithPort(strings.ReplaceAll(value.(string), "*", "abc"))
}

// isSNI is for names in TLS.
func isSNI(value any) string {
	if parsed, wrong := parseAddress(value.(string)); wrong == "" && parsed.kind != "name" {
		return "must not be an IP"
	}
	return isHost(value)
}

// isWildcardSNI is for the snis of routes since Kong 3.
func isWildcardSNI(value any) string {
	text := value.(string)
	i := strings.IndexByte(text, '*')
	switch {
	case i < 0:
		return isSNI(text)
	case i != 0 && i != len(text)-1:
		return "wildcard must be leftmost or rightmost character"
	case strings.Count(text, "*") > 1:
		return "only one wildcard must be specified"
	}
	return isSNI(strings.Replace(text, "*", "wildcard", 1))
}

func isUpstreamName(value any) string {
	text := value.(string)
	parsed, wrong := parseAddress(text)
	problem := ""
	switch {
	case wrong != "":
		problem = "must be a valid hostname"
	case parsed.kind != "name":
		problem = "no ip addresses allowed"
	case parsed.port >= 0:
		problem = "no port allowed"
	default:
		return ""
	}
	return "Invalid name ('" + text + "'); " + problem
}

func isTarget(value any) string {
	if isHostWithPort(value) != "" {
		return "Invalid target ('" + value.(string) + "'); not a valid hostname or ip address"
	}
	return ""
}
