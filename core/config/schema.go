package config

import (
	_ "embed" // the schema
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema returns a JSON Schema (draft 2020-12) of the file, for editors. The reader checks more than a schema can say, such as
// regular expressions, the conditions of policies, and names that occur twice.
func Schema() []byte { return slices.Clone(schema) }
