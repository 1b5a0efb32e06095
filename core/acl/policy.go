package acl

import (
	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/reason"
)

// policy is a compiled policy. It applies to a call if its actions, one of its resources and all its requirements do.
type policy struct {
	id           string
	place        int // in the file, from 0
	deny         bool
	actions      actions
	resources    []resource
	requirements []requirement
	refusal      *core.Error // of a policy that denies
}

// attribute is what a requirement reads of the caller.
type attribute int

const (
	subject attribute = iota
	roles
	scopes
	organizations
	namespaces
	attributes // the number of those before, which are lists of strings
	userID
	claim
	owner
)

// requirement is a condition, or the subjects of a policy.
type requirement struct {
	name      string // in the policy, such as conditions.roles
	attribute attribute
	values    values
	claim     string // the name of the claim
	segment   int    // the segment of the path that names the owner, from 1; 0: none does
	ofUserID  bool   // the owner is compared with the id of the user, and not with the subject
}

// set is what a file of policies compiles to.
type set struct {
	policies []*policy
	allow    [otherMethods + 1]index // by the class of the method
	deny     [otherMethods + 1]index
}

func newSet(policies []*policy) *set {
	s := &set{policies: policies}
	for i, p := range policies {
		p.place = i
		indexes := &s.allow
		if p.deny {
			indexes = &s.deny
			p.refusal = core.Forbidden("access denied").WithReason(reason.DeniedByPolicy).WithCause(reason.Detail{Policy: p.id})
		}
		for class := range indexes {
			if !p.actions.mayHave(class) {
				continue
			}
			for j := range p.resources {
				indexes[class].add(&rule{p, p.resources[j]})
			}
		}
	}
	return s
}
