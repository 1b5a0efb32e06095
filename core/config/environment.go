package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
)

const (
	fileVariable = "SERVICE_CONFIG_FILE"
	prefix       = "SERVICE_CONFIG"
	separator    = "__" // Kubernetes makes variables such as ORDERS_SERVICE_PORT for its Services, and they have none of these
)

// environment has the variables that are not empty, by name.
type environment map[string]string

// Read reads the file that SERVICE_CONFIG_FILE names, and replaces values of the file by the other variables. The package
// documentation has the rule. environ has the form of os.Environ. Of two variables with one name the last counts.
func Read(environ []string) (*Config, error) {
	variables := environment{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if delete(variables, name); value != "" {
			variables[name] = value
		}
	}
	name := variables[fileVariable]
	if name == "" {
		return nil, errors.New("config: SERVICE_CONFIG_FILE is not set: it names the configuration file of the service")
	}
	return load(name, variables)
}

// target is a field that a variable sets.
type target struct {
	path []string
	*field
}

// targets returns the fields of the file by the names of their variables. Those that must be set in the file are fixed.
func targets() map[string]target {
	all := map[string]target{}
	add := func([]string, []field) {}
	add = func(path []string, fields []field) {
		for i := range fields {
			f := &fields[i]
			here := append(slices.Clone(path), f.name)
			switch f.kind {
			case object:
				add(here, f.fields)
			case text, texts, number, flag:
				all[variableOf(here, f)] = target{here, f}
			}
		}
	}
	add(nil, file)
	return all
}

func variableOf(path []string, f *field) string {
	if f.variable != "" {
		return f.variable
	}
	return prefix + separator + strings.ToUpper(strings.Join(path, separator))
}

// apply replaces values of the file. The checks of the fields follow, so that values of variables get the same.
func (e environment) apply(c *checker, root *jsonfile.Node) {
	if len(e) == 0 {
		return
	}
	known := targets()
	for _, name := range slices.Sorted(maps.Keys(e)) {
		t, ok := known[name]
		upper := strings.ToUpper(name)
		switch {
		case ok && t.fixed:
			c.fail(at(name, nil), "%s has no variable: set it in the file", strings.Join(t.path, "."))
		case ok:
			e.set(c, root, name, t)
		case strings.HasPrefix(upper, prefix+separator):
			c.fail(at(name, nil), "does not belong to a field%s", similar(upper, known))
		case strings.HasPrefix(upper, prefix+"_") && !mayBeKubernetes(upper):
			c.otherUnderscores(name, known)
		}
	}
}

// mayBeKubernetes reports whether Kubernetes may have made a variable that could be a misspelled one of this package, such as
// SERVICE_CONFIG_SERVICE_PORT for a Service service-config.
func mayBeKubernetes(name string) bool {
	return strings.HasSuffix(name, "_PORT") && !strings.Contains(name, separator)
}

// otherUnderscores refuses a variable that differs from a known one in underscores and case alone. Any other is not for this
// package.
func (c *checker) otherUnderscores(name string, known map[string]target) {
	switch other := sameLetters(name, known); {
	case other == "":
	case known[other].fixed:
		c.fail(at(name, nil), "%s has no variable: set it in the file", strings.Join(known[other].path, "."))
	default:
		c.fail(at(name, nil), "does not belong to a field: did you mean %s?", other)
	}
}

// sameLetters returns the variable that differs from name in underscores and case alone, or "".
func sameLetters(name string, known map[string]target) string {
	letters := func(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "_", "") }
	for _, other := range slices.Sorted(maps.Keys(known)) {
		if letters(name) == letters(other) {
			return other
		}
	}
	return ""
}

// at returns a value that is in a variable. The name of a variable may be any text.
func at(variable string, path []string) *jsonfile.Node {
	if strings.ContainsFunc(variable, func(r rune) bool { return !unicode.IsPrint(r) }) {
		variable = strconv.Quote(variable)
	}
	return &jsonfile.Node{Place: variable, Path: strings.Join(path, ".")}
}

func similar(name string, known map[string]target) string {
	for _, other := range slices.Sorted(maps.Keys(known)) {
		if !known[other].fixed && editDistance(name, other) <= 2 {
			return ": did you mean " + other + "?"
		}
	}
	return ""
}

// withoutSection says what to do about a variable whose section is not in the file.
func withoutSection(root *jsonfile.Node, t target) string {
	other := slices.Clone(t.path)
	switch other[0] {
	case "service":
		other[0] = "microservice"
	case "microservice":
		other[0] = "service"
	}
	if other[0] != t.path[0] && root.Get(other[0]) != nil {
		return "set " + variableOf(other, t.field) + " instead, as the file has " + other[0]
	}
	return "add it to the file, or remove the variable"
}

func (e environment) set(c *checker, root *jsonfile.Node, name string, t target) {
	section := root
	for i, step := range t.path[:len(t.path)-1] {
		if section = section.Get(step); section == nil || section.Kind != '{' {
			c.fail(at(name, nil), "the file has no section %s: %s", strings.Join(t.path[:i+1], "."), withoutSection(root, t))
			return
		}
	}
	if !utf8.ValidString(e[name]) {
		c.fail(at(name, t.path), "is not valid UTF-8")
		return
	}
	value := valueOf(e[name], at(name, t.path), t.kind)
	last := t.path[len(t.path)-1]
	for i := range section.Members {
		if section.Members[i].Name == last {
			section.Members[i].Node = value
			return
		}
	}
	section.Members = append(section.Members, jsonfile.Member{Name: last, Node: value})
}

// valueOf gives n the value in a variable of that kind.
func valueOf(s string, n *jsonfile.Node, k kind) *jsonfile.Node {
	n.Scalar = s
	switch k {
	case number:
		if _, err := strconv.Atoi(s); err == nil {
			n.Scalar = json.Number(s)
		}
	case texts:
		n.Kind, n.Scalar = '[', nil
		for i, element := range strings.Split(s, ",") {
			m := *n
			m.Kind, m.Scalar, m.Members = 0, strings.TrimSpace(element), nil
			m.Path = fmt.Sprintf("%s[%d]", n.Path, i)
			n.Members = append(n.Members, jsonfile.Member{Node: &m})
		}
	}
	return n
}
