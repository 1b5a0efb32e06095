package collection

import (
	"fmt"
	"maps"
	"slices"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

var periods = []string{"second", "minute", "hour", "day", "month", "year"}

// trafficPlugins returns the plugins that check, limit or answer requests.
func trafficPlugins(v3 bool) map[string]plugin {
	methods := []any{"GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
	cors := []schema.Field{
		list("origins", nil, isOrigin), list("headers", nil), list("exposed_headers", nil),
		list("methods", methods, schema.OneOf(methods...)), num("max_age", nil), flag("credentials", false),
		flag("preflight_continue", false),
	}
	generator := textOr("generator", "uuid#counter", schema.OneOf("uuid", "uuid#counter", "tracker"))
	ip := schema.NewRecord(
		list("allow", nil, isIPOrCIDR), list("deny", nil, isIPOrCIDR), num("status", nil), text("message"),
	)
	ipPlugin := plugin{config: ip, rules: []schema.Rule{schema.AtLeastOneOf("config.allow", "config.deny")}}
	if v3 {
		cors = append(cors, flag("private_network", false))
		generator = required(generator)
		ipPlugin.protocols = []any{"http", "https", "tcp", "tls", "grpc", "grpcs"}
	} else {
		ip.Shorthands = formerNames()
	}
	termination := schema.NewRecord(
		required(integer("status_code", 503.0, schema.Between(100, 599))), text("message"), text("content_type"), text("body"),
		flag("echo", false), text("trigger", isHeaderName),
	)
	termination.Custom = validTermination
	return map[string]plugin{
		"cors":           {noConsumer: true, config: schema.NewRecord(cors...)},
		"ip-restriction": ipPlugin,
		"rate-limiting":  rateLimiting(v3),
		"correlation-id": {config: schema.NewRecord(
			textOr("header_name", "Kong-Request-ID"), generator, flag("echo_downstream", false),
		)},
		"request-size-limiting": {config: schema.NewRecord(
			integer("allowed_payload_size", 128.0),
			required(textOr("size_unit", "megabytes", schema.OneOf("megabytes", "kilobytes", "bytes"))),
			flag("require_content_length", false),
		)},
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
	content, body := !schema.IsEmpty(config["content_type"]), !schema.IsEmpty(config["body"])
	switch {
	case !schema.IsEmpty(config["message"]) && (content || body):
		return "message cannot be used with content_type or body"
	case content && !body:
		return "content_type requires a body"
	case config["echo"] == true && (content || body):
		return "echo cannot be used with content_type and body"
	}
	return ""
}

func rateLimiting(v3 bool) plugin {
	var fields []schema.Field
	var paths []string
	for _, period := range periods {
		fields = append(fields, num(period, nil, schema.Above(0)))
		paths = append(paths, "config."+period)
	}
	policy := textOr("policy", "local", schema.OneOf("local", "cluster", "redis"))
	if !v3 {
		policy.Default = "cluster"
	}
	policy.CanEmpty = true
	password := text("password")
	password.CanEmpty = true
	fields = append(fields,
		textOr("limit_by", "consumer", schema.OneOf("consumer", "credential", "ip", "service", "header", "path")),
		text("header_name", isHeaderName), text("path", isPath...), policy,
		flag("fault_tolerant", true), flag("hide_client_headers", false))
	p := plugin{rules: []schema.Rule{schema.AtLeastOneOf(paths...)}}
	redis := "config.redis."
	if v3 {
		fields = append(fields,
			recordField("redis", text("host", isHost), integer("port", 6379.0, schema.Between(0, 65535)),
				integer("timeout", 2000.0, schema.Between(0, 1<<31-2)), text("username"), password, integer("database", 0.0),
				boolean("ssl", false), boolean("ssl_verify", false),
				text("server_name", isSNI)),
			num("error_code", 429.0, schema.Above(0)), textOr("error_message", "API rate limit exceeded"),
			required(num("sync_rate", -1.0)))
	} else {
		redis = "config.redis_"
		password.Name = "redis_password"
		fields = append(fields, text("redis_host", isHost), integer("redis_port", 6379.0, schema.Between(0, 65535)), password,
			text("redis_username"), flag("redis_ssl", false), flag("redis_ssl_verify", false), text("redis_server_name", isSNI),
			num("redis_timeout", 2000.0), integer("redis_database", 0.0))
	}
	p.config = schema.NewRecord(fields...)
	p.config.Custom = func(config map[string]any) string { return validLimits(config, v3) }
	if v3 {
		p.config.Shadows = redisShadows()
	}
	for _, name := range []string{"host", "port", "timeout"} {
		p.rules = append(p.rules, schema.When("config.policy", schema.Is("redis"), redis+name, schema.MustBeSet))
	}
	p.rules = append(p.rules,
		schema.When("config.limit_by", schema.Is("header"), "config.header_name", schema.MustBeSet),
		schema.When("config.limit_by", schema.Is("path"), "config.path", schema.MustBeSet))
	return p
}

// redisShadows returns the former names of the settings of Redis. Kong 3.8 renamed them, and still shows the former names.
func redisShadows() []schema.Shadow {
	kinds := map[string]schema.Kind{
		"host": schema.StringKind, "port": schema.IntegerKind, "timeout": schema.IntegerKind, "database": schema.IntegerKind,
		"username": schema.StringKind, "password": schema.StringKind, "server_name": schema.StringKind,
		"ssl": schema.BooleanKind, "ssl_verify": schema.BooleanKind,
	}
	var shadows []schema.Shadow
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		shadows = append(shadows, schema.Shadow{Name: "redis_" + name, Kind: kinds[name], Path: [2]string{"redis", name}})
	}
	return shadows
}

// validLimits returns Kong's message if the limit of a longer period is lower than that of a shorter one, or if sync_rate does
// not fit the policy.
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
