package collection

import "github.com/microkubes/microkubes-go/registrator/kongtest/internal/db"

// Definitions returns the definitions of the tables that hold the collections.
func Definitions(v3 bool) []db.Definition {
	schemas := Schemas(v3)
	definitions := make([]db.Definition, len(schemas))
	for i, one := range schemas {
		def := db.Definition{Name: one.Name, Together: one.CacheKey}
		for _, f := range one.Fields {
			if f.Unique {
				def.Unique = append(def.Unique, f.Name)
			}
		}
		for _, f := range one.Foreign {
			def.References = append(def.References, db.Reference{Field: f.Name, Table: f.Ref, Cascade: f.Cascade})
		}
		def.Encode = func(values map[string]any) []byte {
			return one.AppendJSON(make([]byte, 0, 1024), values, one.VariantOf(values))
		}
		definitions[i] = def
	}
	return definitions
}
