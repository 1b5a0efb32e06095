package acl

import (
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// claimValues appends what a claim is compared by to items: a string, the strings of an array, or the JSON text of a number or a
// boolean. It reports false for a claim that is missing, null or in another form, and for a number in another spelling than the
// shortest one, such as 1.0, whose value a policy may write in another way.
func claimValues(items []string, claims, name string) ([]string, bool) {
	value, err := strictjson.Member(claims, name)
	if err != nil || value == "" {
		return nil, false
	}
	switch value[0] {
	case '"':
		text, ok := strictjson.String(value)
		if !ok {
			return nil, false
		}
		return append(items, text), true
	case '[':
		return strictjson.Strings(items, value)
	case '{', 'n':
		return nil, false
	case 't', 'f':
		return append(items, value), true
	}
	return append(items, value), isShortest(value)
}

// isShortest reports whether a number has no exponent, no zero at the end of a fraction and no sign before a zero alone.
func isShortest(number string) bool {
	isPadded := strings.Contains(number, ".") && strings.HasSuffix(number, "0")
	return !isPadded && !strings.ContainsAny(number, "eE") && number != "-0"
}

// checkOwner compares the owner of the resource with the caller. In the original every caller owned a resource whose owner was
// not known.
func (c *call) checkOwner(r *requirement) truth {
	caller, owner := c.subject[0], c.owner
	if r.ofUserID {
		caller = c.userID[0]
	}
	if owner == "" && r.segment > 0 {
		owner = segment(c.sent, r.segment)
	}
	switch {
	case caller == "" || owner == "":
		return unknown
	case owner == caller || c.deny && fold(owner) == fold(caller):
		return yes
	}
	return no
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
