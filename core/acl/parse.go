package acl

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
)

// parse compiles the policies in a file. It returns all errors that it finds.
func parse(text []byte) (*set, error) {
	path := ""
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) { // its places are named as those of an object with policies
		path = "policies"
	}
	root, err := jsonfile.Parse(text, path)
	if err != nil {
		return nil, err
	}
	return compilePolicies(root)
}

// compilePolicies compiles the policies in a file, or in a part of one.
func compilePolicies(root *jsonfile.Node) (*set, error) {
	p := parser{ids: map[string]bool{}}
	list := root
	if root.Kind == '{' {
		list = p.object(root)
	}
	if list != nil && list.Kind != '[' {
		p.fail(list, "must be an array of policies, or an object with one")
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	var policies []*policy
	for _, m := range list.Members {
		policies = append(policies, p.policy(m.Node))
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

func (p *parser) fail(n *jsonfile.Node, format string, args ...any) { p.err(n.Errorf(format, args...)) }

const maxErrors = 20

func (p *parser) err(err error) {
	if err != nil && len(p.errs) < maxErrors {
		p.errs = append(p.errs, err)
	}
}

// object returns the policies in {"policies": […]}, the section "acl" of a service's configuration.
func (p *parser) object(root *jsonfile.Node) *jsonfile.Node {
	p.known(root, "policies", "disable")
	if d := root.Get("disable"); d != nil && d.Scalar != false {
		p.fail(d, "must be false: to let all requests pass, leave the ACL out of the chain")
	}
	list := root.Get("policies")
	if list == nil {
		p.fail(root, "has no policies")
	}
	return list
}

// known refuses members with other names: a policy with a misspelled condition would apply too often, or never.
func (p *parser) known(n *jsonfile.Node, names ...string) {
	for _, m := range n.Members {
		if !slices.Contains(names, m.Name) {
			p.fail(m.Node, "unknown field: use one of %s", strings.Join(names, ", "))
		}
	}
}

func (p *parser) policy(n *jsonfile.Node) *policy {
	out := &policy{}
	if n.Kind != '{' {
		p.err(n.Mistyped("an object"))
		return out
	}
	p.known(n, "id", "description", "subjects", "effect", "resources", "actions", "conditions",
		"roles", "organizations", "namespaces")
	p.id(n, out)
	p.effect(n, out)
	if d := n.Get("description"); d != nil && !d.IsNull() {
		_, err := d.Text()
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
	if c := n.Get("conditions"); c != nil {
		p.conditions(c, out)
	}
	return out
}

func (p *parser) id(n *jsonfile.Node, out *policy) {
	id := n.Get("id")
	if id == nil {
		p.fail(n, "has no id: logs and explanations name the policy by it")
		return
	}
	var err error
	out.id, err = id.Text()
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
func (p *parser) effect(n *jsonfile.Node, out *policy) {
	e := n.Get("effect")
	if e == nil {
		if !isPython(n) {
			p.fail(n, "has no effect: write allow or deny")
		}
		return
	}
	text, err := e.Text()
	p.err(err)
	if out.deny = text == "deny"; err == nil && !out.deny && text != "allow" {
		p.fail(e, "must be allow or deny")
	}
}

func isPython(n *jsonfile.Node) bool {
	return n.Get("roles") != nil || n.Get("organizations") != nil || n.Get("namespaces") != nil
}

// each calls add for the strings of a list that must not be empty.
func (p *parser) each(n *jsonfile.Node, name string, add func(string) error) {
	list := n.Get(name)
	if list == nil {
		p.fail(n, "has no %s, so it applies to nothing", name)
		return
	}
	all, err := list.Texts()
	p.err(err)
	if err == nil && len(all) == 0 {
		p.fail(list, "must not be empty: the policy would apply to nothing")
	}
	for i, s := range all {
		if err := add(s); err != nil {
			p.fail(list.Members[i].Node, "%w", err)
		}
	}
}

// lists reads the subjects, and the lists of the Python form. There an empty list requires nothing, but one of them must.
func (p *parser) lists(n *jsonfile.Node, out *policy) {
	for _, l := range []struct {
		name      string
		attribute attribute
	}{{"subjects", subject}, {"roles", roles}, {"organizations", organizations}, {"namespaces", namespaces}} {
		list := n.Get(l.name)
		if list == nil {
			continue
		}
		all, err := list.Texts()
		p.err(err)
		if err != nil || len(all) == 0 {
			continue
		}
		r := requirement{name: l.name, attribute: l.attribute}
		for i, s := range all {
			if err := r.values.addTemplate(s); err != nil {
				p.fail(list.Members[i].Node, "%w", err)
			}
			r.values.any = r.values.any || l.attribute == subject && s == "<.*>"
		}
		out.requirements = append(out.requirements, r)
	}
	subjects := n.Get("subjects")
	switch {
	case !isPython(n) && (len(out.requirements) == 0 || out.requirements[0].attribute != subject):
		p.fail(or(subjects, n), "has no subjects, so it applies to nobody: write [\"<.*>\"] for every caller")
	case isPython(n) && len(out.requirements) == 0:
		p.fail(n, "has no subjects, roles, organizations or namespaces: say who it is for")
	}
}

func or(n, fallback *jsonfile.Node) *jsonfile.Node {
	if n != nil {
		return n
	}
	return fallback
}
