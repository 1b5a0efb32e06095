package acl

import (
	"strings"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/identity"
	"github.com/microkubes/microkubes-go/core/internal/path"
	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// call is one request to decide on. It lives on the stack.
type call struct {
	auth    *core.Auth
	content identity.Content
	subject [1]string
	userID  [1]string
	method  string
	sent    string // the path as it was sent
	cased   string // the path that policies that deny are compared with, before it was folded
	owner   string // of the resource, if the program knows it
	class   int
	deny    bool // the policies that deny are being asked

	scanned bool
	misread [attributes]bool // once scanned is true
}

func newCall(auth *core.Auth, method, sent, owner string) call {
	c := call{auth: auth, content: identity.Of(auth), method: method, sent: sent, owner: owner}
	if c.subject[0] = auth.Username(); c.subject[0] == "" {
		c.subject[0] = auth.Subject()
	}
	c.userID[0] = auth.UserID()
	if sent == "" {
		c.sent = "/"
	}
	return c
}

// deniedBy returns the first policy that denies the call, or nil. A path is compared decoded, without case, with and without a
// slash at its end.
func (s *set) deniedBy(c *call) *policy {
	c.deny = true
	c.class = classOf(strings.ToUpper(c.method))
	x := &s.deny[c.class]
	if x.size == 0 {
		return nil
	}
	bare, slash := deniedForms(c.sent)
	best := bare.find(c, x, nil)
	if x.slash && slash.folded == "" {
		slash = bare.withSlash()
	}
	return policyOf(slash.find(c, x, best))
}

// form is a path as policies that deny see it, folded and with its case. The zero value matches nothing.
type form struct{ folded, cased string }

// deniedForms returns a path without a slash at its end, and with one if it was sent with one.
func deniedForms(sent string) (bare, slash form) {
	whole := form{cased: decode(sent)}
	whole.folded = fold(whole.cased)
	if len(whole.folded) > 1 && strings.HasSuffix(whole.folded, "/") {
		return form{strings.TrimSuffix(whole.folded, "/"), strings.TrimSuffix(whole.cased, "/")}, whole
	}
	return whole, form{}
}

// withSlash returns the form of the path with a slash at its end, if it is not the slash alone.
func (f form) withSlash() form {
	if f.folded == "/" {
		return form{}
	}
	return form{f.folded + "/", f.cased + "/"}
}

// find returns the first of the rules of an index that denies the call, or best if that one is earlier.
func (f form) find(c *call, x *index, best *rule) *rule {
	c.cased = f.cased
	return x.find(c, f.folded, best)
}

// allowed returns a policy that allows the call, or nil. A path is compared as it was sent.
func (s *set) allowed(c *call) *policy {
	c.deny = false
	c.class = classOf(c.method)
	x := &s.allow[c.class]
	if x.size == 0 || !path.Exact(c.sent) {
		return nil
	}
	return policyOf(x.find(c, c.sent, nil))
}

func policyOf(r *rule) *policy {
	if r == nil {
		return nil
	}
	return r.policy
}

// applies reports whether a policy whose class of methods and resource match applies to the call.
func (c *call) applies(p *policy) bool {
	if c.class == otherMethods && !p.actions.has(c.class, c.otherMethod()) {
		return false
	}
	for i := range p.requirements {
		if t := c.check(&p.requirements[i]); t == no || t == unknown && !c.deny {
			return false
		}
	}
	return true
}

// otherMethod returns the method as a policy names it. Policies that deny ignore its case.
func (c *call) otherMethod() string {
	if c.deny {
		return strings.ToUpper(c.method)
	}
	return c.method
}

// truth is the result of a requirement.
type truth int

const (
	no truth = iota
	yes
	unknown // what the requirement reads is missing, or in a form that cannot be read: a policy that denies applies
)

func (c *call) check(r *requirement) truth {
	if r.attribute == owner {
		return c.checkOwner(r)
	}
	var items [few]string
	list, known := c.valuesOf(items[:0], r)
	switch {
	case r.values.any || r.values.hasAny(list):
		return yes
	case !known:
		return unknown
	}
	return no
}

// few is the number of strings of a claim that fit on the stack.
const few = 8

// valuesOf returns the values that a requirement compares, in items if they are in a claim, and reports whether they can be told.
// A name that is missing has no value: a pattern such as <.*> also matches the empty text.
func (c *call) valuesOf(items []string, r *requirement) (list []string, known bool) {
	switch r.attribute {
	case subject:
		if c.subject[0] == "" || c.auth.Username() == "" && c.misreadAs(subject) {
			return nil, false
		}
		return c.subject[:], true
	case userID:
		if c.userID[0] == "" {
			return nil, false
		}
		return c.userID[:], true
	case claim:
		return claimValues(items, c.content.Claims, r.claim)
	}
	list = c.listOf(r.attribute)
	return list, !c.misreadAs(r.attribute)
}

// listOf returns the values of an attribute that is a list.
func (c *call) listOf(a attribute) []string {
	switch a {
	case roles:
		return c.content.Roles
	case scopes:
		return c.content.Scopes
	case organizations:
		return c.content.Organizations
	default:
		return c.content.Namespaces
	}
}

// misreadAs reports whether the token has an attribute in a form that cannot be read. The provider that read the token tells.
// That of another module does not, so an identity without values is compared with its claims, by the names of Microkubes. A claim
// that is absent is an empty list.
func (c *call) misreadAs(a attribute) bool {
	m := &c.content.Misread
	told := [attributes]bool{subject: m.Username, roles: m.Roles, scopes: m.Scopes,
		organizations: m.Organizations, namespaces: m.Namespaces}
	switch {
	case told[a]:
		return true
	case c.content.Claims == "" || a != subject && len(c.listOf(a)) > 0:
		return false
	}
	if !c.scanned {
		c.scanned = true
		c.misread = misread(c.content.Claims)
	}
	return c.misread[a]
}

func misread(claims string) (found [attributes]bool) {
	err := strictjson.Object(claims, func(name, value string) error {
		if a := attributeOf(name); a != attributes && !readable(a, value) {
			found[a] = true
		}
		return nil
	})
	if err != nil {
		return [attributes]bool{true, true, true, true, true}
	}
	return found
}

func attributeOf(claim string) attribute {
	switch claim {
	case "username":
		return subject
	case "roles":
		return roles
	case "scope", "scopes":
		return scopes
	case "organizations":
		return organizations
	case "namespaces":
		return namespaces
	}
	return attributes
}

// readable reports whether a value is null, a string or, for a list, an array of strings.
func readable(a attribute, value string) bool {
	switch value[0] {
	case 'n', '"':
		return true
	}
	var list [few]string
	_, ok := strictjson.Strings(list[:0], value)
	return ok && a != subject
}
