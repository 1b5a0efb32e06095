package config

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
)

// kind is the type of a field.
type kind int

const (
	text        kind = iota
	texts            // an array of texts that are not empty
	number           // an integer
	flag             // true or false
	object           // an object with the fields of the field
	objects          // an array of objects, whose fields depend on their preset
	policies         // an object or an array that package acl reads
	foreign          // anything: a section that this package does not read
	unsupported      // an object that must have "disable": true
)

// field describes one member of an object: what the reader accepts, what the schema says, and whether there is a variable.
type field struct {
	name string
	kind kind
	doc  string // for the schema

	required bool
	filled   bool     // a text must not be empty, or a list must have an element
	oneOf    []string // the values of a text, or of the elements of a list
	pattern  string   // that a text, or each element of a list, must match
	says     string   // what to write if a text does not match
	min, max int      // of a number; both zero: any

	fields  []field
	presets []preset // of objects

	fixed    bool   // there is no variable
	variable string // replaces the name by rule
}

// checker collects errors.
type checker struct{ errs []error }

const maxErrors = 20

func (c *checker) fail(n *jsonfile.Node, format string, args ...any) {
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, n.Errorf(format, args...))
	}
}

// object checks the members of an object.
func (c *checker) object(n *jsonfile.Node, fields []field) {
	for _, m := range n.Members {
		if len(c.errs) == maxErrors {
			return
		}
		if f := find(fields, m.Name); f != nil {
			c.value(m.Node, f)
		} else if n.Path != "" || !isOwn(m.Name) {
			c.fail(m.Node, "unknown field: %s", advice(m.Name, n.Path, fields))
		}
	}
	for i := range fields {
		if f := &fields[i]; f.required && n.Get(f.name) == nil {
			c.fail(n, "has no %s: add %s", f.name, f.words())
		}
	}
}

// isOwn reports whether a member of the file belongs to the service itself.
func isOwn(name string) bool { return strings.HasPrefix(name, "x-") }

func find(fields []field, name string) *field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}

// words returns the description of a field as a part of a sentence.
func (f *field) words() string {
	return strings.ToLower(f.doc[:1]) + strings.TrimSuffix(f.doc[1:], ".")
}

// mistyped adds the error of a value that is not what its field must be.
func (c *checker) mistyped(n *jsonfile.Node, f *field, want string) {
	switch {
	case n.IsNull() && f.required:
		c.fail(n, "must be %s: write %s", want, f.words())
	case n.IsNull():
		c.fail(n, "must be %s: write one, or remove it", want)
	case len(c.errs) < maxErrors:
		c.errs = append(c.errs, n.Mistyped(want))
	}
}

func (c *checker) value(n *jsonfile.Node, f *field) {
	switch f.kind {
	case text:
		c.text(n, f)
	case texts:
		c.texts(n, f)
	case number:
		if i, ok := integer(n); !ok || (f.min != 0 || f.max != 0) && (i < f.min || i > f.max) {
			c.mistyped(n, f, fmt.Sprintf("a number from %d to %d", f.min, f.max))
		}
	case flag:
		if _, ok := n.Scalar.(bool); !ok {
			c.mistyped(n, f, "true or false")
		}
	case object:
		if n.Kind != '{' {
			c.mistyped(n, f, "an object")
			return
		}
		c.object(n, f.fields)
	case objects:
		c.objects(n, f)
	case unsupported:
		if n.Kind != '{' || n.Get("disable") == nil || n.Get("disable").Scalar != true {
			c.fail(n, "%s is not supported: remove the section, or write \"disable\": true into it to do without", f.name)
		}
	}
}

func (c *checker) text(n *jsonfile.Node, f *field) {
	s, ok := n.Scalar.(string)
	switch {
	case !ok:
		c.mistyped(n, f, "a string")
	case f.filled && s == "" && f.kind == texts:
		c.fail(n, "must not be empty: write a text, or remove it")
	case f.filled && s == "" && f.required:
		c.fail(n, "must not be empty: write %s", f.words())
	case f.filled && s == "":
		c.fail(n, "must not be empty: write %s, or remove it", f.words())
	case f.oneOf != nil && !slices.Contains(f.oneOf, s):
		c.fail(n, "must be one of %s", strings.Join(f.oneOf, ", "))
	case f.pattern != "" && !regexp.MustCompile(f.pattern).MatchString(s):
		c.fail(n, "must be %s", f.says)
	}
}

func (c *checker) texts(n *jsonfile.Node, f *field) {
	if n.Kind != '[' {
		c.mistyped(n, f, "an array of strings")
		return
	}
	if f.filled && len(n.Members) == 0 {
		c.fail(n, "must not be empty: leave it out, or name one")
	}
	element := *f
	element.filled = true
	for _, m := range n.Members {
		c.text(m.Node, &element)
	}
}

// objects checks an array of objects, each with the fields of its preset.
func (c *checker) objects(n *jsonfile.Node, f *field) {
	if n.Kind != '[' {
		c.mistyped(n, f, "an array of objects")
		return
	}
	if len(n.Members) == 0 {
		c.fail(n, "must not be empty: leave it out, or name one")
	}
	for _, m := range n.Members {
		if m.Node.Kind != '{' {
			c.mistyped(m.Node, f, "an object")
			continue
		}
		p := presetOf(m.Node, f.presets)
		switch chosen := m.Node.Get("preset"); {
		case chosen == nil:
			c.fail(m.Node, "has no preset: use one of %s", presetNames(f.presets))
		case p == nil:
			c.fail(chosen, "must be one of %s", presetNames(f.presets))
		default:
			c.object(m.Node, p.all())
		}
	}
}

// integer returns the value of a number without a fraction, such as 8080 or 8.08e3.
func integer(n *jsonfile.Node) (int, bool) {
	number, ok := n.Scalar.(json.Number)
	if !ok {
		return 0, false
	}
	value, err := number.Float64()
	if err != nil || value != math.Trunc(value) || math.Abs(value) > 1<<31-1 {
		return 0, false
	}
	return int(value), true
}

// Values of nodes that have been checked. They are zero for a member that is absent.

func textOf(n *jsonfile.Node, name string) string {
	if m := n.Get(name); m != nil {
		s, _ := m.Scalar.(string)
		return s
	}
	return ""
}

func textsOf(n *jsonfile.Node, name string) []string {
	if m := n.Get(name); m != nil {
		all, _ := m.Texts()
		return all
	}
	return nil
}

func numberOf(n *jsonfile.Node, name string) int {
	if m := n.Get(name); m != nil {
		i, _ := integer(m)
		return i
	}
	return 0
}

func isSet(n *jsonfile.Node, name string) bool {
	m := n.Get(name)
	return m != nil && m.Scalar == true
}
