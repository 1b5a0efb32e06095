package token

import (
	"fmt"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// checkClaims finds what is incomplete in Config.Claims, what can have no effect, and what refuses every token.
func (f *faults) checkClaims(policy *Policy) {
	d := &policy.Claims
	f.checkTexts("User", d.User)
	f.checkTexts("Name", d.Name)
	f.checkTexts("Client", d.Client)
	f.checkLists("Roles", d.Roles)
	f.checkLists("Scopes", d.Scopes)
	f.checkLists("Organizations", d.Organizations)
	f.checkLists("Namespaces", d.Namespaces)
	for i, alternatives := range d.Required {
		if len(alternatives) == 0 {
			f.add("Config.Claims.Required[%d] is empty: name a claim, or several of which a token needs one", i)
		}
		for j, path := range alternatives {
			f.checkPath(fmt.Sprintf("Config.Claims.Required[%d][%d]", i, j), path)
		}
	}
	for i := range d.Values {
		f.checkValue(fmt.Sprintf("Config.Claims.Values[%d]", i), &d.Values[i], policy)
	}
	for i, path := range d.Absent {
		f.checkPath(fmt.Sprintf("Config.Claims.Absent[%d]", i), path)
	}
	f.checkContradictions(d)
}

func (f *faults) checkTexts(field string, places []claims.Text) {
	for i, place := range places {
		f.checkPath(fmt.Sprintf("Config.Claims.%s[%d].Path", field, i), place.Path)
		if place.If != nil {
			f.checkPath(fmt.Sprintf("Config.Claims.%s[%d].If", field, i), place.If)
		}
	}
}

func (f *faults) checkLists(field string, places []claims.List) {
	for i, place := range places {
		f.checkPath(fmt.Sprintf("Config.Claims.%s[%d].Path", field, i), place.Path)
		switch form := place.Form; {
		case form&^claims.Forms != 0:
			f.add("Config.Claims.%s[%d].Form is %d, which is not a form: combine jwt.Array, jwt.Word, jwt.Spaces, jwt.Commas "+
				"and jwt.Keys with |, or leave it zero", field, i, form)
		case form&claims.Word != 0 && form&(claims.Spaces|claims.Commas) != 0:
			f.add("Config.Claims.%s[%d].Form has jwt.Word, which keeps a text whole, and a form that splits it: "+
				"remove one of them", field, i)
		}
	}
}

// checkPath checks the place of a claim. An empty name often comes from a variable that is not set.
func (f *faults) checkPath(field string, path claims.Path) {
	if len(path) == 0 {
		f.add(`%s is empty: name the claim, such as jwt.Path{"realm_access", "roles"}`, field)
	}
	for _, name := range path {
		if name == "" {
			f.add("%s has an empty name: name the members that lead to the claim", field)
		}
		f.checkText(field, name)
	}
}

func (f *faults) checkValue(field string, v *claims.Value, policy *Policy) {
	f.checkPath(field+".Path", v.Path)
	if len(v.OneOf) == 0 {
		f.add("%s.OneOf is empty: every token would be refused; list the values, or use Config.Claims.Required for any value",
			field)
	}
	for _, text := range v.OneOf {
		if text == "" {
			f.add("%s.OneOf has an empty value: remove it", field)
		}
		f.checkText(field+".OneOf", text)
	}
	if v.Issuer != "" && !policy.AnyIssuer && !slices.Contains(policy.Issuers, v.Issuer) {
		f.add("%s.Issuer is %q, which is not one of Config.Issuers: no token would be checked", field, v.Issuer)
	}
}

// checkContradictions finds conditions that no token meets.
func (f *faults) checkContradictions(d *claims.Dialect) {
	for _, path := range d.Absent {
		is := func(p claims.Path) bool { return slices.Equal(p, path) }
		switch {
		case slices.ContainsFunc(d.Required, func(all []claims.Path) bool { return len(all) == 1 && is(all[0]) }):
			f.add("Config.Claims.Required and Absent both name %s: remove one of them", strings.Join(path, "."))
		case slices.ContainsFunc(d.Values, func(v claims.Value) bool { return !v.Optional && v.Issuer == "" && is(v.Path) }):
			f.add("Config.Claims.Values and Absent both name %s: remove one of them", strings.Join(path, "."))
		case is(claims.Path{"exp"}):
			f.add("Config.Claims.Absent names exp, which every token must have: remove it")
		}
	}
	if d.SubjectOptional && slices.ContainsFunc(d.Required, claims.IsSubject) {
		f.add("Config.Claims.SubjectOptional and Required contradict each other: remove sub from Required")
	}
}
