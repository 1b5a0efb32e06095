package kongtest

import (
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
)

// routeVariant goes by the first protocol that is known.
func routeVariant(kinds map[string]*variant, protocols any) (*variant, string) {
	first := "nil"
	switch p := protocols.(type) {
	case string:
		if kinds[p] != nil {
			return kinds[p], ""
		}
		first = p
	case []any:
		for _, one := range p {
			if name, ok := one.(string); ok && kinds[name] != nil {
				return kinds[name], ""
			}
		}
		if len(p) > 0 {
			first = lua.Number(p[0])
		}
	}
	return nil, "unknown type: " + first
}

func routeVariants() map[string]*variant {
	forbid := func(protocols string, names ...string) map[string]*field {
		fields := make(map[string]*field)
		for _, name := range names {
			fields[name] = &field{name: name, mustNull: true,
				message: "cannot set '" + name + "' when 'protocols' is " + protocols}
		}
		return fields
	}
	http := &variant{fields: forbid("'http' or 'https'", "sources", "destinations"), rules: []rule{func(in *ruling) {
		const message = "must set one of %s when 'protocols' is "
		if !needsOne(in, "https", message+"'https'", "methods", "hosts", "headers", "paths", "snis") {
			needsOne(in, "http", message+"'http'", "methods", "hosts", "headers", "paths")
		}
	}}}
	grpc := &variant{fields: forbid("'grpc' or 'grpcs'", "methods", "sources", "destinations"), rules: []rule{func(in *ruling) {
		const message = "must set one of %s when 'protocols' is "
		if !needsOne(in, "grpcs", message+"'grpcs'", "hosts", "headers", "paths", "snis") {
			needsOne(in, "grpc", message+"'grpc'", "hosts", "headers", "paths")
		}
	}}}
	grpc.fields["strip_path"] = &field{name: "strip_path", kind: aBoolean, required: true, def: false,
		checks:  []check{func(value any) string { return map[bool]string{true: "value must not be true"}[value == true] }},
		message: "cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'"}
	stream := &variant{
		fields: forbid("'tcp', 'tls', 'tls_passthrough' or 'udp'", "methods", "hosts", "paths", "headers"),
		rules:  []rule{streamsNeedOne},
	}
	return map[string]*variant{"http": http, "https": http, "grpc": grpc, "grpcs": grpc,
		"tcp": stream, "tls": stream, "udp": stream, "tls_passthrough": stream}
}

func streamsNeedOne(in *ruling) {
	list, _ := in.values["protocols"].([]any)
	through := 0
	for _, p := range list {
		if p == "tls_passthrough" {
			through++
		}
	}
	switch {
	case through == 0 && in.count([]string{"sources", "destinations", "snis"}) == 0:
		in.fail("must set one of 'sources', 'destinations', 'snis' when 'protocols' is 'tcp', 'tls' or 'udp'")
	case through > 0 && through == len(list) && isEmpty(in.values["snis"]):
		in.fail("must set snis when 'protocols' is 'tls_passthrough'")
	}
}

// needsOne demands one of several fields when the protocols contain one. It reports whether they do.
func needsOne(in *ruling, protocol, message string, paths ...string) bool {
	protocols, _ := in.values["protocols"].([]any)
	if !slices.Contains(protocols, any(protocol)) {
		return false
	}
	if in.count(paths) == 0 {
		in.fail(strings.Replace(message, "%s", quoted(paths), 1))
	}
	return true
}
