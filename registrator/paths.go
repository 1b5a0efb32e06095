package registrator

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A path of a description is a literal prefix, or a regular expression after a ~. Kong 3 has the same two kinds. It expects a
// literal in the form to which it normalizes the path of a request: only reserved characters are escaped. Kong 2 takes every
// path with a character that is not in [A-Za-z0-9.\-_~/%] for a regular expression. A literal for Kong 2 has other characters
// percent-encoded. It is written as a regular expression if it has a reserved character, which Kong does not decode.

// reserved are the characters whose escapes Kong does not decode: those of RFC 3986, section 2.2, and %.
const reserved = "!*'();:@&=+$,/?%#[]"

// validatePath validates a literal prefix, or a regular expression after ~.
func validatePath(p string) *Error {
	expression, isExpression := strings.CutPrefix(p, "~")
	switch {
	case !strings.HasPrefix(expression, "/"):
		return invalid("Service.Paths: %q must begin with / or ~/", clip(p))
	case !isPrintable(p):
		return invalid("Service.Paths: %q must be printable", clip(p))
	case isExpression && !strings.ContainsAny(expression, expressionMarks) && isPlain(expression):
		return invalid("Service.Paths: %q has no metacharacter of a regular expression: remove the ~", clip(p))
	case isExpression && notNormal.MatchString(expression):
		return invalid("Service.Paths: %q must be in normal form, without //, /./ and /../", clip(p))
	case isExpression:
		return nil
	case strings.ContainsAny(p, "?#"):
		return invalid("Service.Paths: %q must have no query and no fragment; write ? as %%3F and # as %%23", clip(p))
	case strings.Contains(p, `\`):
		return invalid("Service.Paths: %q looks like a regular expression: write %q", clip(p), clip("~"+p))
	}
	literal, ok := normalPath(p)
	switch {
	case !ok:
		return invalid("Service.Paths: %q must have two hexadecimal digits after each %%; write %% as %%25", clip(p))
	case !isPrintable(literal):
		return invalid("Service.Paths: %q must be printable when decoded", clip(p))
	case path.Clean(literal) != literal && path.Clean(literal)+"/" != literal || literal == "//":
		return invalid("Service.Paths: %q must be in normal form, %q", clip(p), clip(path.Clean(literal)))
	}
	return nil
}

// notNormal matches what the path of a request never has, because Kong normalizes it.
var notNormal = regexp.MustCompile(`//|/\./|/\.\./`)

// expressionMarks are the metacharacters of regular expressions.
const expressionMarks = `()[]{}*+?^$|\.`

// normalPath decodes the escapes of unreserved characters, as Kong does with the path of a request. It reports false if an
// escape is malformed.
func normalPath(p string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if p[i] != '%' {
			b.WriteByte(p[i])
			continue
		}
		if i+2 >= len(p) {
			return "", false
		}
		c, err := strconv.ParseUint(p[i+1:i+3], 16, 8)
		if err != nil {
			return "", false
		}
		if strings.IndexByte(reserved, byte(c)) >= 0 {
			b.WriteString(strings.ToUpper(p[i : i+3]))
		} else {
			b.WriteByte(byte(c))
		}
		i += 2
	}
	return b.String(), true
}

// isPlain reports whether Kong 2 takes a path for a literal.
func isPlain(p string) bool {
	return !strings.ContainsFunc(p, func(r rune) bool { return !isAlphanumericASCII(r) && !strings.ContainsRune("-._~/%", r) })
}

func isAlphanumericASCII(r rune) bool { return r < 0x80 && isAlphanumeric(byte(r)) }

// pathsFor returns paths in the form of a version.
func pathsFor(v version, paths []string) []string {
	written := make([]string, len(paths))
	for i, p := range paths {
		expression, isExpression := strings.CutPrefix(p, "~")
		literal, _ := normalPath(p) // validatePath has checked it
		switch {
		case v.major >= 3 && isExpression:
			written[i] = p
		case v.major >= 3:
			written[i] = literal
		case isExpression && isPlain(expression):
			written[i] = expression + "(?:)" // otherwise Kong 2 would take its dots literally
		case isExpression:
			written[i] = expression
		default:
			written[i] = literalFor2(literal)
		}
	}
	return written
}

// literalFor2 returns a literal for Kong 2: percent-encoded, or a regular expression if it has reserved characters.
func literalFor2(literal string) string {
	var b strings.Builder
	isLiteral := isPlain(encoded(literal))
	for i := range len(literal) {
		switch c := literal[i]; {
		case !isLiteral && strings.IndexByte(expressionMarks, c) >= 0 && strings.IndexByte(reserved+".", c) >= 0:
			b.WriteString(`\` + literal[i:i+1])
		default:
			b.WriteString(encoded(literal[i : i+1]))
		}
	}
	return b.String()
}

// encoded returns a path in which all characters that are neither plain nor reserved are escaped. Kong decodes them.
func encoded(literal string) string {
	var b strings.Builder
	for i := range len(literal) {
		if c := literal[i]; isAlphanumeric(c) && c < 0x80 || strings.IndexByte("-._~"+reserved, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// literalExpressions returns the literals that are regular expressions on Kong 2, as they are written there.
func literalExpressions(v version, paths []string) (all []string) {
	if v.major >= 3 {
		return nil
	}
	for i, written := range pathsFor(v, paths) {
		if !strings.HasPrefix(paths[i], "~") && !isPlain(written) {
			all = append(all, written)
		}
	}
	return all
}

// validatePathsFor returns an error for paths that cannot be in one route of Kong 2. A literal that is written as a regular
// expression needs a priority by its length, and true regular expressions need a higher one, but the priority is that of the
// route. Before 2.6, a route with a regular expression takes precedence with all of its paths.
func (s Service) validatePathsFor(v version) error {
	i := slices.IndexFunc(s.Paths, func(p string) bool { return strings.HasPrefix(p, "~") })
	if i < 0 || v.major >= 3 {
		return nil
	}
	for j, written := range pathsFor(v, s.Paths) {
		isLiteral := !strings.HasPrefix(s.Paths[j], "~")
		if isLiteral && (!isPlain(written) || v.major == 2 && v.minor < 6) {
			return invalid("Service.Paths: %q cannot be in one description with the regular expression %q on Kong %s, where it "+
				"would take precedence over longer paths of other services; write it as an expression, %q, or use two services",
				clip(s.Paths[j]), clip(s.Paths[i]), v.text, clip("~"+quoted(s.Paths[j])))
		}
	}
	return nil
}

// quoted returns a literal as a regular expression, for every version.
func quoted(literal string) string {
	var b strings.Builder
	for _, r := range literal {
		if strings.ContainsRune(expressionMarks, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// pattern matches paths that look like patterns of a router, a proxy, or Kong 2.
var pattern = regexp.MustCompile(`\.[*+]|[\])][*+]|[|^]|\$$|\*$|/:\w|\{\w+\}|\[\w+\]`)

// warnOfPatterns warns of literal paths that look like patterns.
func (k *Kong) warnOfPatterns(s Service) {
	for _, p := range s.Paths {
		if !strings.HasPrefix(p, "~") && pattern.MatchString(p) {
			k.config.Logger.Warn("the path is taken literally; for a regular expression write ~ before it",
				"service", s.Name, "path", clip(p))
		}
	}
}

// lowestPriority is less than every regex_priority that operators choose. The priority of a literal that is a regular expression
// on Kong 2 is lowestPriority plus its length: longer literals take precedence over shorter ones, and true regular expressions,
// which have 0 by default, over all of them.
const lowestPriority = -1_000_000

// priorityField returns the regex_priority of a route. It reports false if the field is the operator's: it is ours only for
// literals that are regular expressions, and to reset it when there are none any more.
func (s Service) priorityField(v version, have entity) (field, bool) {
	number, _ := have["regex_priority"].(json.Number)
	current, _ := number.Int64()
	isOurs := current >= lowestPriority && current < lowestPriority/2
	want := 0
	if all := literalExpressions(v, s.Paths); len(all) > 0 {
		want = lowestPriority + len(slices.MinFunc(all, func(a, b string) int { return len(a) - len(b) }))
	}
	needed := want != 0 && (current == 0 || isOurs) || want == 0 && isOurs
	return field{name: "regex_priority", want: integer(want), same: contains}, needed
}
