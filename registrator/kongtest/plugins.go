package kongtest

import (
	"maps"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/lua"
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

// plugin is what a plugin adds to the schema of plugins.
type plugin struct {
	config     *record // nil: any configuration, which comes back as it was sent
	rules      []rule
	noConsumer bool
	everywhere bool  // for streams, too
	protocols  []any // default; nil: the HTTP protocols
}

func pluginNames(v3 bool) []string {
	if v3 {
		return append(append([]string(nil), bundled...), bundledSince3...)
	}
	return bundled
}

func newPlugins(v3 bool) *schema {
	s := &schema{name: "plugins", decides: "name", cacheKey: []string{"name", "route", "service", "consumer"}}
	s.fields = append(headSince3(v3, autoSeconds),
		field{name: "name", kind: aString, required: true},
		field{name: "route", kind: aForeign, ref: "routes", cascade: true},
		field{name: "service", kind: aForeign, ref: "services", cascade: true},
		field{name: "consumer", kind: aForeign, ref: "consumers", cascade: true},
		field{name: "config", kind: aRecord, required: true, record: newRecord(nil)},
		pluginProtocols(protocols, httpProtocols),
		field{name: "enabled", kind: aBoolean, required: true, def: true},
		tagsField(v3),
	)
	if v3 {
		s.keyField = "instance_name"
		s.fields = append(s.fields, field{name: "instance_name", kind: aString, unique: true, checks: []check{isName}})
	}
	variants := make(map[string]*variant)
	known := authPlugins(v3)
	maps.Copy(known, trafficPlugins(v3))
	maps.Copy(known, transformerPlugins())
	maps.Copy(known, logPlugins(v3))
	for _, name := range pluginNames(v3) {
		variants[name] = known[name].variant()
	}
	s.variant = func(values map[string]any) (*variant, string) {
		name, _ := values["name"].(string)
		if v := variants[name]; v != nil {
			return v, ""
		}
		return nil, "plugin '" + lua.Number(values["name"]) +
			"' not enabled; add it to the 'plugins' configuration property"
	}
	return s
}

func pluginProtocols(allowed, def []any) field {
	return field{name: "protocols", kind: aSet, required: true, def: def,
		elem: &field{kind: aString, checks: []check{oneOf(allowed...)}}}
}

func (p plugin) variant() *variant {
	v := &variant{fields: make(map[string]*field), rules: p.rules}
	config := &field{name: "config", kind: aRecord, required: true, record: p.config}
	if p.config == nil {
		config = &field{name: "config", kind: anything, required: true, def: map[string]any{}}
	}
	v.fields["config"] = config
	if p.noConsumer {
		v.fields["consumer"] = &field{name: "consumer", kind: aForeign, ref: "consumers", mustNull: true}
	}
	if p.config != nil && !p.everywhere {
		limited := pluginProtocols(httpProtocols, httpProtocols)
		v.fields["protocols"] = &limited
	}
	if p.protocols != nil {
		other := pluginProtocols(protocols, p.protocols)
		v.fields["protocols"] = &other
	}
	return v
}
