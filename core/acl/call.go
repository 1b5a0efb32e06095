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
	method  string
	sent    string // the path as it was sent
	owner   string // of the resource, if the program knows it
	class   int
	deny    bool // the policies that deny are being asked

	scanned    bool
	unreadable [attributes]bool
}

func newCall(auth *core.Auth, method, sent, owner string) call {
	c := call{auth: auth, content: identity.Of(auth), method: method, sent: sent, owner: owner}
	if c.subject[0] = auth.Username(); c.subject[0] == "" {
		c.subject[0] = auth.Subject()
	}
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
	best := x.find(c, bare, nil)
	if slash == "" && x.slash && bare != "/" {
		slash = bare + "/"
	}
	return policyOf(x.find(c, slash, best))
}

// deniedForms returns a path as policies that deny see it: without a slash at its end, and with one if it was sent with one.
func deniedForms(sent string) (bare, slash string) {
	folded := fold(decode(sent))
	if len(folded) > 1 && strings.HasSuffix(folded, "/") {
		return folded[:len(folded)-1], folded
	}
	return folded, ""
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
	switch a := r.attribute; {
	case a == owner:
		return c.checkOwner(r)
	case a == claim:
		return c.checkClaim(r)
	case a == userID:
		return checkText(r, c.auth.UserID())
	case a == subject:
		return checkText(r, c.subject[0])
	case r.values.hasAny(c.list(a)):
		return yes
	case c.unknown(a):
		return unknown
	}
	return no
}

func checkText(r *requirement, text string) truth {
	switch {
	case r.values.has(text):
		return yes
	case text == "":
		return unknown
	}
	return no
}

// list returns the values of an attribute.
func (c *call) list(a attribute) []string {
	switch a {
	case subject:
		return c.subject[:]
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

// unknown reports whether the values of an attribute cannot be told: the identity has none, and the token has a claim for them in
// a form that cannot be read. A claim that is absent has no values.
func (c *call) unknown(a attribute) bool {
	if a == subject {
		return c.subject[0] == ""
	}
	if len(c.list(a)) > 0 || c.content.Claims == "" {
		return false
	}
	if !c.scanned {
		c.scanned = true
		c.scan()
	}
	return c.unreadable[a]
}

// scan looks for claims with the names of Microkubes in forms that hold no list.
func (c *call) scan() {
	err := strictjson.Object(c.content.Claims, func(name, value string) error {
		if a := attributeOf(name); a != attributes && !readable(value) {
			c.unreadable[a] = true
		}
		return nil
	})
	if err != nil {
		c.unreadable = [attributes]bool{true, true, true, true, true}
	}
}

func attributeOf(claim string) attribute {
	switch claim {
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

// readable reports whether a value is null, a string or an array of strings.
func readable(value string) bool {
	switch value[0] {
	case 'n', '"':
		return true
	}
	var list [8]string
	_, ok := strictjson.Strings(list[:0], value)
	return ok
}
