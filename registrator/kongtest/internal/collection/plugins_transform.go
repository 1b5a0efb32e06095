package collection

import (
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// transformerPlugins returns the plugins that change requests or responses.
func transformerPlugins() map[string]plugin {
	plain := func(name string) schema.Field { return required(list(name, []any{})) }
	headers := func(name string) schema.Field { return required(list(name, []any{}, namesHeader)) }
	pairs := func(name string, checks ...schema.Check) schema.Field {
		isPair := schema.Pattern("^[^:]+:.*$", "invalid value: %s")
		return required(list(name, []any{}, append([]schema.Check{isPair}, checks...)...))
	}
	valued := func(name string) schema.Field { return required(list(name, []any{}, hasValue)) }
	request := func(name string, more ...schema.Field) schema.Field {
		return recordField(name, append(more, valued("body"), pairs("headers", namesHeader), valued("querystring"))...)
	}
	kinds := required(list("json_types", []any{}, schema.OneOf("boolean", "number", "string")))
	response := func(name string) schema.Field { return recordField(name, pairs("json"), kinds, pairs("headers")) }
	return map[string]plugin{
		"request-transformer": {onStreams: true, config: schema.NewRecord(
			text("http_method", schema.Pattern("^[A-Z]+$", "invalid value: %s")),
			recordField("remove", plain("body"), headers("headers"), plain("querystring")),
			recordField("rename", valued("body"), pairs("headers", namesTwoHeaders), valued("querystring")),
			request("replace", text("uri")), request("add"), request("append"),
		)},
		"response-transformer": {config: schema.NewRecord(
			recordField("remove", plain("json"), plain("headers")),
			recordField("rename", pairs("json"), pairs("headers", namesTwoHeaders)),
			response("replace"), response("add"), response("append"),
		)},
	}
}

// splitPair splits "name:value".
func splitPair(pair string) (name, value string) {
	name, value, _ = strings.Cut(pair, ":")
	return name, strings.TrimLeft(value, ":")
}

// namesHeader accepts a header name, with or without a value.
func namesHeader(value any) string {
	name, _ := splitPair(value.(string))
	if name == "" || isHeaderName(name) != "" {
		return "'" + name + "' is not a valid header"
	}
	return ""
}

// namesTwoHeaders accepts "name:name", which renames a header.
func namesTwoHeaders(value any) string {
	if problem := namesHeader(value); problem != "" {
		return problem
	}
	_, other := splitPair(value.(string))
	return namesHeader(other)
}

// hasValue accepts "name:value" with a value.
func hasValue(value any) string {
	if name, other := splitPair(value.(string)); other == "" {
		return "key '" + name + "' has no value"
	}
	return ""
}
