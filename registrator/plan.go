package registrator

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Plan is what Register would write, in that order. It marshals to JSON.
type Plan struct {
	Gateway string   `json:"gateway"` // the gateway's version
	Changes []Change `json:"changes"`
}

// Change is one write.
type Change struct {
	Action Action       `json:"action"`
	Entity string       `json:"entity"` // "route hello-service"
	Fields []Difference `json:"fields,omitempty"`

	write *write // behind a pointer, so that no verb of package fmt prints it
}

// write is the request of a change.
type write struct {
	method, path string
	body         map[string]any // with the values that a Difference leaves out
}

// Action is what a change does to its entity.
type Action string

// The actions. Update touches the named fields and no others.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Difference is a field of an entity that a change sets. The values of a plugin's configuration are left out, since they
// may be secrets.
type Difference struct {
	Field string `json:"field"`
	From  any    `json:"from,omitempty"` // nil for a new entity
	To    any    `json:"to,omitempty"`
}

// String is the plan as text, a line for each change.
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

// String is the change on one line: "update route hello: paths [/a] -> [/b]".
func (c Change) String() string {
	text := string(c.Action) + " " + c.Entity
	for i, d := range c.Fields {
		separator := ", "
		if i == 0 {
			separator = ": "
		}
		text += separator + d.Field
		switch {
		case d.From == nil && d.To == nil: // a value that is not shown, or none
		case c.Action == Update:
			text += " " + show(d.From) + " -> " + show(d.To)
		default:
			text += " " + show(d.To)
		}
	}
	return text
}

// hide takes secrets out of what the gateway said that it has.
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
