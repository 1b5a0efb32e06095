package collection

import (
	"regexp"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

func newRoutes(v3 bool) *schema.Schema {
	s := &schema.Schema{Name: "routes", KeyField: "name", Decides: "protocols"}
	sni := isSNI
	if v3 {
		sni = isWildcardSNI
	}
	agreeing := required(set("protocols", []any{"http", "https"}, schema.OneOf(protocols...)))
	agreeing.Checks = []schema.Check{agreeingProtocols}
	s.Fields = append(commonFields(schema.AutoSeconds),
		unique(text("name", isName)),
		agreeing,
		required(integer("https_redirect_status_code", 426.0, schema.OneOf(426.0, 301.0, 302.0, 307.0, 308.0))),
		flag("strip_path", true),
		flag("preserve_host", false),
		flag("request_buffering", true),
		flag("response_buffering", true),
		tagsField(v3),
		foreign("service", "services"),
		set("snis", nil, sni),
		endpointsField("sources"), endpointsField("destinations"),
		set("methods", nil, schema.Pattern("^[A-Z]+$", "invalid value: %s")),
		list("hosts", nil,
			schema.Pattern(`^[^*]*\*?[^*]*$`, "invalid wildcard: must have at most one wildcard"),
			schema.Pattern(`^\*\.|\.\*$|^[^*]*$`, "invalid wildcard: must be placed at leftmost or rightmost label"),
			isRouteHost),
		list("paths", nil, routePaths(v3)...),
		mapOf("headers", list("", nil),
			schema.Without("^(?i:host)$", "cannot contain 'host' header, which must be specified in the 'hosts' attribute"),
			isHeaderName),
		integer("regex_priority", 0.0),
		textOr("path_handling", "v0", schema.OneOf("v0", "v1")),
	)
	s.Rules = []schema.Rule{snisNeedTLS}
	if v3 {
		s.Rules = append(s.Rules, routable)
	}
	kinds := routeVariants()
	s.Variant = func(values map[string]any) (*schema.Variant, string) { return routeVariant(kinds, values["protocols"]) }
	return s
}

// endpointsField returns the field sources or destinations, which matches streams. kongtest stores it, but serves no streams.
func endpointsField(name string) schema.Field {
	endpoint := schema.NewRecord(
		text("ip", isIPOrCIDR), integer("port", nil, schema.Between(0, 65535)),
	)
	endpoint.Rules = []schema.Rule{schema.AtLeastOneOf("ip", "port")}
	return schema.Field{Name: name, Kind: schema.SetKind, Elem: &schema.Field{Kind: schema.RecordKind, Record: endpoint}}
}

var protocolSets = [][]string{{"http", "https"}, {"tcp", "tls", "udp"}, {"tls_passthrough"}, {"grpc", "grpcs"}}

// agreeingProtocols accepts a list of protocols that belong to one of protocolSets.
func agreeingProtocols(value any) string {
	list := value.([]any)
	if len(list) == 0 {
		return "length must be at least 1"
	}
	var sets []string
	for _, p := range list {
		for _, set := range protocolSets {
			text := "(" + schema.Quoted(set) + ")"
			if strings.Contains(text, "'"+p.(string)+"'") && !slices.Contains(sets, text) {
				sets = append(sets, text)
			}
		}
	}
	if len(sets) > 1 {
		return "these sets are mutually exclusive: " + strings.Join(sets, ", ")
	}
	return ""
}

// snisNeedTLS refuses snis without a protocol that has TLS.
func snisNeedTLS(in *schema.Ruling) {
	snis, _ := in.Values["snis"].([]any)
	list, _ := in.Values["protocols"].([]any)
	if len(snis) > 0 && !slices.ContainsFunc(list, schema.Is("grpcs", "https", "tls", "tls_passthrough")) {
		in.Blame("snis", "length must be 0")
		in.Fail("'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'")
	}
}

// routable refuses routes that are valid by the schema but that the router of Kong 3 cannot compile: those with lookaheads or
// backreferences in regular expressions, and those with a header without values. The text after "failed validation" differs
// from Kong's, which comes from another library.
func routable(in *schema.Ruling) {
	headers, _ := in.Values["headers"].(map[string]any)
	for _, values := range headers {
		if list, isList := values.([]any); isList && len(list) == 0 {
			in.Fail("Router Expression failed validation: expected a field")
			return
		}
	}
	paths, _ := in.Values["paths"].([]any)
	for _, path := range paths {
		text, _ := path.(string)
		expression, isRegex := strings.CutPrefix(text, "~")
		if !isRegex || in.Errs["paths"] != nil {
			continue
		}
		if _, err := regexp.Compile(expression); err != nil {
			in.Fail("Router Expression failed validation: regex parse error: " + expression)
		}
	}
}
