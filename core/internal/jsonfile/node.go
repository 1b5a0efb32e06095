// Package jsonfile reads JSON files that operators write. Each value knows its line and its field, so that an error can name
// them. Package strictjson, which reads what clients send, does not know places.
package jsonfile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Node is a JSON value and its place.
type Node struct {
	Kind    json.Delim // '{' for an object, '[' for an array, 0 for any other value
	Scalar  json.Token // if Kind is 0: a string, a json.Number, a bool, or nil for null
	Members []Member   // of an object, or the elements of an array, which have no names

	Path  string // the field, such as policies[3].conditions; empty: the root
	Line  int
	Place string // replaces the line in errors of a value that is not in the file
}

// Member is a member of an object.
type Member struct {
	Name string
	Node *Node
}

// Get returns the member of an object with that name, or nil. The members of a nil Node are nil.
func (n *Node) Get(name string) *Node {
	if n == nil || n.Kind != '{' {
		return nil
	}
	i := slices.IndexFunc(n.Members, func(m Member) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	return n.Members[i].Node
}

// IsNull reports whether the value is null.
func (n *Node) IsNull() bool { return n.Kind == 0 && n.Scalar == nil }

// Errorf returns an error with the place of the value.
func (n *Node) Errorf(format string, args ...any) error {
	place := n.Place
	if place == "" {
		place = fmt.Sprintf("line %d", n.Line)
	}
	if n.Path != "" {
		place += ": " + n.Path
	}
	return fmt.Errorf("%s: %w", place, fmt.Errorf(format, args...))
}

// Mistyped returns the error of a value that is not what it must be, such as "a string" or "an array of strings". It says how to
// write the value.
func (n *Node) Mistyped(want string) error {
	_, isText := n.Scalar.(string)
	how := ""
	switch {
	case n.Place != "": // a variable has neither quotation marks nor brackets
	case want == "a string" && n.Kind == 0 && !n.IsNull():
		how = ": write it in quotation marks"
	case want == "an object" && !n.IsNull():
		how = ": write its fields in { }"
	case want == "an array of strings" && isText, want == "an array of objects" && n.Kind == '{':
		how = ": write it in [ ]"
	case isText && (want == "true or false" || strings.HasPrefix(want, "a number")):
		how = ", without quotation marks"
	}
	return n.Errorf("must be %s%s", want, how)
}

// Text returns the text of a string.
func (n *Node) Text() (string, error) {
	s, ok := n.Scalar.(string)
	if !ok {
		return "", n.Mistyped("a string")
	}
	return s, nil
}

// Texts returns the elements of an array of strings. null is an empty array.
func (n *Node) Texts() (all []string, err error) {
	if n.IsNull() {
		return nil, nil
	}
	if n.Kind != '[' {
		return nil, n.Mistyped("an array of strings")
	}
	for _, m := range n.Members {
		s, err := m.Node.Text()
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Policies compiles the policies in a part of a larger file and returns an *acl.Policies. Package acl sets it, so that its errors
// have the places of that file.
var Policies func(n *Node) (any, error)
