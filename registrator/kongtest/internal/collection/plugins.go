package collection

import (
	"maps"
	"slices"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

var (
	httpProtocols = []any{"grpc", "grpcs", "http", "https"}
	bundled       = []string{
		"jwt", "acl", "correlation-id", "cors", "oauth2", "tcp-log", "udp-log", "file-log", "http-log", "key-auth", "hmac-auth",
		"basic-auth", "ip-restriction", "request-transformer", "response-transformer", "request-size-limiting", "rate-limiting",
		"response-ratelimiting", "syslog", "loggly", "datadog", "ldap-auth", "statsd", "bot-detection", "aws-lambda",
		"request-termination", "prometheus", "proxy-cache", "session", "acme", "grpc-gateway", "grpc-web", "pre-function",
		"post-function", "azure-functions", "zipkin",
	}
	bundledSince3 = []string{
		"opentelemetry", "ai-proxy", "ai-prompt-decorator", "ai-prompt-template", "ai-prompt-guard", "ai-request-transformer",
		"ai-response-transformer", "standard-webhooks", "redirect",
	}
)

// plugin holds what one plugin adds to the schema of all plugins.
type plugin struct {
	config     *schema.Record // nil: any configuration is accepted and shown unchanged
	rules      []schema.Rule
	noConsumer bool
	everywhere bool  // it works on streams, too
	protocols  []any // the default; nil: the HTTP protocols
}

// IsHTTP reports whether a protocol of a route is HTTP or gRPC.
func IsHTTP(protocol any) bool { return slices.Contains(httpProtocols, protocol) }

// PluginNames returns the names of the bundled plugins, in Kong's order.
func PluginNames(v3 bool) []string {
	if v3 {
		return append(append([]string(nil), bundled...), bundledSince3...)
	}
	return bundled
}

func newPlugins(v3 bool) *schema.Schema {
	s := &schema.Schema{Name: "plugins", Decides: "name", CacheKey: []string{"name", "route", "service", "consumer"}}
	s.Fields = append(headSince3(v3, schema.AutoSeconds),
		needed(text("name")),
		cascading(foreign("route", "routes")),
		cascading(foreign("service", "services")),
		cascading(foreign("consumer", "consumers")),
		recordField("config"),
		pluginProtocols(protocols, httpProtocols),
		flag("enabled", true),
		tagsField(v3),
	)
	if v3 {
		s.KeyField = "instance_name"
		s.Fields = append(s.Fields, unique(text("instance_name", isName)))
	}
	variants := make(map[string]*schema.Variant)
	known := authPlugins(v3)
	maps.Copy(known, trafficPlugins(v3))
	maps.Copy(known, transformerPlugins())
	maps.Copy(known, logPlugins(v3))
	for _, name := range PluginNames(v3) {
		variants[name] = known[name].variant()
	}
	s.Variant = func(values map[string]any) (*schema.Variant, string) {
		name, _ := values["name"].(string)
		if v := variants[name]; v != nil {
			return v, ""
		}
		return nil, "plugin '" + lua.Number(values["name"]) +
			"' not enabled; add it to the 'plugins' configuration property"
	}
	return s
}

func pluginProtocols(allowed, def []any) schema.Field {
	return needed(set("protocols", def, schema.OneOf(allowed...)))
}

func (p plugin) variant() *schema.Variant {
	v := &schema.Variant{Fields: make(map[string]*schema.Field), Rules: p.rules}
	config := &schema.Field{Name: "config", Kind: schema.RecordKind, Required: true, Record: p.config}
	if p.config == nil {
		config = &schema.Field{Name: "config", Kind: schema.AnyKind, Required: true, Default: map[string]any{}}
	}
	v.Fields["config"] = config
	if p.noConsumer {
		v.Fields["consumer"] = &schema.Field{Name: "consumer", Kind: schema.ForeignKind, Ref: "consumers", MustNull: true}
	}
	if p.config != nil && !p.everywhere {
		limited := pluginProtocols(httpProtocols, httpProtocols)
		v.Fields["protocols"] = &limited
	}
	if p.protocols != nil {
		other := pluginProtocols(protocols, p.protocols)
		v.Fields["protocols"] = &other
	}
	return v
}
