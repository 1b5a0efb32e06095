package collection

import (
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// isHost accepts a host without a port.
func isHost(value any) string {
	parsed, wrong := uri.ParseAddress(value.(string))
	switch {
	case wrong == uri.BadPort || wrong == "" && parsed.Port >= 0:
		return "must not have a port"
	case wrong != "":
		return "invalid value: " + value.(string)
	}
	return ""
}

func isHostWithPort(value any) string {
	_, wrong := uri.ParseAddress(value.(string))
	return wrong
}

// isRouteHost accepts a host of a route. A wildcard stands for a label.
func isRouteHost(value any) string {
	return isHostWithPort(strings.ReplaceAll(value.(string), "*", "abc"))
}

// isSNI accepts a TLS server name.
func isSNI(value any) string {
	if parsed, wrong := uri.ParseAddress(value.(string)); wrong == "" && parsed.Kind != "name" {
		return "must not be an IP"
	}
	return isHost(value)
}

// isWildcardSNI accepts an sni of a route since Kong 3.
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
	parsed, wrong := uri.ParseAddress(text)
	problem := ""
	switch {
	case wrong != "":
		problem = "must be a valid hostname"
	case parsed.Kind != "name":
		problem = "no ip addresses allowed"
	case parsed.Port >= 0:
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
