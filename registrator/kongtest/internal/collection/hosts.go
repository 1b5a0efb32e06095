package collection

import (
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// isHost accepts a host without a port.
func isHost(value any) string {
	parsed, problem := uri.ParseAddress(value.(string))
	switch {
	case problem == uri.BadPort || problem == "" && parsed.Port >= 0:
		return "must not have a port"
	case problem != "":
		return "invalid value: " + value.(string)
	}
	return ""
}

func isHostWithPort(value any) string {
	_, problem := uri.ParseAddress(value.(string))
	return problem
}

// isRouteHost accepts a host of a route, with or without a port. A wildcard counts as a valid label.
func isRouteHost(value any) string {
	return isHostWithPort(strings.ReplaceAll(value.(string), "*", "abc"))
}

// isSNI accepts a TLS server name.
func isSNI(value any) string {
	if parsed, problem := uri.ParseAddress(value.(string)); problem == "" && parsed.Kind != "name" {
		return "must not be an IP"
	}
	return isHost(value)
}

// isWildcardSNI accepts a server name of a route in Kong 3, which may begin or end with a wildcard.
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

// isUpstreamName accepts a host name without a port.
func isUpstreamName(value any) string {
	text := value.(string)
	parsed, problem := uri.ParseAddress(text)
	reason := ""
	switch {
	case problem != "":
		reason = "must be a valid hostname"
	case parsed.Kind != "name":
		reason = "no ip addresses allowed"
	case parsed.Port >= 0:
		reason = "no port allowed"
	default:
		return ""
	}
	return "Invalid name ('" + text + "'); " + reason
}

// isTarget accepts the address of a target: a host with or without a port.
func isTarget(value any) string {
	if isHostWithPort(value) != "" {
		return "Invalid target ('" + value.(string) + "'); not a valid hostname or ip address"
	}
	return ""
}
