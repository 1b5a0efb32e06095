package acl_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core"
)

// evaluate decides by the rules of the package comment, one policy after the other. It shares nothing with the package. Of the
// conditions it knows those on lists and on claims that are strings.
func evaluate(policies []document, auth *core.Auth, method, path string) (verdict string) {
	verdict = "none"
	for _, p := range policies {
		deny := p.Effect == "deny"
		if !hasAction(p.Actions, method, deny) || !hasPath(p.Resources, path, deny) || !isFor(p, auth, deny) {
			continue
		}
		if deny {
			return "deny " + p.ID
		}
		if verdict == "none" {
			verdict = "allow " + p.ID
		}
	}
	return verdict
}

func isFor(p document, auth *core.Auth, deny bool) bool {
	in := func(patterns, list []string) bool {
		return len(patterns) == 0 || slices.ContainsFunc(list, func(s string) bool { return anyMatch(patterns, s, "(?s)") })
	}
	var tenant string
	claim := p.Conditions["tenant"].Options.Values
	missing := auth.Claim("tenant", &tenant) != nil
	return (in(p.Subjects, []string{auth.Username()}) || deny && auth.Username() == "") &&
		in(p.Roles, auth.Roles()) && in(p.Conditions["roles"].Options.Values, auth.Roles()) &&
		in(p.Organizations, auth.Organizations()) && in(p.Conditions["organizations"].Options.Values, auth.Organizations()) &&
		in(p.Namespaces, auth.Namespaces()) && in(p.Conditions["scopes"].Options.Values, auth.Scopes()) &&
		(len(claim) == 0 || !missing && in(claim, []string{tenant}) || missing && deny)
}

func hasAction(actions []string, method string, deny bool) bool {
	names := map[string][]string{"GET": {"GET", "api:read"}, "HEAD": {"HEAD", "GET", "api:read"}, "POST": {"POST", "api:write"},
		"PUT": {"PUT", "api:write"}, "PATCH": {"PATCH", "api:write"}, "DELETE": {"DELETE", "api:write"}}
	if deny {
		method = strings.ToUpper(method)
	}
	if all, ok := names[method]; ok {
		return slices.ContainsFunc(all, func(n string) bool {
			return anyMatch(actions, n, "") || deny && anyMatch(withBrackets(actions), n, "(?i)")
		})
	}
	return slices.Contains(actions, method) || deny && (anyMatch(actions, method, "") || anyMatch(actions, method, "(?i)"))
}

func hasPath(patterns []string, path string, deny bool) bool {
	if !deny { // an escape of an unreserved character, or of a percent sign, is one that nothing allows
		return !compiled(`%(25|2[dDeE]|3\d|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])`).MatchString(path) &&
			anyMatch(patterns, path, "")
	}
	decoded, _ := url.PathUnescape(path)
	bare := strings.TrimSuffix(decoded, "/")
	for _, p := range patterns {
		p, _ = url.PathUnescape(p)
		for _, flags := range []string{"(?is)", "(?s)"} {
			if anyMatch([]string{p}, bare, flags) || anyMatch([]string{p}, bare+"/", flags) {
				return true
			}
		}
	}
	return false
}

// withBrackets leaves out the actions that are compared as they are.
func withBrackets(actions []string) []string {
	return slices.DeleteFunc(slices.Clone(actions), func(a string) bool { return !strings.Contains(a, "<") })
}

func anyMatch(patterns []string, text, flags string) bool {
	bracket := compiled(`<([^<>]*)>`)
	for _, p := range patterns {
		quoted, end := "", 0
		for _, m := range bracket.FindAllStringSubmatchIndex(p, -1) {
			quoted, end = quoted+regexp.QuoteMeta(p[end:m[0]])+"(?:"+p[m[2]:m[3]]+")", m[1]
		}
		if compiled(flags + "^(?:" + quoted + regexp.QuoteMeta(p[end:]) + ")$").MatchString(text) {
			return true
		}
	}
	return false
}
