package collection

import (
	"slices"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

var (
	protocols     = []any{"grpc", "grpcs", "http", "https", "tcp", "tls", "tls_passthrough", "udp"}
	httpProtocols = []any{"grpc", "grpcs", "http", "https"}
)

// IsHTTP reports whether a protocol of a route is HTTP or gRPC, with or without TLS.
func IsHTTP(protocol any) bool { return slices.Contains(httpProtocols, protocol) }

// commonFields returns the fields that every collection begins with. seconds says whether times have milliseconds.
func commonFields(seconds schema.Automatic) []schema.Field {
	stamp := schema.IntegerKind
	if seconds == schema.AutoMillis {
		stamp = schema.NumberKind
	}
	return []schema.Field{
		{Name: "id", Kind: schema.StringKind, Auto: schema.AutoID, Checks: []schema.Check{schema.IsUUID}},
		{Name: "created_at", Kind: stamp, Auto: seconds, Checks: []schema.Check{schema.IsTimestamp}},
		{Name: "updated_at", Kind: stamp, Auto: seconds, Checks: []schema.Check{schema.IsTimestamp}},
	}
}

func tagsField(v3 bool) schema.Field {
	return set("tags", nil, IsTag(v3))
}

// commonFieldsSince3 is commonFields for upstreams, targets and plugins, which have no updated_at before Kong 3.
func commonFieldsSince3(v3 bool, seconds schema.Automatic) []schema.Field {
	if v3 {
		return commonFields(seconds)
	}
	return commonFields(seconds)[:2]
}
