package collection

import (
	"slices"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// routeVariant returns the variant of the first protocol that has one. If there is none, it returns Kong's message instead.
func routeVariant(kinds map[string]*schema.Variant, protocols any) (*schema.Variant, string) {
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

// routeVariants returns the variants of routes by protocol.
func routeVariants() map[string]*schema.Variant {
	forbid := func(protocols string, names ...string) map[string]*schema.Field {
		fields := make(map[string]*schema.Field)
		for _, name := range names {
			fields[name] = &schema.Field{Name: name, MustNull: true,
				Message: "cannot set '" + name + "' when 'protocols' is " + protocols}
		}
		return fields
	}
	http := &schema.Variant{
		Fields: forbid("'http' or 'https'", "sources", "destinations"),
		Rules:  []schema.Rule{needsMatcher("https", "http", "methods", "hosts", "headers", "paths")},
	}
	grpc := &schema.Variant{
		Fields: forbid("'grpc' or 'grpcs'", "methods", "sources", "destinations"),
		Rules:  []schema.Rule{needsMatcher("grpcs", "grpc", "hosts", "headers", "paths")},
	}
	grpc.Fields["strip_path"] = &schema.Field{Name: "strip_path", Kind: schema.BooleanKind, Required: true, Default: false,
		Checks:  []schema.Check{mustNotBeTrue},
		Message: "cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs'"}
	stream := &schema.Variant{
		Fields: forbid("'tcp', 'tls', 'tls_passthrough' or 'udp'", "methods", "hosts", "paths", "headers"),
		Rules:  []schema.Rule{streamsNeedOne},
	}
	return map[string]*schema.Variant{"http": http, "https": http, "grpc": grpc, "grpcs": grpc,
		"tcp": stream, "tls": stream, "udp": stream, "tls_passthrough": stream}
}

func mustNotBeTrue(value any) string {
	if value == true {
		return "value must not be true"
	}
	return ""
}

// streamsNeedOne requires a matcher of a route for streams.
func streamsNeedOne(in *schema.Ruling) {
	list, _ := in.Values["protocols"].([]any)
	through := 0
	for _, p := range list {
		if p == "tls_passthrough" {
			through++
		}
	}
	switch {
	case through == 0 && in.Count([]string{"sources", "destinations", "snis"}) == 0:
		in.Fail("must set one of 'sources', 'destinations', 'snis' when 'protocols' is 'tcp', 'tls' or 'udp'")
	case through > 0 && through == len(list) && schema.IsEmpty(in.Values["snis"]):
		in.Fail("must set snis when 'protocols' is 'tls_passthrough'")
	}
}

// needsMatcher requires a route to have one of several fields. For secure, the protocol with TLS, snis is one of them.
func needsMatcher(secure, plain string, fields ...string) schema.Rule {
	return func(in *schema.Ruling) {
		if !needsOne(in, secure, append(fields[:len(fields):len(fields)], "snis")) {
			needsOne(in, plain, fields)
		}
	}
}

// needsOne requires one of several fields if a route has a protocol. It reports whether the route has the protocol.
func needsOne(in *schema.Ruling, protocol string, fields []string) bool {
	protocols, _ := in.Values["protocols"].([]any)
	if !slices.Contains(protocols, any(protocol)) {
		return false
	}
	if in.Count(fields) == 0 {
		in.Fail("must set one of " + schema.Quoted(fields) + " when 'protocols' is '" + protocol + "'")
	}
	return true
}
