package kongtest

var redirectStatuses = []any{300.0, 301.0, 302.0, 303.0, 304.0, 305.0, 306.0, 307.0, 308.0}

func newUpstreams(v3 bool) *schema {
	s := &schema{name: "upstreams", keyField: "name"}
	hashes := []any{"none", "consumer", "ip", "header", "cookie"}
	algorithms := []any{"consistent-hashing", "least-connections", "round-robin"}
	if v3 {
		hashes = append(hashes, "path", "query_arg", "uri_capture")
		algorithms = append(algorithms, "latency")
	}
	s.fields = append(headSince3(v3, autoSeconds),
		field{name: "name", kind: aString, required: true, unique: true, checks: []check{isUpstreamName}},
		field{name: "algorithm", kind: aString, def: "round-robin", checks: []check{oneOf(algorithms...)}},
		field{name: "hash_on", kind: aString, def: "none", checks: []check{oneOf(hashes...)}},
		field{name: "hash_fallback", kind: aString, def: "none", checks: []check{oneOf(hashes...)}},
		text("hash_on_header", isHeaderName), text("hash_fallback_header", isHeaderName),
		text("hash_on_cookie", pattern(`^[\w!#$%&'*+\-.^|~`+"`]+$", "contains one or more invalid characters. ASCII control "+
			"characters (0-31;127), space, tab and the characters ()<>@,;:\\\"/?={}[] are not allowed.")),
		field{name: "hash_on_cookie_path", kind: aString, def: "/", checks: isPath},
		field{name: "slots", kind: anInteger, def: 10000.0, checks: []check{between(10, 1<<16)}},
		healthchecksField(v3),
		tagsField(v3),
		text("host_header", isHostWithPort),
		field{name: "client_certificate", kind: aForeign, ref: "certificates"},
	)
	if v3 {
		s.fields = append(s.fields, text("hash_on_query_arg"), text("hash_fallback_query_arg"),
			text("hash_on_uri_capture"), text("hash_fallback_uri_capture"),
			field{name: "use_srv_name", kind: aBoolean, def: false})
	}
	s.shorthands = []shorthand{
		{name: "algorithm", kind: aString, expand: expandAlgorithm},
		{name: "hash_on", kind: aString, expand: expandHashOn},
	}
	s.rules = hashRules(v3)
	return s
}

func expandAlgorithm(value any) map[string]any {
	if value == "least-connections" || value == "latency" {
		return map[string]any{"algorithm": value, "hash_on": nil}
	}
	return map[string]any{"algorithm": value}
}

func expandHashOn(value any) map[string]any {
	switch value {
	case nil:
		return map[string]any{"hash_on": "none"}
	case "none":
		return map[string]any{"hash_on": value, "algorithm": "round-robin"}
	}
	return map[string]any{"hash_on": value, "algorithm": "consistent-hashing"}
}

func hashRules(v3 bool) []rule {
	afterConsumer, afterIP := []any{"none", "ip", "header", "cookie"}, []any{"none", "consumer", "header", "cookie"}
	if v3 {
		since3 := []any{"path", "query_arg", "uri_capture"}
		afterConsumer, afterIP = append(afterConsumer, since3...), append(afterIP, since3...)
	}
	rules := []rule{
		when("hash_on", is("header"), "hash_on_header", mustBeSet),
		when("hash_fallback", is("header"), "hash_fallback_header", mustBeSet),
		when("hash_on", is("cookie"), "hash_on_cookie", mustBeSet),
		when("hash_fallback", is("cookie"), "hash_on_cookie", mustBeSet),
		when("hash_on", is("none"), "hash_fallback", nullOr("none")),
		when("hash_on", is("cookie"), "hash_fallback", nullOr("none")),
		when("hash_on", is("consumer"), "hash_fallback", nullOr(afterConsumer...)),
		when("hash_on", is("ip"), "hash_fallback", nullOr(afterIP...)),
		distinct("hash_on_header", "hash_fallback_header"),
	}
	if !v3 {
		return rules
	}
	return append(rules,
		when("hash_on", is("path"), "hash_fallback",
			nullOr("none", "consumer", "header", "cookie", "query_arg", "ip", "uri_capture")),
		when("hash_on", is("query_arg"), "hash_on_query_arg", mustBeSet),
		when("hash_fallback", is("query_arg"), "hash_fallback_query_arg", mustBeSet),
		distinct("hash_on_query_arg", "hash_fallback_query_arg"),
		when("hash_on", is("uri_capture"), "hash_on_uri_capture", mustBeSet),
		when("hash_fallback", is("uri_capture"), "hash_fallback_uri_capture", mustBeSet),
		distinct("hash_on_uri_capture", "hash_fallback_uri_capture"))
}

func healthchecksField(v3 bool) field {
	checkType := field{name: "type", kind: aString, def: "http",
		checks: []check{oneOf("tcp", "http", "https", "grpc", "grpcs")}}
	active := []field{
		checkType,
		{name: "timeout", kind: aNumber, def: 1.0, checks: []check{between(0, 65535)}},
		{name: "concurrency", kind: anInteger, def: 10.0, checks: []check{between(1, 1<<31)}},
		{name: "http_path", kind: aString, def: "/", checks: isPath},
		{name: "https_sni", kind: aString, checks: []check{isSNI}},
		{name: "https_verify_certificate", kind: aBoolean, required: true, def: true},
		recordField("healthy", seconds("interval"), statuses(200.0, 302.0), counter("successes")),
		recordField("unhealthy", seconds("interval"), statuses(429.0, 404.0, 500.0, 501.0, 502.0, 503.0, 504.0, 505.0),
			counter("tcp_failures"), counter("timeouts"), counter("http_failures")),
	}
	if v3 {
		active = append(active, field{name: "headers", kind: aMap, key: &field{kind: aString, checks: []check{isHeaderName}},
			elem: &field{kind: anArray, elem: &field{kind: aString}}})
	}
	fine := append([]any{200.0, 201.0, 202.0, 203.0, 204.0, 205.0, 206.0, 207.0, 208.0, 226.0}, redirectStatuses...)
	return recordField("healthchecks",
		recordField("active", active...),
		recordField("passive", checkType,
			recordField("healthy", statuses(fine...), counter("successes")),
			recordField("unhealthy", statuses(429.0, 500.0, 503.0),
				counter("tcp_failures"), counter("timeouts"), counter("http_failures"))),
		field{name: "threshold", kind: aNumber, def: 0.0, checks: []check{between(0, 100)}})
}

func seconds(name string) field {
	return field{name: name, kind: aNumber, def: 0.0, checks: []check{between(0, 65535)}}
}

func counter(name string) field {
	return field{name: name, kind: anInteger, def: 0.0, checks: []check{between(0, 255)}}
}

func statuses(numbers ...any) field {
	return field{name: "http_statuses", kind: anArray, def: numbers,
		elem: &field{kind: anInteger, checks: []check{between(100, 999)}}}
}
