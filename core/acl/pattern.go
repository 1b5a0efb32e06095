package acl

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// part is a piece of a template: literal text, or a regular expression that stands between < and >.
type part struct {
	text    string
	isRegex bool
}

// split takes a template such as /users/<[0-9]+>/orders apart. Angle brackets nest, as in <(?P<id>[0-9]+)>.
func split(template string) (parts []part, err error) {
	depth, start := 0, 0
	for i := range len(template) {
		switch template[i] {
		case '<':
			if depth++; depth == 1 {
				if i > start {
					parts = append(parts, part{text: template[start:i]})
				}
				start = i + 1
			}
		case '>':
			if depth--; depth < 0 {
				return nil, errors.New("a > has no < before it")
			}
			if depth == 0 {
				p := part{template[start:i], true}
				if err := checkRegex(p.text); err != nil {
					return nil, err
				}
				parts = append(parts, p)
				start = i + 1
			}
		}
	}
	if depth > 0 {
		return nil, errors.New("a < has no > behind it")
	}
	if start < len(template) {
		parts = append(parts, part{text: template[start:]})
	}
	return parts, nil
}

// checkRegex returns an error for a text that is not a regular expression, or not one in a group: a quotation that \Q begins
// would go on behind it.
func checkRegex(text string) error {
	_, err := regexp.Compile(text)
	if err == nil {
		_, err = regexp.Compile("(?:" + text + ")")
	}
	var e *syntax.Error
	if errors.As(err, &e) { // whose own text would have the expression as it is, with what controls a terminal
		return fmt.Errorf("error parsing regexp: %s: %q", e.Code, e.Expr)
	}
	return err
}

// compile makes a regular expression of parts, anchored at both ends, which a part cannot change: each is valid
// by itself and in a group.
func compile(parts []part, flags string) (*regexp.Regexp, error) {
	var out strings.Builder
	out.WriteString(`\A` + flags)
	for _, p := range parts {
		if p.isRegex {
			out.WriteString("(?:" + p.text + ")")
		} else {
			out.WriteString(regexp.QuoteMeta(p.text))
		}
	}
	out.WriteString(`\z`)
	return regexp.Compile(out.String())
}

// mayMatchSlash reports whether a match of a regular expression can have a slash in it. It may err towards true.
func mayMatchSlash(text string) bool {
	re, err := syntax.Parse(text, syntax.Perl)
	return err != nil || hasSlash(re)
}

func hasSlash(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return strings.ContainsRune(string(re.Rune), '/')
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i] <= '/' && '/' <= re.Rune[i+1] {
				return true
			}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	}
	for _, sub := range re.Sub {
		if hasSlash(sub) {
			return true
		}
	}
	return false
}

// values is a set of strings: literal ones, and those that a regular expression matches as a whole.
type values struct {
	any      bool // every string, also the empty one
	literals []string
	regexes  []*regexp.Regexp
}

func (v *values) has(s string) bool {
	if v.any {
		return true
	}
	for _, l := range v.literals {
		if l == s {
			return true
		}
	}
	for _, re := range v.regexes {
		if re.MatchString(s) {
			return true
		}
	}
	return false
}

// hasAny reports whether one of list is in the set.
func (v *values) hasAny(list []string) bool {
	for _, s := range list {
		if v.has(s) {
			return true
		}
	}
	return false
}

// addTemplate adds the strings that a template such as user-<.+> matches.
func (v *values) addTemplate(template string) error {
	parts, err := split(template)
	switch {
	case err != nil:
		return fmt.Errorf("%q: %w", template, err)
	case template == "":
		return errors.New("an empty value matches nothing: write <.*> for any")
	case len(parts) == 1 && !parts[0].isRegex:
		v.literals = append(v.literals, template)
		return nil
	}
	re, err := compile(parts, "(?s)")
	if err != nil {
		return fmt.Errorf("%q: %w", template, err)
	}
	v.regexes = append(v.regexes, re)
	return nil
}

// addValue adds the strings that a value of a condition stands for: a template if it has angle brackets, and otherwise the value
// itself and, as the originals read it, what it matches as a regular expression. A dot alone is a dot.
func (v *values) addValue(value string) error {
	if value == "" || strings.ContainsAny(value, "<>") {
		return v.addTemplate(value)
	}
	v.literals = append(v.literals, value)
	if !strings.ContainsAny(value, `\*+?()[]{}|^$`) {
		return nil
	}
	err := checkRegex(value)
	if err != nil {
		return fmt.Errorf("%q: %w", value, err)
	}
	re, err := compile([]part{{value, true}}, "(?s)")
	if err != nil {
		return fmt.Errorf("%q: %w", value, err)
	}
	v.regexes = append(v.regexes, re)
	return nil
}
