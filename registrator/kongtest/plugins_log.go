package kongtest

import (
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

// logPlugins are the plugins that tell others about requests.
func logPlugins(v3 bool) map[string]plugin {
	lua := field{name: "custom_fields_by_lua", kind: aMap, key: &field{kind: aString}, elem: &field{kind: aString}}
	host, port := needed(text("host", isHost)), needed(integer("port", nil, between(0, 65535)))
	file := needed(text("path", pattern("^[^*&%`]+$", "not a valid filename")))
	prometheus := []field{{name: "per_consumer", kind: aBoolean, def: false}}
	if v3 {
		for _, name := range []string{"status_code_metrics", "ai_metrics", "latency_metrics", "bandwidth_metrics",
			"upstream_health_metrics"} {
			prometheus = append(prometheus, field{name: name, kind: aBoolean, def: false})
		}
	}
	return map[string]plugin{
		"file-log": {everywhere: true, config: newRecord([]field{file, flag("reopen", false), lua})},
		"http-log": {everywhere: true, config: httpLog(v3, lua)},
		"tcp-log": {everywhere: true, config: newRecord([]field{
			host, port, num("timeout", 10000.0), num("keepalive", 60000.0), flag("tls", false), text("tls_sni"), lua,
		})},
		"udp-log":    {everywhere: true, config: newRecord([]field{host, port, num("timeout", 10000.0), lua})},
		"prometheus": {everywhere: true, config: newRecord(prometheus)},
	}
}

func httpLog(v3 bool, lua field) *record {
	types := []any{"application/json"}
	headers := field{name: "headers", kind: aMap, elem: &field{kind: anArray, elem: &field{kind: aString}},
		key: &field{kind: aString, checks: []check{
			without("^(?i:host)$", "cannot contain 'Host' header"),
			without("^(?i:content-length)$", "cannot contain 'Content-Length' header"),
			without("^(?i:content-type)$", "cannot contain 'Content-Type' header"),
			isHeaderName,
		}}}
	old := []field{integer("retry_count", 10.0), integer("queue_size", 1.0), num("flush_timeout", 2.0)}
	if v3 {
		types = append(types, "application/json; charset=utf-8")
		headers.elem = &field{kind: aString}
		old = []field{integer("retry_count", nil), integer("queue_size", nil), num("flush_timeout", nil), queueField()}
	}
	config := newRecord(append(old,
		needed(text("http_endpoint", isURL)), textOr("method", "POST", oneOf("POST", "PUT", "PATCH")),
		textOr("content_type", "application/json", oneOf(types...)), num("timeout", 10000.0), num("keepalive", 60000.0),
		headers, lua))
	config.custom = oneAuthorization
	return config
}

func queueField() field {
	return recordField("queue",
		integer("max_batch_size", 1.0, between(1, 1000000)), num("max_coalescing_delay", 1.0, between(0, 3600)),
		integer("max_entries", 10000.0, between(1, 1000000)), integer("max_bytes", nil), num("max_retry_time", 60.0),
		num("initial_retry_delay", 0.01, between(0.001, 1000000)), num("max_retry_delay", 60.0, between(0.001, 1000000)),
		integer("concurrency_limit", 1.0, oneOf(-1.0, 1.0)))
}

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
