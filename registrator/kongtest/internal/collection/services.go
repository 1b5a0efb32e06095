package collection

import (
	"strconv"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

func newServices(v3 bool) *schema.Schema {
	timeout := func(name string) schema.Field {
		return integer(name, 60000.0, schema.Between(1, 1<<31-2))
	}
	s := &schema.Schema{Name: "services", KeyField: "name"}
	s.Fields = append(commonFields(schema.AutoSeconds),
		unique(text("name", isName)),
		integer("retries", 5.0, schema.Between(0, 32767)),
		required(textOr("protocol", "http", schema.OneOf(protocols...))),
		required(text("host", isHost)),
		required(integer("port", 80.0, schema.Between(0, 65535))),
		text("path", isPath...),
		timeout("connect_timeout"), timeout("write_timeout"), timeout("read_timeout"),
		tagsField(v3),
		foreign("client_certificate", "certificates"),
		boolean("tls_verify", nil),
		integer("tls_verify_depth", nil, schema.Between(0, 64)),
		list("ca_certificates", nil, schema.IsUUID),
		flag("enabled", true),
	)
	s.Shorthands = []schema.Shorthand{{Name: "url", Kind: schema.StringKind, Expand: expandURL}}
	plain := schema.Is("http", "grpc", "grpcs", "tcp", "udp", "tls_passthrough", "tls")
	if v3 {
		plain = schema.Is("http", "grpc", "grpcs", "tcp", "udp", "tls_passthrough")
	}
	s.Rules = []schema.Rule{
		schema.When("protocol", schema.Is("tcp", "tls", "udp", "grpc", "grpcs"), "path", schema.MustBeNull),
		schema.When("protocol", plain, "client_certificate", schema.MustBeNull),
		schema.When("protocol", plain, "tls_verify", schema.MustBeNull),
		schema.When("protocol", plain, "tls_verify_depth", schema.MustBeNull),
		schema.When("protocol", plain, "ca_certificates", schema.MustBeNull),
	}
	return s
}

// expandURL returns the fields that the shorthand url sets. They override fields of the same request.
func expandURL(value any) map[string]any {
	text, ok := value.(string)
	if !ok {
		text = "userdata: NULL" // Lua's text for null
	}
	parsed := uri.ParseURL(text)
	parts := map[string]any{"protocol": "http", "host": nil, "port": 80.0, "path": nil}
	port, err := strconv.ParseFloat(parsed.Port, 64)
	switch {
	case parsed.Scheme != "":
		parts["protocol"] = parsed.Scheme
	case err == nil && port == 443:
		parts["protocol"] = "https"
	}
	switch {
	case err == nil:
		parts["port"] = port
	case parsed.Port != "":
		parts["port"] = parsed.Port
	case parts["protocol"] == "https":
		parts["port"] = 443.0
	}
	if parsed.Host != "" {
		parts["host"] = parsed.Host
	}
	if parsed.Path != "" {
		parts["path"] = parsed.Path
	}
	return parts
}
