package kongtest

import (
	"fmt"
	"maps"
	"slices"
)

var periods = []string{"second", "minute", "hour", "day", "month", "year"}

// trafficPlugins are the plugins that look at requests, limit them or answer them.
func trafficPlugins(v3 bool) map[string]plugin {
	methods := []any{"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
	cors := []field{
		list("origins", nil, isOrigin), list("headers", nil), list("exposed_headers", nil),
		list("methods", methods, oneOf(methods...)), num("max_age", nil), flag("credentials", false),
		flag("preflight_continue", false),
	}
	generator := textOr("generator", "uuid#counter", oneOf("uuid", "uuid#counter", "tracker"))
	ip := newRecord([]field{
		list("allow", nil, isIPOrCIDR), list("deny", nil, isIPOrCIDR), num("status", nil), text("message"),
	})
	ipPlugin := plugin{config: ip, rules: []rule{atLeastOneOf("config.allow", "config.deny")}}
	if v3 {
		cors = append(cors, flag("private_network", false))
		generator = needed(generator)
		ipPlugin.protocols = []any{"http", "https", "tcp", "tls", "grpc", "grpcs"}
	} else {
		ip.shorthands = formerLists()
	}
	termination := newRecord([]field{
		needed(integer("status_code", 503.0, between(100, 599))), text("message"), text("content_type"), text("body"),
		flag("echo", false), text("trigger", isHeaderName),
	})
	termination.custom = validTermination
	return map[string]plugin{
		"cors":           {noConsumer: true, config: newRecord(cors)},
		"ip-restriction": ipPlugin,
		"rate-limiting":  rateLimiting(v3),
		"correlation-id": {config: newRecord([]field{
			textOr("header_name", "Kong-Request-ID"), generator, flag("echo_downstream", false),
		})},
		"request-size-limiting": {config: newRecord([]field{
			integer("allowed_payload_size", 128.0),
			needed(textOr("size_unit", "megabytes", oneOf("megabytes", "kilobytes", "bytes"))),
			flag("require_content_length", false),
		})},
		"request-termination": {config: termination},
	}
}

func isOrigin(value any) string {
	if value == "*" || badRegex(value.(string)) == "" {
		return ""
	}
	return "'" + value.(string) + "' is not a valid regex"
}

func validTermination(config map[string]any) string {
	content, body := !isEmpty(config["content_type"]), !isEmpty(config["body"])
	switch {
	case !isEmpty(config["message"]) && (content || body):
		return "message cannot be used with content_type or body"
	case content && !body:
		return "content_type requires a body"
	case config["echo"] == true && (content || body):
		return "echo cannot be used with content_type and body"
	}
	return ""
}

func rateLimiting(v3 bool) plugin {
	var fields []field
	var paths []string
	for _, period := range periods {
		fields = append(fields, num(period, nil, above(0)))
		paths = append(paths, "config."+period)
	}
	policy := textOr("policy", "local", oneOf("local", "cluster", "redis"))
	if !v3 {
		policy.def = "cluster"
	}
	policy.canEmpty = true
	password := text("password")
	password.canEmpty = true
	fields = append(fields,
		textOr("limit_by", "consumer", oneOf("consumer", "credential", "ip", "service", "header", "path")),
		text("header_name", isHeaderName), field{name: "path", kind: aString, checks: isPath}, policy,
		flag("fault_tolerant", true), flag("hide_client_headers", false))
	p := plugin{rules: []rule{atLeastOneOf(paths...)}}
	redis := "config.redis."
	if v3 {
		fields = append(fields,
			recordField("redis", text("host", isHost), integer("port", 6379.0, between(0, 65535)),
				integer("timeout", 2000.0, between(0, 1<<31-2)), text("username"), password, integer("database", 0.0),
				field{name: "ssl", kind: aBoolean, def: false}, field{name: "ssl_verify", kind: aBoolean, def: false},
				text("server_name", isSNI)),
			num("error_code", 429.0, above(0)), textOr("error_message", "API rate limit exceeded"),
			needed(num("sync_rate", -1.0)))
	} else {
		redis = "config.redis_"
		password.name = "redis_password"
		fields = append(fields, text("redis_host", isHost), integer("redis_port", 6379.0, between(0, 65535)), password,
			text("redis_username"), flag("redis_ssl", false), flag("redis_ssl_verify", false), text("redis_server_name", isSNI),
			num("redis_timeout", 2000.0), integer("redis_database", 0.0))
	}
	p.config = newRecord(fields)
	p.config.custom = func(config map[string]any) string { return validLimits(config, v3) }
	if v3 {
		p.config.shadows = redisShadows()
	}
	for _, name := range []string{"host", "port", "timeout"} {
		p.rules = append(p.rules, when("config.policy", is("redis"), redis+name, mustBeSet))
	}
	p.rules = append(p.rules,
		when("config.limit_by", is("header"), "config.header_name", mustBeSet),
		when("config.limit_by", is("path"), "config.path", mustBeSet))
	return p
}

// redisShadows are the names that the settings of Redis had before Kong 3.8, which it still shows.
func redisShadows() []shadow {
	kinds := map[string]kind{
		"host": aString, "port": anInteger, "password": aString, "username": aString, "ssl": aBoolean, "ssl_verify": aBoolean,
		"server_name": aString, "timeout": anInteger, "database": anInteger,
	}
	var shadows []shadow
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		shadows = append(shadows, shadow{name: "redis_" + name, kind: kinds[name], path: [2]string{"redis", name}})
	}
	return shadows
}

func validLimits(config map[string]any, v3 bool) string {
	for i, lower := range periods {
		limit, ok := config[lower].(float64)
		for _, upper := range periods[i+1:] {
			if more, isSet := config[upper].(float64); ok && isSet && more < limit {
				return fmt.Sprintf("The limit for %s(%.1f) cannot be lower than the limit for %s(%.1f)",
					upper, more, lower, limit)
			}
		}
	}
	rate, _ := config["sync_rate"].(float64)
	switch {
	case !v3 || rate == -1:
		return ""
	case config["policy"] != "redis":
		return "sync_rate can only be used with the redis policy"
	case rate < 0.02:
		return "sync_rate must be greater than 0.02, or -1 to disable"
	}
	return ""
}
