package kongtest

import "strings"

// kind is the type of a field, with Kong's names.
type kind int

const (
	aString kind = iota
	anInteger
	aNumber
	aBoolean
	anArray
	aSet
	aMap
	aRecord
	aForeign
	anything // config of plugins without a schema here
)

// automatic fields are set by the gateway.
type automatic int

const (
	byClient automatic = iota
	autoID
	autoSeconds
	autoMillis
)

// field says what one key of an entity, or of a record inside it, may hold.
type field struct {
	name     string
	kind     kind
	required bool
	auto     automatic
	def      any     // default; nil: null
	unique   bool    // no two entities may have the same value
	ref      string  // foreign: the collection it points into
	to       *schema // foreign: of that collection, if it is here
	cascade  bool    // foreign: the entity goes when the other one goes
	elem     *field  // of arrays and sets: the elements; of maps: the values
	key      *field  // of maps
	record   *record // of records
	checks   []check // run in order; the first message counts
	message  string  // instead of the message of a check
	mustNull bool    // nothing but null is allowed
	canEmpty bool    // "" is allowed
}

// check looks at a value of the right type. Its answer is "" or what is wrong.
type check func(value any) string

// record is a set of fields with the rules between them.
type record struct {
	fields     []field
	byName     map[string]*field
	foreign    []*field // those that point at other entities
	shorthands []shorthand
	shadows    []shadow
	rules      []rule
	custom     func(values map[string]any) string // what is wrong with the whole
}

// shorthand is a key of the input that stands for other fields.
type shorthand struct {
	name   string
	kind   kind
	expand func(value any) map[string]any
}

// shadow is the old name of a field: it is accepted instead of it, and shown beside it.
type shadow struct {
	name string
	kind kind
	path [2]string
}

// schema describes a collection.
type schema struct {
	record
	name     string
	keyField string   // the field that may stand for the id in paths; "" when there is none
	cacheKey []string // no two entities may agree in all of these

	// variant finds the rules that depend on the entity, or what is wrong with the field that decides.
	variant func(values map[string]any) (*variant, string)
	decides string
}

// variant replaces fields of a schema and adds rules to it.
type variant struct {
	fields map[string]*field
	rules  []rule
}

func newRecord(fields []field) *record {
	r := &record{fields: fields}
	r.index()
	return r
}

func (r *record) index() {
	r.byName, r.foreign = make(map[string]*field, len(r.fields)), nil
	for i := range r.fields {
		f := &r.fields[i]
		r.byName[f.name] = f
		if f.kind == aForeign {
			r.foreign = append(r.foreign, f)
		}
	}
}

// link indexes the fields of schemas, and points their foreign fields at the schemas that they refer to.
func link(all []*schema) {
	for _, s := range all {
		s.index()
	}
	for _, from := range all {
		for _, f := range from.foreign {
			for _, to := range all {
				if f.ref == to.name {
					f.to = to
				}
			}
		}
	}
}

// at returns a field as the variant has it.
func (r *record) at(name string, v *variant) *field {
	if v != nil {
		if f := v.fields[name]; f != nil {
			return f
		}
	}
	return r.byName[name]
}

// variantOf returns the variant for an entity, nil when there is none.
func (s *schema) variantOf(values map[string]any) *variant {
	if s.variant == nil {
		return nil
	}
	v, _ := s.variant(values)
	return v
}

// plain leaves nothing but the id in foreign fields.
func (s *schema) plain(values map[string]any) {
	for _, f := range s.foreign {
		if object, ok := values[f.name].(map[string]any); ok {
			values[f.name] = map[string]any{"id": strings.ToLower(object["id"].(string))}
		}
	}
}
