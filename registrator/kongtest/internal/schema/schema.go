package schema

import "strings"

// Kind is the type of a field, with Kong's names.
type Kind int

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
	AnyKind // config of plugins without a schema here
)

// Automatic fields are set by the gateway.
type Automatic int

const (
	byClient Automatic = iota
	AutoID
	AutoSeconds
	AutoMillis
)

// Field says what one key of an entity, or of a record inside it, may hold.
type Field struct {
	Name     string
	Kind     Kind
	Required bool
	Auto     Automatic
	Default  any     // default; nil: null
	Unique   bool    // no two entities may have the same value
	Ref      string  // foreign: the collection it points into
	to       *Schema // foreign: of that collection, if it is here
	Cascade  bool    // foreign: the entity goes when the other one goes
	Elem     *Field  // of arrays and sets: the elements; of maps: the values
	Key      *Field  // of maps
	Record   *Record // of records
	Checks   []Check // run in order; the first message counts
	Message  string  // instead of the message of a check
	MustNull bool    // nothing but null is allowed
	CanEmpty bool    // "" is allowed
}

// Check looks at a value of the right type. Its answer is "" or what is wrong.
type Check func(value any) string

// Record is a set of fields with the rules between them.
type Record struct {
	Fields     []Field
	ByName     map[string]*Field
	Foreign    []*Field // those that point at other entities
	Shorthands []Shorthand
	Shadows    []Shadow
	Rules      []Rule
	Custom     func(values map[string]any) string // what is wrong with the whole
}

// Shorthand is a key of the input that stands for other fields.
type Shorthand struct {
	Name   string
	Kind   Kind
	Expand func(value any) map[string]any
}

// Shadow is the old name of a field: it is accepted instead of it, and shown beside it.
type Shadow struct {
	Name string
	Kind Kind
	Path [2]string
}

// Schema describes a collection.
type Schema struct {
	Record
	Name     string
	KeyField string   // the field that may stand for the id in paths; "" when there is none
	CacheKey []string // no two entities may agree in all of these

	// variant finds the rules that depend on the entity, or what is wrong with the field that decides.
	Variant func(values map[string]any) (*Variant, string)
	Decides string
}

// Variant replaces fields of a schema and adds rules to it.
type Variant struct {
	Fields map[string]*Field
	Rules  []Rule
}

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

// Link indexes the fields of schemas, and points their foreign fields at the schemas that they refer to.
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

// at returns a field as the variant has it.
func (r *Record) at(name string, v *Variant) *Field {
	if v != nil {
		if f := v.Fields[name]; f != nil {
			return f
		}
	}
	return r.ByName[name]
}

// VariantOf returns the variant for an entity, nil when there is none.
func (s *Schema) VariantOf(values map[string]any) *Variant {
	if s.Variant == nil {
		return nil
	}
	v, _ := s.Variant(values)
	return v
}

// ReduceForeign leaves nothing but the id in foreign fields.
func (s *Schema) ReduceForeign(values map[string]any) {
	for _, f := range s.Foreign {
		if object, ok := values[f.Name].(map[string]any); ok {
			values[f.Name] = map[string]any{"id": strings.ToLower(object["id"].(string))}
		}
	}
}
