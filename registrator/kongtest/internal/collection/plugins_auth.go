package collection

import (
	"slices"

	"github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"
)

// authPlugins returns the plugins that identify or admit clients.
func authPlugins(v3 bool) map[string]plugin {
	realm := func(fields ...schema.Field) *schema.Record {
		if v3 {
			fields = append(fields, text("realm"))
		}
		return schema.NewRecord(fields...)
	}
	basic := []schema.Field{text("anonymous"), flag("hide_credentials", false)}
	acl := []schema.Field{list("allow", nil), list("deny", nil), flag("hide_groups_header", false)}
	if v3 {
		basic = append(basic, required(textOr("realm", "service")))
		acl = append(acl, flag("always_use_authenticated_groups", false))
	}
	hmacs := []any{"hmac-sha1", "hmac-sha256", "hmac-sha384", "hmac-sha512"}
	aclConfig, bots := schema.NewRecord(acl...), schema.NewRecord(
		list("allow", []any{}, isRegex), list("deny", []any{}, isRegex),
	)
	if !v3 {
		aclConfig.Shorthands, bots.Shorthands = formerNames(), formerNames()
	}
	return map[string]plugin{
		"key-auth": {noConsumer: true, config: realm(
			required(list("key_names", []any{"apikey"}, isHeaderName)), flag("hide_credentials", false), text("anonymous"),
			flag("key_in_header", true), flag("key_in_query", true), flag("key_in_body", false), flag("run_on_preflight", true))},
		"basic-auth": {noConsumer: true, config: schema.NewRecord(basic...)},
		"hmac-auth": {noConsumer: true, config: realm(
			flag("hide_credentials", false), num("clock_skew", 300.0, schema.Above(0)), text("anonymous"),
			flag("validate_request_body", false), list("enforce_headers", []any{}),
			list("algorithms", hmacs, schema.OneOf(hmacs...)))},
		"acl": {noConsumer: true, config: aclConfig, rules: []schema.Rule{
			schema.OnlyOneOf("config.allow", "config.deny"), schema.AtLeastOneOf("config.allow", "config.deny"),
		}},
		"jwt": {noConsumer: true, config: realm(
			set("uri_param_names", []any{"jwt"}), set("cookie_names", []any{}), textOr("key_claim_name", "iss"),
			flag("secret_is_base64", false), set("claims_to_verify", nil, schema.OneOf("exp", "nbf")), text("anonymous"),
			flag("run_on_preflight", true), num("maximum_expiration", 0.0, schema.Between(0, 31536000)),
			set("header_names", []any{"authorization"})),
			rules: []schema.Rule{
				schema.When("config.maximum_expiration", isPositive, "config.claims_to_verify", verifiesExpiry),
			}},
		"bot-detection": {noConsumer: true, config: bots},
	}
}

// formerNames returns the names that allow and deny had before Kong 3.
func formerNames() []schema.Shorthand {
	return []schema.Shorthand{
		{Name: "blacklist", Kind: schema.AnyKind, Expand: renamed("deny")},
		{Name: "whitelist", Kind: schema.AnyKind, Expand: renamed("allow")},
	}
}

func renamed(name string) func(value any) map[string]any {
	return func(value any) map[string]any { return map[string]any{name: value} }
}

func isPositive(value any) bool {
	n, ok := value.(float64)
	return ok && n > 0
}

// verifiesExpiry accepts a list of claims to verify if it includes exp.
func verifiesExpiry(value any) string {
	claims, _ := value.([]any)
	if claims == nil || slices.Contains(claims, any("exp")) { // Kong also accepts null
		return ""
	}
	return "expected to contain: exp"
}
