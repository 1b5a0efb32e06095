package collection

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"

var redirectStatuses = []any{300.0, 301.0, 302.0, 303.0, 304.0, 305.0, 306.0, 307.0, 308.0}

func newUpstreams(v3 bool) *schema.Schema {
	s := &schema.Schema{Name: "upstreams", KeyField: "name"}
	hashes := []any{"none", "consumer", "ip", "header", "cookie"}
	algorithms := []any{"consistent-hashing", "least-connections", "round-robin"}
	if v3 {
		hashes = append(hashes, "path", "query_arg", "uri_capture")
		algorithms = append(algorithms, "latency")
	}
	s.Fields = append(commonFieldsSince3(v3, schema.AutoSeconds),
		required(unique(text("name", isUpstreamName))),
		textOr("algorithm", "round-robin", schema.OneOf(algorithms...)),
		textOr("hash_on", "none", schema.OneOf(hashes...)),
		textOr("hash_fallback", "none", schema.OneOf(hashes...)),
		text("hash_on_header", isHeaderName), text("hash_fallback_header", isHeaderName),
		text("hash_on_cookie", schema.Pattern(`^[\w!#$%&'*+\-.^|~`+"`]+$",
			"contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and "+
				"the characters ()<>@,;:\\\"/?={}[] are not allowed.")),
		textOr("hash_on_cookie_path", "/", isPath...),
		integer("slots", 10000.0, schema.Between(10, 1<<16)),
		healthchecksField(v3),
		tagsField(v3),
		text("host_header", isHostWithPort),
		foreign("client_certificate", "certificates"),
	)
	if v3 {
		s.Fields = append(s.Fields, text("hash_on_query_arg"), text("hash_fallback_query_arg"),
			text("hash_on_uri_capture"), text("hash_fallback_uri_capture"),
			boolean("use_srv_name", false))
	}
	s.Shorthands = []schema.Shorthand{
		{Name: "algorithm", Kind: schema.StringKind, Expand: expandAlgorithm},
		{Name: "hash_on", Kind: schema.StringKind, Expand: expandHashOn},
	}
	s.Rules = hashRules(v3)
	return s
}

// expandAlgorithm resets hash_on for the algorithms that do not hash.
func expandAlgorithm(value any) map[string]any {
	if value == "least-connections" || value == "latency" {
		return map[string]any{"algorithm": value, "hash_on": nil}
	}
	return map[string]any{"algorithm": value}
}

// expandHashOn chooses the algorithm that goes with hash_on.
func expandHashOn(value any) map[string]any {
	switch value {
	case nil:
		return map[string]any{"hash_on": "none"}
	case "none":
		return map[string]any{"hash_on": value, "algorithm": "round-robin"}
	}
	return map[string]any{"hash_on": value, "algorithm": "consistent-hashing"}
}

// hashRules returns the rules between the fields of hashing.
func hashRules(v3 bool) []schema.Rule {
	afterConsumer, afterIP := []any{"none", "ip", "header", "cookie"}, []any{"none", "consumer", "header", "cookie"}
	if v3 {
		since3 := []any{"path", "query_arg", "uri_capture"}
		afterConsumer, afterIP = append(afterConsumer, since3...), append(afterIP, since3...)
	}
	rules := []schema.Rule{
		schema.When("hash_on", schema.Is("header"), "hash_on_header", schema.MustBeSet),
		schema.When("hash_fallback", schema.Is("header"), "hash_fallback_header", schema.MustBeSet),
		schema.When("hash_on", schema.Is("cookie"), "hash_on_cookie", schema.MustBeSet),
		schema.When("hash_fallback", schema.Is("cookie"), "hash_on_cookie", schema.MustBeSet),
		schema.When("hash_on", schema.Is("none"), "hash_fallback", schema.NullOr("none")),
		schema.When("hash_on", schema.Is("cookie"), "hash_fallback", schema.NullOr("none")),
		schema.When("hash_on", schema.Is("consumer"), "hash_fallback", schema.NullOr(afterConsumer...)),
		schema.When("hash_on", schema.Is("ip"), "hash_fallback", schema.NullOr(afterIP...)),
		schema.Distinct("hash_on_header", "hash_fallback_header"),
	}
	if !v3 {
		return rules
	}
	return append(rules,
		schema.When("hash_on", schema.Is("path"), "hash_fallback",
			schema.NullOr("none", "consumer", "header", "cookie", "query_arg", "ip", "uri_capture")),
		schema.When("hash_on", schema.Is("query_arg"), "hash_on_query_arg", schema.MustBeSet),
		schema.When("hash_fallback", schema.Is("query_arg"), "hash_fallback_query_arg", schema.MustBeSet),
		schema.Distinct("hash_on_query_arg", "hash_fallback_query_arg"),
		schema.When("hash_on", schema.Is("uri_capture"), "hash_on_uri_capture", schema.MustBeSet),
		schema.When("hash_fallback", schema.Is("uri_capture"), "hash_fallback_uri_capture", schema.MustBeSet),
		schema.Distinct("hash_on_uri_capture", "hash_fallback_uri_capture"))
}

func healthchecksField(v3 bool) schema.Field {
	checkType := textOr("type", "http", schema.OneOf("tcp", "http", "https", "grpc", "grpcs"))
	active := []schema.Field{
		checkType,
		num("timeout", 1.0, schema.Between(0, 65535)),
		integer("concurrency", 10.0, schema.Between(1, 1<<31)),
		textOr("http_path", "/", isPath...),
		text("https_sni", isSNI),
		flag("https_verify_certificate", true),
		recordField("healthy", seconds("interval"), statuses(200.0, 302.0), counter("successes")),
		recordField("unhealthy", seconds("interval"), statuses(429.0, 404.0, 500.0, 501.0, 502.0, 503.0, 504.0, 505.0),
			counter("tcp_failures"), counter("timeouts"), counter("http_failures")),
	}
	if v3 {
		active = append(active, mapOf("headers", list("", nil), isHeaderName))
	}
	fine := append([]any{200.0, 201.0, 202.0, 203.0, 204.0, 205.0, 206.0, 207.0, 208.0, 226.0}, redirectStatuses...)
	return recordField("healthchecks",
		recordField("active", active...),
		recordField("passive", checkType,
			recordField("healthy", statuses(fine...), counter("successes")),
			recordField("unhealthy", statuses(429.0, 500.0, 503.0),
				counter("tcp_failures"), counter("timeouts"), counter("http_failures"))),
		num("threshold", 0.0, schema.Between(0, 100)))
}

func seconds(name string) schema.Field {
	return num(name, 0.0, schema.Between(0, 65535))
}

func counter(name string) schema.Field {
	return integer(name, 0.0, schema.Between(0, 255))
}

func statuses(numbers ...any) schema.Field {
	return schema.Field{Name: "http_statuses", Kind: schema.ArrayKind, Default: numbers,
		Elem: &schema.Field{Kind: schema.IntegerKind, Checks: []schema.Check{schema.Between(100, 999)}}}
}
