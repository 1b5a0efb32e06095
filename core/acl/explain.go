package acl

import (
	"fmt"
	"strings"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/path"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// Decision is what the policies say of a query, and why. It is for operators: do not send it to a client. It has the names that
// policies have, and nothing of the caller or the path.
type Decision struct {
	Allowed  bool
	Policy   string      // the id of the policy that decided; empty if none did
	Reason   core.Reason // why the query is refused; empty if it is allowed
	Policies []Considered
}

// Considered is what one policy says of a query.
type Considered struct {
	ID      string
	Deny    bool   // the effect of the policy
	Applies bool   // all of the policy fits the query
	Why     string // it does not apply, or applies although something is missing; may be empty

	// Requires has what the policy requires of the caller, such as subjects and conditions.roles, in the order of the checks. It
	// is empty for a policy for other resources.
	Requires []string
}

const otherResource = "it is for other resources"

// Explain decides on a query as the provider does, and says of each policy, in the order of the file, whether it applies and why
// not. It compares every policy, so it takes longer than [Policies.Allows].
func (p *Policies) Explain(auth *core.Auth, q Query) Decision {
	s := p.set.Load()
	switch {
	case auth == nil:
		return Decision{Reason: reason.NoCredential}
	case !path.WellFormed(q.Path):
		return Decision{Reason: reason.MalformedPath}
	case s == nil:
		return Decision{Reason: reason.NoPolicyAllows}
	}
	c := newCall(auth, q.Method, q.Path, q.Owner)
	d := Decision{Reason: reason.NoPolicyAllows}
	for _, policy := range s.policies {
		found := c.consider(policy)
		d.Policies = append(d.Policies, found)
		switch {
		case !found.Applies || d.Reason == reason.DeniedByPolicy:
		case found.Deny:
			d.Allowed, d.Policy, d.Reason = false, found.ID, reason.DeniedByPolicy
		case !d.Allowed:
			d.Allowed, d.Policy, d.Reason = true, found.ID, ""
		}
	}
	return d
}

// consider compares one policy with the call.
func (c *call) consider(p *policy) Considered {
	found := Considered{ID: p.id, Deny: p.deny}
	c.deny = p.deny
	method := c.otherMethod()
	c.class = classOf(method)
	if !c.fits(p) {
		found.Why = otherResource
		return found
	}
	for i := range p.requirements {
		found.Requires = append(found.Requires, p.requirements[i].name)
	}
	switch {
	case !p.actions.has(c.class, method):
		found.Why = "it is for other methods"
		return found
	case !p.deny && !path.Exact(c.sent):
		found.Why = "the path has an escape that servers read in different ways, which no policy allows"
		return found
	}
	found.Applies = true
	for i := range p.requirements {
		r := &p.requirements[i]
		switch t := c.check(r); {
		case t == no:
			found.Applies, found.Why = false, "the caller does not meet "+r.name
			return found
		case t == unknown && !p.deny:
			found.Applies, found.Why = false, c.missing(r)
			return found
		case t == unknown:
			found.Why = c.missing(r) + ", so the policy applies"
		}
	}
	return found
}

// missing says why a requirement is unknown.
func (c *call) missing(r *requirement) string {
	if r.attribute == owner && r.segment == 0 && c.owner == "" {
		return r.name + " has no owner to compare: add a segment of the path to it, or pass the owner to Policies.Allows"
	}
	return "what " + r.name + " reads is missing, or in a form that cannot be read"
}

// fits reports whether one of the resources of a policy matches the path.
func (c *call) fits(p *policy) bool {
	forms := [2]form{{folded: c.sent}}
	if p.deny {
		forms[0], _ = deniedForms(c.sent)
		forms[1] = forms[0].withSlash()
	}
	for i := range p.resources {
		for _, f := range forms {
			if f.folded != "" && p.resources[i].matches(f.folded, f.cased) {
				return true
			}
		}
	}
	return false
}

// String returns the decision for an operator to read: the verdict, the policies for the resource, and how many others there are.
func (d Decision) String() string {
	var out strings.Builder
	switch {
	case d.Allowed:
		fmt.Fprintf(&out, "allowed by policy %s\n", d.Policy)
	case d.Policy != "":
		fmt.Fprintf(&out, "refused (%s) by policy %s\n", d.Reason, d.Policy)
	default:
		fmt.Fprintf(&out, "refused (%s)\n", d.Reason)
	}
	others := 0
	for _, p := range d.Policies {
		effect, verdict := "allow", "does not apply"
		if p.Deny {
			effect = "deny"
		}
		if p.Applies {
			verdict = "applies"
		}
		if p.Why == otherResource {
			others++
			continue
		}
		fmt.Fprintf(&out, "  %s (%s) %s", p.ID, effect, verdict)
		if p.Why != "" {
			out.WriteString(": " + p.Why)
		}
		out.WriteByte('\n')
	}
	if others > 0 {
		fmt.Fprintf(&out, "  policies for other resources: %d\n", others)
	}
	return out.String()
}
