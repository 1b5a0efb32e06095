package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/oidc"
)

// provider is an OpenID provider with a page in the folder providers.
type provider struct {
	name, file string
	config     oidc.Config     // of the Go lines on the page
	kind       string          // the kind of token: access or ID
	algorithm  string          // of the token; empty: RS256
	typ        string          // the `typ` in the header of the token; empty: none
	issued     string          // the file of the token, if a server of interop has issued it
	token      coretest.Claims // without such a file
	mistakes   []mistake
}

// mistake is what people do wrong. The record of the refusal is not written down here: it is that of a chain.
type mistake struct {
	what    string          // the mistake
	opaque  string          // a credential that is not a JWT; empty: the token of the page with the changes below
	issued  string          // the file of the token that was sent, if a server of interop has issued it
	header  coretest.Claims // changes to the header of the token
	claims  coretest.Claims // changes to the claims of the token
	require core.Provider   // what the route requires; nil: a token
	instead string          // what to do about it
}

// field is a part of an identity, and the claims from which a Config reads it.
type field struct{ name, claims string }

// fields returns the parts of an identity, also those that the Config does not read.
func fields(c jwt.Claims) []field {
	return []field{
		{"user", cmp.Or(texts(c.User), "`sub`")}, {"name", texts(c.Name)}, {"client", texts(c.Client)},
		{"roles", lists(c.Roles)}, {"scopes", lists(c.Scopes)},
		{"organizations", lists(c.Organizations)}, {"namespaces", lists(c.Namespaces)},
	}
}

func claim(path jwt.Path) string { return "`" + strings.Join(path, ".") + "`" }

func claimsAt(paths []jwt.Path) (all []string) {
	for _, path := range paths {
		all = append(all, claim(path))
	}
	return all
}

// texts describes places of which the first one with a text counts.
func texts(places []jwt.Text) string {
	var all []string
	for _, place := range places {
		text := claim(place.Path)
		if place.If != nil {
			text += " if " + claim(place.If)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", or ")
}

// lists describes places that all count.
func lists(places []jwt.List) string {
	var all []string
	for _, place := range places {
		text := claim(place.Path)
		if place.Form != 0 && place.Form&^jwt.Keys == 0 {
			text = "keys of " + text
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// accepted describes the tokens that a Config accepts, apart from their signature and times. The values are those of the page.
func accepted(kind string, c oidc.Config) string {
	var rules []string
	if len(c.Audiences) > 0 {
		rules = append(rules, "`aud` has `"+strings.Join(c.Audiences, "` or `")+"`")
	}
	for _, v := range c.Claims.Values {
		rules = append(rules, valueRule(v))
	}
	var required []string
	for _, oneOf := range c.Claims.Required {
		required = append(required, strings.Join(claimsAt(oneOf), " or "))
	}
	if len(required) > 0 {
		rules = append(rules, "has "+strings.Join(required, " and "))
	}
	if len(c.Claims.Absent) > 0 {
		rules = append(rules, "has no "+strings.Join(claimsAt(c.Claims.Absent), ", "))
	}
	return kind + " tokens: " + strings.Join(rules, "; ")
}

// valueRule describes a claim that must have one of some values.
func valueRule(v jwt.Value) string {
	if v.Issuer != "" {
		return claim(v.Path) + " fits `iss`"
	}
	rule := claim(v.Path) + " is `" + strings.Join(v.OneOf, "` or `") + "`"
	if v.Optional {
		rule += " or absent"
	}
	return rule
}

// table returns the table of README.md.
func table() string {
	var b strings.Builder
	b.WriteString("| provider | tokens accepted | user | name | client | roles | scopes | more |\n" +
		"|---|---|---|---|---|---|---|---|\n")
	for _, p := range providers {
		fmt.Fprintf(&b, "| [%s](docs/providers/%s.md) | %s |", p.name, p.file, accepted(p.kind, p.config))
		var more []string
		for i, f := range fields(p.config.Claims) {
			if i < 5 {
				fmt.Fprintf(&b, " %s |", cmp.Or(f.claims, "–"))
			} else if f.claims != "" {
				more = append(more, f.name+": "+f.claims)
			}
		}
		fmt.Fprintf(&b, " %s |\n", cmp.Or(strings.Join(more, ", "), "–"))
	}
	return b.String()
}

const readme = "../README.md"

// renderReadme returns README.md with its table of providers written anew.
func renderReadme() (string, error) {
	text, err := os.ReadFile(readme)
	if err != nil {
		return "", err
	}
	written, err := between(string(text), "providers", table())
	if err != nil {
		return "", fmt.Errorf("README.md: %w", err)
	}
	return written, nil
}

// identity returns the table of a page with the identity of its token.
func (p provider) identity() (string, error) {
	got, err := p.try(mistake{})
	if err != nil {
		return "", err
	}
	if got.auth == nil {
		return "", fmt.Errorf("the token of %s is refused: %s", p.name, got.record)
	}
	values := identityOf(got.auth)
	var b strings.Builder
	b.WriteString("| identity | claim | in an example |\n|---|---|---|\n")
	for _, f := range fields(p.config.Claims) {
		if f.claims == "" {
			continue
		}
		value := "–"
		if len(values[f.name]) > 0 {
			value = strings.ReplaceAll("`"+strings.Join(values[f.name], "`, `")+"`", "|", `\|`)
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", f.name, f.claims, value)
	}
	return b.String(), nil
}

// refusals returns the table of a page with the mistakes and their records.
func (p provider) refusals() (string, error) {
	var b strings.Builder
	b.WriteString("| mistake | the record says | instead |\n|---|---|---|\n")
	for _, m := range p.mistakes {
		got, err := p.try(m)
		if err != nil {
			return "", err
		}
		if got.auth != nil {
			return "", fmt.Errorf("%s: the token is accepted: %s", p.name, m.what)
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", m.what, got.record, m.instead)
	}
	return b.String(), nil
}

func (p provider) page() string { return filepath.Join("providers", p.file+".md") }

// renderPage returns the page of a provider with its tables written anew.
func (p provider) renderPage() (string, error) {
	text, err := os.ReadFile(p.page())
	if err != nil {
		return "", err
	}
	identity, err := p.identity()
	if err != nil {
		return "", err
	}
	refusals, err := p.refusals()
	if err != nil {
		return "", err
	}
	page, err := between(string(text), "identity", identity)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.page(), err)
	}
	return between(page, "mistakes", refusals)
}

// between replaces what a page has between the marks of a table.
func between(page, name, table string) (string, error) {
	begin, end := "<!-- "+name+": written by go run . in docs -->\n", "<!-- "+name+": end -->"
	before, rest, found := strings.Cut(page, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", fmt.Errorf("the marks of the table %s are missing: %s and %s", name, strings.TrimSpace(begin), end)
	}
	return before + begin + table + end + after, nil
}
