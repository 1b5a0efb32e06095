package collection

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"

// plugin holds what one plugin adds to the schema of all plugins.
type plugin struct {
	config     *schema.Record // nil: any configuration is accepted and shown unchanged
	rules      []schema.Rule
	noConsumer bool
	everywhere bool  // it works on streams, too
	protocols  []any // the default; nil: the HTTP protocols
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
