package acl

import (
	"slices"
	"strings"
)

// conditions reads an object of conditions, as in the configuration of a service, or an array of them, as the API of the
// original does.
func (p *parser) conditions(n *node, out *policy) {
	if n.isNull() {
		return
	}
	switch n.kind {
	case '{':
		for _, m := range n.members {
			p.condition(m.name, m.node, "options", out)
		}
	case '[':
		for _, m := range n.members {
			if m.node.kind != '{' {
				p.fail(m.node, "must be an object")
				continue
			}
			name := m.node.member("name")
			if name == nil {
				p.fail(m.node, "has no name: it says what the condition reads, such as roles")
				continue
			}
			text, err := name.text()
			p.err(err)
			p.condition(text, m.node, "patterns", out)
		}
	default:
		p.fail(n, "must be an object or an array of conditions")
	}
}

func (p *parser) condition(key string, n *node, options string, out *policy) {
	if n.kind != '{' {
		p.fail(n, "must be an object with type and options")
		return
	}
	if options == "options" {
		p.known(n, "type", "options")
	} else {
		p.known(n, "name", "type", "patterns", "options")
	}
	kind := n.member("type")
	if kind == nil {
		p.fail(n, "has no type: use one of %s", typeNames())
		return
	}
	name, err := kind.text()
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
	}
	r := requirement{name: "conditions." + key, attribute: t.attribute, claim: key}
	if key == "userId" && t.attribute == subject {
		r.attribute = userID
	}
	if o := n.member("options"); o != nil && !o.isNull() {
		p.options(o, name, &r)
	}
	if patterns := n.member("patterns"); patterns != nil {
		p.values(patterns, &r)
	}
	if t.attribute != owner && len(r.values.literals)+len(r.values.regexes) == 0 && len(p.errs) == 0 {
		p.fail(n, "has no values, so it is never met: write \"options\": {\"values\": [\"…\"]}")
	}
	out.requirements = append(out.requirements, r)
}

func (p *parser) options(n *node, kind string, r *requirement) {
	if n.kind != '{' {
		p.fail(n, "must be an object")
		return
	}
	p.known(n, conditionTypes[kind].options...)
	for _, m := range n.members {
		switch m.name {
		case "values", "Values":
			p.values(m.node, r)
		case "Name":
			if m.node.scalar != kind {
				p.fail(m.node, "must be the type of the condition")
			}
		case "segment":
			p.segment(m.node, r)
		case "is":
			r.ofUserID = m.node.scalar == "userId"
			if !r.ofUserID && m.node.scalar != "username" {
				p.fail(m.node, "must be userId or username")
			}
		}
	}
}

func (p *parser) values(n *node, r *requirement) {
	all, err := n.texts()
	p.err(err)
	for i, s := range all {
		if err := r.values.addValue(s); err != nil {
			p.fail(n.members[i].node, "%w", err)
		}
	}
}

const maxSegment = 64

func (p *parser) segment(n *node, r *requirement) {
	number, ok := n.scalar.(interface{ Int64() (int64, error) })
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
