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

// The paths of a description are literal prefixes, or regular expressions behind a ~. Kong 3 has the same two, and wants
// literals in the form to which it normalizes the path of a request: only reserved characters stay escaped. Kong 2 takes
// every path with a character that is not in [A-Za-z0-9.\-_~/%] for a regular expression. There a literal keeps other
// characters percent-encoded, and becomes an expression where it has a reserved one, which Kong does not decode.

// reserved are the characters whose escapes Kong leaves as they are (RFC 3986, section 2.2), and %.
const reserved = "!*'();:@&=+$,/?%#[]"

// validatePath takes a literal prefix, or an expression behind ~.
func validatePath(p string) *Error {
	expression, isExpression := strings.CutPrefix(p, "~")
	switch {
	case !strings.HasPrefix(expression, "/"):
		return invalid("Service.Paths: %q must begin with / or ~/", clip(p))
	case !isPrintable(p):
		return invalid("Service.Paths: %q must be printable", clip(p))
	case isExpression && !strings.ContainsAny(expression, expressionMarks) && isPlain(expression):
		return invalid("Service.Paths: %q has nothing of a regular expression: leave out the ~", clip(p))
	case isExpression && notNormal.MatchString(expression):
		return invalid("Service.Paths: %q must be in its normal form, without //, /./ and /../", clip(p))
	case isExpression:
		return nil
	case strings.ContainsAny(p, "?#"):
		return invalid("Service.Paths: %q must have no query and no fragment; %%3F and %%23 stand for the characters", clip(p))
	case strings.Contains(p, `\`):
		return invalid("Service.Paths: %q looks like a regular expression: write %q", clip(p), clip("~"+p))
	}
	literal, ok := normalPath(p)
	switch {
	case !ok:
		return invalid("Service.Paths: %q must have two hexadecimal digits behind each %%; %%25 stands for itself", clip(p))
	case !isPrintable(literal):
		return invalid("Service.Paths: %q must be printable when it is decoded", clip(p))
	case path.Clean(literal) != literal && path.Clean(literal)+"/" != literal || literal == "//":
		return invalid("Service.Paths: %q must be in its normal form, %q", clip(p), clip(path.Clean(literal)))
	}
	return nil
}

// notNormal finds what no request has, since its path is normalized.
var notNormal = regexp.MustCompile(`//|/\./|/\.\./`)

// expressionMarks have a meaning in regular expressions.
const expressionMarks = `()[]{}*+?^$|\.`

// normalPath decodes the escapes of what is not reserved, as Kong does with the path of a request. It is false where an
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

// pathsFor writes paths as the version has them.
func pathsFor(v version, paths []string) []string {
	written := make([]string, len(paths))
	for i, p := range paths {
		expression, isExpression := strings.CutPrefix(p, "~")
		literal, _ := normalPath(p) // it was checked
		switch {
		case v.major >= 3 && isExpression:
			written[i] = p
		case v.major >= 3:
			written[i] = literal
		case isExpression && isPlain(expression):
			written[i] = expression + "(?:)" // Kong 2 would take it for a literal: the dots in it
		case isExpression:
			written[i] = expression
		default:
			written[i] = literalFor2(literal)
		}
	}
	return written
}

// literalFor2 is a literal for Kong 2: percent-encoded, or an expression where that does not do.
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

// encoded is a path with the escapes of all that is neither plain nor reserved. Kong undoes them.
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

// special are the literals that Kong 2 has to get as expressions, as they are written there.
func special(v version, paths []string) (all []string) {
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

// validatePathsFor refuses what Kong 2 cannot have in one route. Literals that become expressions need a priority by their
// length; it is one of the route, and true expressions come before them all. Before 2.6 a route with an expression comes
// before others with all of its paths.
func (s Service) validatePathsFor(v version) error {
	i := slices.IndexFunc(s.Paths, func(p string) bool { return strings.HasPrefix(p, "~") })
	if i < 0 || v.major >= 3 {
		return nil
	}
	for j, written := range pathsFor(v, s.Paths) {
		isLiteral := !strings.HasPrefix(s.Paths[j], "~")
		if isLiteral && (!isPlain(written) || v.major == 2 && v.minor < 6) {
			return invalid("Service.Paths: %q cannot stand beside the regular expression %q on Kong %s, which would take it "+
				"before longer paths of other services; write it as an expression, %q, or describe two services",
				clip(s.Paths[j]), clip(s.Paths[i]), v.text, clip("~"+quoted(s.Paths[j])))
		}
	}
	return nil
}

// quoted is a literal as a regular expression, for every version.
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

// pattern is what people write for a parameter or any text in a router, a proxy, or Kong 2.
var pattern = regexp.MustCompile(`\.[*+]|[\])][*+]|[|^]|\$$|\*$|/:\w|\{\w+\}|\[\w+\]`)

// warnOfPatterns says of paths that are taken literally that they do not look so.
func (k *Kong) warnOfPatterns(s Service) {
	for _, p := range s.Paths {
		if !strings.HasPrefix(p, "~") && pattern.MatchString(p) {
			k.config.Logger.Warn("the path is taken literally; for a regular expression write ~ before it",
				"service", s.Name, "path", clip(p))
		}
	}
}

// lowest is below every regex_priority that people choose. From here on are those of special literals on Kong 2: longer
// ones before shorter ones, and all behind the true expressions, which have 0 unless an operator says otherwise.
const lowest = -1_000_000

// priorityField is the regex_priority of a route, where it is ours: for special literals, and to undo that where there are
// none any more. Other values are the operator's.
func (s Service) priorityField(v version, have entity) (field, bool) {
	number, _ := have["regex_priority"].(json.Number)
	there, _ := number.Int64()
	isOurs := there >= lowest && there < lowest/2
	want := 0
	if all := special(v, s.Paths); len(all) > 0 {
		want = lowest + len(slices.MinFunc(all, func(a, b string) int { return len(a) - len(b) }))
	}
	needed := want != 0 && (there == 0 || isOurs) || want == 0 && isOurs
	return field{name: "regex_priority", want: integer(want), same: contains}, needed
}
