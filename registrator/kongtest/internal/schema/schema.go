// Package schema describes entities as Kong's schemas do: the fields of a collection, their defaults, and which values are valid.
// It adds defaults to entities, validates, merges and encodes them. It defines no collection itself.
package schema

import "strings"

// Kind is the type of a field.
type Kind int

// The types of fields that Kong has.
const (
	StringKind Kind = iota
	IntegerKind
	NumberKind
	BooleanKind
	ArrayKind
	SetKind
	MapKind
	RecordKind
	ForeignKind
	AnyKind // the config of a plugin without a schema
)

// Automatic is the way in which the gateway sets a field that the client does not set.
type Automatic int

// The gateway sets ids and times. All other fields are set by the client.
const (
	byClient Automatic = iota
	AutoID
	AutoSeconds // a time in seconds
	AutoMillis  // a time in seconds, with milliseconds
)

// Field describes one key of an entity or of a record inside it.
type Field struct {
	Name     string
	Kind     Kind
	Required bool
	Auto     Automatic
	Default  any     // nil: the default is null
	Unique   bool    // no two entities have the same value
	Ref      string  // foreign: the collection it refers to
	to       *Schema // foreign: the schema of that collection, if there is one
	Cascade  bool    // foreign: deleting the other entity also deletes this one
	Elem     *Field  // array, set: the elements; map: the values
	Key      *Field  // map: the keys
	Record   *Record // record: its fields
	Checks   []Check // run in order, up to the first message
	Message  string  // replaces the message of a check
	MustNull bool    // only null is allowed
	CanEmpty bool    // "" is allowed
}

// Check returns Kong's message about a value of the type of its field. It returns "" if the value is valid.
type Check func(value any) string

// Mode is the kind of a write.
type Mode int

// The kinds of writes: POST, PUT and PATCH.
const (
	Inserting Mode = iota
	Upserting
	Updating
)

// Ruling is the validation of an entity. Rules add messages to it.
type Ruling struct {
	Values map[string]any
	Errs   map[string]any // by field; "@entity" holds the list of messages about the entity as a whole
	mode   Mode
}

// Rule is a check of an entity that involves several fields.
type Rule func(in *Ruling)

// Record is a list of fields, with rules between them.
type Record struct {
	Fields     []Field
	ByName     map[string]*Field
	Foreign    []*Field // the fields that refer to other entities
	Shorthands []Shorthand
	Shadows    []Shadow
	Rules      []Rule
	Custom     func(values map[string]any) string // a check of the whole record
}

// Shorthand is a key of the input that sets other fields.
type Shorthand struct {
	Name   string
	Kind   Kind
	Expand func(value any) map[string]any
}

// Shadow is the former name of a field in a record. Clients may send it in place of the field. Entities show both.
type Shadow struct {
	Name string
	Kind Kind
	Path [2]string
}

// Schema describes a collection.
type Schema struct {
	Record
	Name     string
	KeyField string   // the field whose value may replace the id in paths; "": none
	CacheKey []string // no two entities have the same values in all of these

	// Variant returns the variant of an entity, or Kong's message about the field Decides. nil: the schema has no variants.
	Variant func(values map[string]any) (*Variant, string)
	Decides string // the field that determines the variant
}

// Variant replaces fields of a schema and adds rules.
type Variant struct {
	Fields map[string]*Field
	Rules  []Rule
}

// NewRecord returns a record with fields.
func NewRecord(fields ...Field) *Record {
	r := &Record{Fields: fields}
	r.index()
	return r
}

func (r *Record) index() {
	r.ByName, r.Foreign = make(map[string]*Field, len(r.Fields)), nil
	for i := range r.Fields {
		f := &r.Fields[i]
		r.ByName[f.Name] = f
		if f.Kind == ForeignKind {
			r.Foreign = append(r.Foreign, f)
		}
	}
}

// Link indexes the fields of schemas, and connects foreign fields to the schemas that they refer to. It must be called before the
// schemas are used.
func Link(all []*Schema) {
	for _, s := range all {
		s.index()
	}
	for _, from := range all {
		for _, f := range from.Foreign {
			for _, to := range all {
				if f.Ref == to.Name {
					f.to = to
				}
			}
		}
	}
}

// at returns the field with a name, from v if v replaces it. It is nil if there is none. v may be nil.
func (r *Record) at(name string, v *Variant) *Field {
	if v != nil {
		if f := v.Fields[name]; f != nil {
			return f
		}
	}
	return r.ByName[name]
}

// VariantOf returns the variant of an entity. It is nil if there is none.
func (s *Schema) VariantOf(values map[string]any) *Variant {
	if s.Variant == nil {
		return nil
	}
	v, _ := s.Variant(values)
	return v
}

// ReduceForeign replaces the values of foreign fields, which must be valid, by references with the id alone, in lower case.
func (s *Schema) ReduceForeign(values map[string]any) {
	for _, f := range s.Foreign {
		if object, ok := values[f.Name].(map[string]any); ok {
			values[f.Name] = map[string]any{"id": strings.ToLower(object["id"].(string))}
		}
	}
}
