package collection

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"

// plugin describes what one plugin adds to the schema that all plugins share.
type plugin struct {
	config     *schema.Record // nil: every configuration is valid, and shown unchanged
	rules      []schema.Rule
	noConsumer bool  // it cannot be limited to a consumer
	onStreams  bool  // it also handles streams
	protocols  []any // the default of the field protocols; nil: the HTTP protocols
}

func pluginProtocols(allowed, def []any) schema.Field {
	return required(set("protocols", def, schema.OneOf(allowed...)))
}

// variant returns the variant of the schema for the plugin.
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
	if p.config != nil && !p.onStreams {
		limited := pluginProtocols(httpProtocols, httpProtocols)
		v.Fields["protocols"] = &limited
	}
	if p.protocols != nil {
		other := pluginProtocols(protocols, p.protocols)
		v.Fields["protocols"] = &other
	}
	return v
}
