package acl

import (
	"slices"
	"strings"
	"unicode"

	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
)

// conditions reads an object of conditions, as in the configuration of a service, or an array of them, as the API of the
// original does.
func (p *parser) conditions(n *jsonfile.Node, out *policy) {
	if n.IsNull() {
		return
	}
	switch n.Kind {
	case '{':
		for _, m := range n.Members {
			p.condition(m.Name, m.Node, "options", out)
		}
	case '[':
		for _, m := range n.Members {
			if m.Node.Kind != '{' {
				p.err(m.Node.Mistyped("an object"))
				continue
			}
			name := m.Node.Get("name")
			if name == nil {
				p.fail(m.Node, "has no name: it says what the condition reads, such as roles")
				continue
			}
			text, err := name.Text()
			p.err(err)
			p.condition(text, m.Node, "patterns", out)
		}
	default:
		p.fail(n, "must be an object or an array of conditions")
	}
}

// listTypes has the types of conditions for claims that are lists, in each form in which tokens have them.
var listTypes = map[string]string{
	"roles": "RolesCondition", "scope": "ScopesCondition", "scopes": "ScopesCondition",
	"organizations": "OrganizationsCondition", "namespaces": "NamespacesCondition",
}

func (p *parser) condition(key string, n *jsonfile.Node, options string, out *policy) {
	if n.Kind != '{' {
		p.fail(n, "must be an object with type and options")
		return
	}
	if options == "options" {
		p.known(n, "type", "options")
	} else {
		p.known(n, "name", "type", "patterns", "options")
	}
	kind := n.Get("type")
	if kind == nil {
		p.fail(n, "has no type: use one of %s", typeNames())
		return
	}
	name, err := kind.Text()
	p.err(err)
	t, ok := conditionTypes[name]
	switch {
	case err != nil:
		return
	case !ok:
		p.fail(kind, "unknown condition type %q: use one of %s", name, typeNames())
		return
	case t.keys != nil && !slices.Contains(t.keys, key):
		p.fail(n, "a %s reads %s: call it that", name, strings.Join(t.keys, " or "))
		return
	case key == "":
		p.fail(n, "must have a name")
		return
	case t.attribute == claim && listTypes[key] != "":
		p.fail(n, "the claim %s is a list, also as text such as \"a,b\": use a %s", key, listTypes[key])
		return
	case strings.IndexFunc(key, isUnprintable) >= 0:
		p.fail(n, "must be printable: explanations have the name of the condition")
		return
	}
	r := requirement{name: "conditions." + key, attribute: t.attribute, claim: key}
	if key == "userId" && t.attribute == subject {
		r.attribute = userID
	}
	if o := n.Get("options"); o != nil && !o.IsNull() {
		p.options(o, name, &r)
	}
	if patterns := n.Get("patterns"); patterns != nil {
		p.values(patterns, &r)
		if t.attribute == owner && len(patterns.Members) > 0 {
			p.fail(patterns, "an OwnerCondition compares the owner with the caller, and has no values")
		}
	}
	if t.attribute != owner && len(r.values.literals)+len(r.values.regexes) == 0 && len(p.errs) == 0 {
		p.fail(n, "has no values, so it is never met: write \"options\": {\"values\": [\"…\"]}")
	}
	out.requirements = append(out.requirements, r)
}

// isUnprintable reports whether a character may control a terminal.
func isUnprintable(r rune) bool { return !unicode.IsPrint(r) }

func (p *parser) options(n *jsonfile.Node, kind string, r *requirement) {
	if n.Kind != '{' {
		p.err(n.Mistyped("an object"))
		return
	}
	p.known(n, conditionTypes[kind].options...)
	for _, m := range n.Members {
		switch m.Name {
		case "values", "Values":
			p.values(m.Node, r)
		case "Name":
			if m.Node.Scalar != kind {
				p.fail(m.Node, "must be the type of the condition")
			}
		case "segment":
			p.segment(m.Node, r)
		case "is":
			r.ofUserID = m.Node.Scalar == "userId"
			if !r.ofUserID && m.Node.Scalar != "username" {
				p.fail(m.Node, "must be userId or username")
			}
		}
	}
}

func (p *parser) values(n *jsonfile.Node, r *requirement) {
	all, err := n.Texts()
	p.err(err)
	for i, s := range all {
		if err := r.values.addValue(s); err != nil {
			p.fail(n.Members[i].Node, "%w", err)
		}
	}
}

const maxSegment = 64

func (p *parser) segment(n *jsonfile.Node, r *requirement) {
	number, ok := n.Scalar.(interface{ Int64() (int64, error) })
	if ok {
		i, err := number.Int64()
		if ok = err == nil && 1 <= i && i <= maxSegment; ok {
			r.segment = int(i)
		}
	}
	if !ok {
		p.fail(n, "must be a number from 1: the first segment of /users/ana is users")
	}
}
