package collection

import (
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// logPlugins returns the plugins that log requests.
func logPlugins(v3 bool) map[string]plugin {
	lua := mapOf("custom_fields_by_lua", text(""))
	host, port := required(text("host", isHost)), required(integer("port", nil, schema.Between(0, 65535)))
	file := required(text("path", schema.Pattern("^[^*&%`]+$", "not a valid filename")))
	prometheus := []schema.Field{boolean("per_consumer", false)}
	if v3 {
		for _, name := range []string{"status_code_metrics", "ai_metrics", "latency_metrics", "bandwidth_metrics",
			"upstream_health_metrics"} {
			prometheus = append(prometheus, boolean(name, false))
		}
	}
	return map[string]plugin{
		"file-log": {onStreams: true, config: schema.NewRecord(file, flag("reopen", false), lua)},
		"http-log": {onStreams: true, config: httpLog(v3, lua)},
		"tcp-log": {onStreams: true, config: schema.NewRecord(
			host, port, num("timeout", 10000.0), num("keepalive", 60000.0), flag("tls", false), text("tls_sni"), lua,
		)},
		"udp-log":    {onStreams: true, config: schema.NewRecord(host, port, num("timeout", 10000.0), lua)},
		"prometheus": {onStreams: true, config: schema.NewRecord(prometheus...)},
	}
}

// httpLog returns the configuration of http-log.
func httpLog(v3 bool, lua schema.Field) *schema.Record {
	types := []any{"application/json"}
	headers := mapOf("headers", list("", nil),
		schema.Without("^(?i:host)$", "cannot contain 'Host' header"),
		schema.Without("^(?i:content-length)$", "cannot contain 'Content-Length' header"),
		schema.Without("^(?i:content-type)$", "cannot contain 'Content-Type' header"),
		isHeaderName)
	fields := []schema.Field{integer("retry_count", 10.0), integer("queue_size", 1.0), num("flush_timeout", 2.0)}
	if v3 {
		types = append(types, "application/json; charset=utf-8")
		headers.Elem = &schema.Field{Kind: schema.StringKind}
		fields = []schema.Field{integer("retry_count", nil), integer("queue_size", nil), num("flush_timeout", nil), queueField()}
	}
	config := schema.NewRecord(append(fields,
		required(text("http_endpoint", isURL)), textOr("method", "POST", schema.OneOf("POST", "PUT", "PATCH")),
		textOr("content_type", "application/json", schema.OneOf(types...)), num("timeout", 10000.0), num("keepalive", 60000.0),
		headers, lua)...)
	config.Custom = oneAuthorization
	return config
}

func queueField() schema.Field {
	return recordField("queue",
		integer("max_batch_size", 1.0, schema.Between(1, 1000000)), num("max_coalescing_delay", 1.0, schema.Between(0, 3600)),
		integer("max_entries", 10000.0, schema.Between(1, 1000000)), integer("max_bytes", nil), num("max_retry_time", 60.0),
		num("initial_retry_delay", 0.01, schema.Between(0.001, 1000000)),
		num("max_retry_delay", 60.0, schema.Between(0.001, 1000000)),
		integer("concurrency_limit", 1.0, schema.OneOf(-1.0, 1.0)))
}

// oneAuthorization refuses a configuration that has credentials in both the endpoint and the headers.
func oneAuthorization(config map[string]any) string {
	endpoint, _ := config["http_endpoint"].(string)
	headers, _ := config["headers"].(map[string]any)
	if uri.ParseURL(endpoint).User == "" {
		return ""
	}
	for name := range headers {
		if strings.EqualFold(name, "authorization") {
			return "specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed"
		}
	}
	return ""
}
