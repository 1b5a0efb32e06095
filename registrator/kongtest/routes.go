package kongtest

import (
	"regexp"
	"slices"
	"strings"
)

func newRoutes(v3 bool) *schema {
	s := &schema{name: "routes", keyField: "name", decides: "protocols"}
	sni := isSNI
	if v3 {
		sni = isWildcardSNI
	}
	s.fields = append(head(autoSeconds),
		field{name: "name", kind: aString, unique: true, checks: []check{isName}},
		field{name: "protocols", kind: aSet, required: true, def: []any{"http", "https"},
			elem: &field{kind: aString, checks: []check{oneOf(protocols...)}}, checks: []check{agreeingProtocols}},
		field{name: "https_redirect_status_code", kind: anInteger, required: true, def: 426.0,
			checks: []check{oneOf(426.0, 301.0, 302.0, 307.0, 308.0)}},
		field{name: "strip_path", kind: aBoolean, required: true, def: true},
		field{name: "preserve_host", kind: aBoolean, required: true, def: false},
		field{name: "request_buffering", kind: aBoolean, required: true, def: true},
		field{name: "response_buffering", kind: aBoolean, required: true, def: true},
		tagsField(v3),
		field{name: "service", kind: aForeign, ref: "services"},
		field{name: "snis", kind: aSet, elem: &field{kind: aString, checks: []check{sni}}},
		endpointsField("sources"), endpointsField("destinations"),
		field{name: "methods", kind: aSet,
			elem: &field{kind: aString, checks: []check{pattern("^[A-Z]+$", "invalid value: %s")}}},
		field{name: "hosts", kind: anArray, elem: &field{kind: aString, checks: []check{
			pattern(`^[^*]*\*?[^*]*$`, "invalid wildcard: must have at most one wildcard"),
			pattern(`^\*\.|\.\*$|^[^*]*$`, "invalid wildcard: must be placed at leftmost or rightmost label"),
			isRouteHost,
		}}},
		field{name: "paths", kind: anArray, elem: &field{kind: aString, checks: routePaths(v3)}},
		field{name: "headers", kind: aMap, elem: &field{kind: anArray, elem: &field{kind: aString}},
			key: &field{kind: aString, checks: []check{
				without("^(?i:host)$", "cannot contain 'host' header, which must be specified in the 'hosts' attribute"),
				isHeaderName,
			}}},
		field{name: "regex_priority", kind: anInteger, def: 0.0},
		field{name: "path_handling", kind: aString, def: "v0", checks: []check{oneOf("v0", "v1")}},
	)
	s.rules = []rule{snisNeedTLS}
	if v3 {
		s.rules = append(s.rules, matchable)
	}
	kinds := routeVariants()
	s.variant = func(values map[string]any) (*variant, string) { return routeVariant(kinds, values["protocols"]) }
	return s
}

// endpointsField is for routes of streams. They are accepted, and not served.
func endpointsField(name string) field {
	endpoint := newRecord([]field{
		{name: "ip", kind: aString, checks: []check{isIPOrCIDR}},
		{name: "port", kind: anInteger, checks: []check{between(0, 65535)}},
	})
	endpoint.rules = []rule{atLeastOneOf("ip", "port")}
	return field{name: name, kind: aSet, elem: &field{kind: aRecord, record: endpoint}}
}

var protocolSets = [][]string{{"http", "https"}, {"tcp", "tls", "udp"}, {"tls_passthrough"}, {"grpc", "grpcs"}}

// agreeingProtocols refuses protocols of different sets.
func agreeingProtocols(value any) string {
	list := value.([]any)
	if len(list) == 0 {
		return "length must be at least 1"
	}
	var sets []string
	for _, p := range list {
		for _, set := range protocolSets {
			text := "(" + quoted(set) + ")"
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

func snisNeedTLS(in *ruling) {
	snis, _ := in.values["snis"].([]any)
	list, _ := in.values["protocols"].([]any)
	if len(snis) > 0 && !slices.ContainsFunc(list, is("grpcs", "https", "tls", "tls_passthrough")) {
		in.blame("snis", "length must be 0")
		in.fail("'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'")
	}
}

// matchable refuses what the router of Kong 3 cannot compile although the schema accepts it: lookaheads and references in its
// regular expressions, and a header without values. The words of the real message are those of another library.
func matchable(in *ruling) {
	headers, _ := in.values["headers"].(map[string]any)
	for _, values := range headers {
		if list, isList := values.([]any); isList && len(list) == 0 {
			in.fail("Router Expression failed validation: expected a field")
			return
		}
	}
	paths, _ := in.values["paths"].([]any)
	for _, path := range paths {
		text, _ := path.(string)
		expression, isRegex := strings.CutPrefix(text, "~")
		if !isRegex || in.errs["paths"] != nil {
			continue
		}
		if _, err := regexp.Compile(expression); err != nil {
			in.fail("Router Expression failed validation: regex parse error: " + expression)
		}
	}
}
