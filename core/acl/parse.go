package acl

import (
	"errors"
	"slices"
	"strings"
)

// parse compiles the policies in a file. It returns all errors that it finds.
func parse(text []byte) (*set, error) {
	root, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	p := parser{ids: map[string]bool{}}
	list := root
	if root.kind == '{' {
		list = p.object(root)
	}
	if list != nil && list.kind != '[' {
		p.fail(list, "must be an array of policies, or an object with one")
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	var policies []*policy
	for _, m := range list.members {
		policies = append(policies, p.policy(m.node))
	}
	if len(policies) == 0 {
		p.fail(list, "has no policy, so every request would be refused")
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return newSet(policies), nil
}

type parser struct {
	errs []error
	ids  map[string]bool
}

func (p *parser) fail(n *node, format string, args ...any) { p.err(n.errorf(format, args...)) }

const maxErrors = 20

func (p *parser) err(err error) {
	if err != nil && len(p.errs) < maxErrors {
		p.errs = append(p.errs, err)
	}
}

// object returns the policies in {"policies": […]}, the section "acl" of a service's configuration.
func (p *parser) object(root *node) *node {
	p.known(root, "policies", "disable")
	if d := root.member("disable"); d != nil && d.scalar != false {
		p.fail(d, "must be false: to let all requests pass, leave the ACL out of the chain")
	}
	list := root.member("policies")
	if list == nil {
		p.fail(root, "has no policies")
	}
	return list
}

// known refuses members with other names: a policy with a misspelled condition would apply too often, or never.
func (p *parser) known(n *node, names ...string) {
	for _, m := range n.members {
		if !slices.Contains(names, m.name) {
			p.fail(m.node, "unknown field: use one of %s", strings.Join(names, ", "))
		}
	}
}

func (p *parser) policy(n *node) *policy {
	out := &policy{}
	if n.kind != '{' {
		p.fail(n, "must be an object")
		return out
	}
	p.known(n, "id", "description", "subjects", "effect", "resources", "actions", "conditions",
		"roles", "organizations", "namespaces")
	p.id(n, out)
	p.effect(n, out)
	if d := n.member("description"); d != nil && !d.isNull() {
		_, err := d.text()
		p.err(err)
	}
	p.each(n, "actions", func(action string) error { return out.actions.add(action, out.deny) })
	p.each(n, "resources", func(pattern string) error {
		if out.deny {
			all, err := newFoldedResources(pattern)
			out.resources = append(out.resources, all...)
			return err
		}
		r, err := newResource(pattern)
		out.resources = append(out.resources, r)
		return err
	})
	p.lists(n, out)
	if c := n.member("conditions"); c != nil {
		p.conditions(c, out)
	}
	return out
}

func (p *parser) id(n *node, out *policy) {
	id := n.member("id")
	if id == nil {
		p.fail(n, "has no id: logs and explanations name the policy by it")
		return
	}
	var err error
	out.id, err = id.text()
	p.err(err)
	printable := func(r rune) bool { return ' ' < r && r <= '~' }
	switch {
	case err != nil:
	case out.id == "" || len(out.id) > 128 || strings.IndexFunc(out.id, func(r rune) bool { return !printable(r) }) >= 0:
		p.fail(id, "must be 1 to 128 printable ASCII characters without spaces")
	case p.ids[out.id]:
		p.fail(id, "another policy has this id")
	}
	p.ids[out.id] = true
}

// effect reads what a policy does. The Python form, which has lists in place of conditions, has no effect: it allows.
func (p *parser) effect(n *node, out *policy) {
	e := n.member("effect")
	if e == nil {
		if !isPython(n) {
			p.fail(n, "has no effect: write allow or deny")
		}
		return
	}
	text, err := e.text()
	p.err(err)
	if out.deny = text == "deny"; err == nil && !out.deny && text != "allow" {
		p.fail(e, "must be allow or deny")
	}
}

func isPython(n *node) bool {
	return n.member("roles") != nil || n.member("organizations") != nil || n.member("namespaces") != nil
}

// each calls add for the strings of a list that must not be empty.
func (p *parser) each(n *node, name string, add func(string) error) {
	list := n.member(name)
	if list == nil {
		p.fail(n, "has no %s, so it applies to nothing", name)
		return
	}
	all, err := list.texts()
	p.err(err)
	if err == nil && len(all) == 0 {
		p.fail(list, "must not be empty: the policy would apply to nothing")
	}
	for i, s := range all {
		if err := add(s); err != nil {
			p.fail(list.members[i].node, "%w", err)
		}
	}
}

// lists reads the subjects, and the lists of the Python form. There an empty list requires nothing, but one of them must.
func (p *parser) lists(n *node, out *policy) {
	for _, l := range []struct {
		name      string
		attribute attribute
	}{{"subjects", subject}, {"roles", roles}, {"organizations", organizations}, {"namespaces", namespaces}} {
		list := n.member(l.name)
		if list == nil {
			continue
		}
		all, err := list.texts()
		p.err(err)
		if err != nil || len(all) == 0 {
			continue
		}
		r := requirement{name: l.name, attribute: l.attribute}
		for i, s := range all {
			if err := r.values.addTemplate(s); err != nil {
				p.fail(list.members[i].node, "%w", err)
			}
			r.values.any = r.values.any || l.attribute == subject && s == "<.*>"
		}
		out.requirements = append(out.requirements, r)
	}
	subjects := n.member("subjects")
	switch {
	case !isPython(n) && (len(out.requirements) == 0 || out.requirements[0].attribute != subject):
		p.fail(or(subjects, n), "has no subjects, so it applies to nobody: write [\"<.*>\"] for every caller")
	case isPython(n) && len(out.requirements) == 0:
		p.fail(n, "has no subjects, roles, organizations or namespaces: say who it is for")
	}
}

func or(n, fallback *node) *node {
	if n != nil {
		return n
	}
	return fallback
}
