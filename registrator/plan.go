package registrator

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Plan lists what Register would write, in order. It marshals to JSON.
type Plan struct {
	Gateway string   `json:"gateway"` // the version of the gateway
	Changes []Change `json:"changes"`
}

// Change is one write.
type Change struct {
	Action Action       `json:"action"`
	Entity string       `json:"entity"` // "route hello-service"
	Fields []Difference `json:"fields,omitempty"`

	write *write // a pointer, so that no verb of package fmt prints the body
}

// write is the request of a change.
type write struct {
	method, path string
	body         map[string]any // with the values that Difference omits
}

// Action is what a change does to its entity.
type Action string

// The actions of a Change. Update changes only the fields in Change.Fields.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Difference is a field of an entity that a change sets. The configuration of a plugin has no From and To, because its values
// may be secrets.
type Difference struct {
	Field string `json:"field"`
	From  any    `json:"from,omitempty"` // the value on the gateway; nil for a new entity
	To    any    `json:"to,omitempty"`
}

// String returns the plan as text, with one line for each change.
func (p Plan) String() string {
	if len(p.Changes) == 0 {
		return "nothing to do"
	}
	lines := make([]string, len(p.Changes))
	for i, c := range p.Changes {
		lines[i] = c.String()
	}
	return strings.Join(lines, "\n")
}

// String returns the change on one line: update route hello: paths ["/a"] -> ["/b"].
func (c Change) String() string {
	text := string(c.Action) + " " + c.Entity
	for i, d := range c.Fields {
		separator := ", "
		if i == 0 {
			separator = ": "
		}
		text += separator + d.Field
		switch {
		case d.From == nil && d.To == nil: // no value, or one that is not shown
		case c.Action == Update:
			text += " " + show(d.From) + " -> " + show(d.To)
		default:
			text += " " + show(d.To)
		}
	}
	return text
}

// hide removes secrets from the values of changes. The values that come from the gateway may repeat them.
func (s Service) hide(changes []Change) {
	known := s.scrubber()
	for i := range changes {
		for j, d := range changes[i].Fields {
			changes[i].Fields[j] = Difference{d.Field, known.tree(d.From), known.tree(d.To)}
		}
	}
}

func show(value any) string {
	switch v := value.(type) {
	case nil:
		return "none"
	case string:
		return v
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
