package collection

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/schema"

// flag returns a required boolean.
func flag(name string, def bool) schema.Field { return required(boolean(name, def)) }

func boolean(name string, def any) schema.Field {
	return schema.Field{Name: name, Kind: schema.BooleanKind, Default: def}
}

func text(name string, checks ...schema.Check) schema.Field {
	return schema.Field{Name: name, Kind: schema.StringKind, Checks: checks}
}

func textOr(name, def string, checks ...schema.Check) schema.Field {
	return schema.Field{Name: name, Kind: schema.StringKind, Default: def, Checks: checks}
}

func num(name string, def any, checks ...schema.Check) schema.Field {
	return schema.Field{Name: name, Kind: schema.NumberKind, Default: def, Checks: checks}
}

func integer(name string, def any, checks ...schema.Check) schema.Field {
	return schema.Field{Name: name, Kind: schema.IntegerKind, Default: def, Checks: checks}
}

// list returns an array of strings. Its default is null if def is nil.
func list(name string, def []any, checks ...schema.Check) schema.Field {
	elem := text("", checks...)
	f := schema.Field{Name: name, Kind: schema.ArrayKind, Elem: &elem}
	if def != nil {
		f.Default = def
	}
	return f
}

// set is list for an array without repeated elements.
func set(name string, def []any, checks ...schema.Check) schema.Field {
	f := list(name, def, checks...)
	f.Kind = schema.SetKind
	return f
}

// mapOf returns a map whose values have the type of elem. The checks apply to its keys.
func mapOf(name string, elem schema.Field, checks ...schema.Check) schema.Field {
	key := text("", checks...)
	return schema.Field{Name: name, Kind: schema.MapKind, Key: &key, Elem: &elem}
}

// recordField returns a required record. If a client omits it, its fields have their defaults.
func recordField(name string, fields ...schema.Field) schema.Field {
	return schema.Field{Name: name, Kind: schema.RecordKind, Required: true, Record: schema.NewRecord(fields...)}
}

// foreign returns a reference to an entity of a collection.
func foreign(name, collection string) schema.Field {
	return schema.Field{Name: name, Kind: schema.ForeignKind, Ref: collection}
}

// cascading returns f with Cascade set: deleting the entity that f refers to also deletes the entity that has f.
func cascading(f schema.Field) schema.Field {
	f.Cascade = true
	return f
}

func required(f schema.Field) schema.Field {
	f.Required = true
	return f
}

func unique(f schema.Field) schema.Field {
	f.Unique = true
	return f
}
