package collection

import (
	"maps"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

var (
	bundled = []string{
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

// PluginNames returns the names of the bundled plugins, in Kong's order.
func PluginNames(v3 bool) []string {
	if v3 {
		return append(append([]string(nil), bundled...), bundledSince3...)
	}
	return bundled
}

func newPlugins(v3 bool) *schema.Schema {
	s := &schema.Schema{Name: "plugins", Decides: "name", CacheKey: []string{"name", "route", "service", "consumer"}}
	s.Fields = append(commonFieldsSince3(v3, schema.AutoSeconds),
		required(text("name")),
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
