package acl

import (
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// checkClaim compares a claim: a string or the strings of an array, a number or a boolean by its JSON text. A claim that is
// missing, null or in another form is unknown.
func (c *call) checkClaim(r *requirement) truth {
	value := ""
	if c.content.Claims != "" {
		err := strictjson.Object(c.content.Claims, func(n, v string) error {
			if n == r.claim {
				value = v
			}
			return nil
		})
		if err != nil {
			value = ""
		}
	}
	if value == "" {
		return unknown
	}
	switch value[0] {
	case '"':
		text, ok := strictjson.String(value)
		return of(ok, r.values.has(text))
	case '[':
		var items [8]string
		list, ok := strictjson.Strings(items[:0], value)
		return of(ok, r.values.hasAny(list))
	case '{', 'n':
		return unknown
	}
	return of(true, r.values.has(value))
}

func of(readable, met bool) truth {
	switch {
	case !readable:
		return unknown
	case met:
		return yes
	}
	return no
}

// checkOwner compares the owner of the resource with the caller. In the original every caller owned a resource whose owner was
// not known.
func (c *call) checkOwner(r *requirement) truth {
	caller, owner := c.subject[0], c.owner
	if r.ofUserID {
		caller = c.auth.UserID()
	}
	if owner == "" && r.segment > 0 {
		owner = segment(c.sent, r.segment)
	}
	switch {
	case caller == "" || owner == "":
		return unknown
	case c.deny:
		return of(true, fold(owner) == fold(caller))
	}
	return of(true, owner == caller)
}

// segment returns the nth segment of a path, decoded, or "".
func segment(path string, n int) string {
	for range n {
		_, rest, more := strings.Cut(path, "/")
		if !more {
			return ""
		}
		path = rest
	}
	path, _, _ = strings.Cut(path, "/")
	return decode(path)
}

// conditionTypes has what the value of an attribute is compared with. The key of a condition is what it reads, as in ladon.
var conditionTypes = map[string]struct {
	attribute attribute
	keys      []string // that it may have; nil: any
	options   []string
}{
	"RolesCondition":         {roles, []string{"roles"}, valueOptions},
	"ScopesCondition":        {scopes, []string{"scopes"}, valueOptions},
	"OrganizationsCondition": {organizations, []string{"organizations"}, valueOptions},
	"NamespacesCondition":    {namespaces, []string{"namespaces"}, valueOptions},
	"SubjectCondition":       {subject, []string{"subject", "username", "userId"}, valueOptions},
	"ClaimCondition":         {claim, nil, valueOptions},
	"OwnerCondition":         {owner, nil, []string{"segment", "is"}},
}

var valueOptions = []string{"values", "Values", "Name"} // the last two as the original writes its conditions

func typeNames() string {
	var names []string
	for name := range conditionTypes {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
