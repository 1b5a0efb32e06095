package kongtest

import (
	"strconv"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/uri"
)

func newServices(v3 bool) *schema {
	timeout := func(name string) field {
		return field{name: name, kind: anInteger, def: 60000.0, checks: []check{between(1, 1<<31-2)}}
	}
	s := &schema{name: "services", keyField: "name"}
	s.fields = append(head(autoSeconds),
		field{name: "name", kind: aString, unique: true, checks: []check{isName}},
		field{name: "retries", kind: anInteger, def: 5.0, checks: []check{between(0, 32767)}},
		field{name: "protocol", kind: aString, required: true, def: "http", checks: []check{oneOf(protocols...)}},
		field{name: "host", kind: aString, required: true, checks: []check{isHost}},
		field{name: "port", kind: anInteger, required: true, def: 80.0, checks: []check{between(0, 65535)}},
		field{name: "path", kind: aString, checks: isPath},
		timeout("connect_timeout"), timeout("write_timeout"), timeout("read_timeout"),
		tagsField(v3),
		field{name: "client_certificate", kind: aForeign, ref: "certificates"},
		field{name: "tls_verify", kind: aBoolean},
		field{name: "tls_verify_depth", kind: anInteger, checks: []check{between(0, 64)}},
		field{name: "ca_certificates", kind: anArray, elem: &field{kind: aString, checks: []check{isUUID}}},
		field{name: "enabled", kind: aBoolean, required: true, def: true},
	)
	s.shorthands = []shorthand{{name: "url", kind: aString, expand: expandURL}}
	plain := is("http", "grpc", "grpcs", "tcp", "udp", "tls_passthrough", "tls")
	if v3 {
		plain = is("http", "grpc", "grpcs", "tcp", "udp", "tls_passthrough")
	}
	s.rules = []rule{
		when("protocol", is("tcp", "tls", "udp", "grpc", "grpcs"), "path", mustBeNull),
		when("protocol", plain, "client_certificate", mustBeNull),
		when("protocol", plain, "tls_verify", mustBeNull),
		when("protocol", plain, "tls_verify_depth", mustBeNull),
		when("protocol", plain, "ca_certificates", mustBeNull),
	}
	return s
}

// expandURL takes the parts of a service out of its url. They win over what is given beside it.
func expandURL(value any) map[string]any {
	text, ok := value.(string)
	if !ok {
		text = "userdata: NULL" // so is null in Lua
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
