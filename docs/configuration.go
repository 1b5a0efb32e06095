package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/microkubes/microkubes-go/core/config"
)

// The page about the configuration file, and the files of cases that tests compare with the code.
const (
	configurationPage = "CONFIGURATION.md"
	wrongFiles        = "../core/config/testdata/wrong.txt"
	wrongValues       = "../service/testdata/wrongvalues.txt"
)

// renderConfiguration returns the page with its tables written anew.
func renderConfiguration() (string, error) {
	text, err := os.ReadFile(configurationPage)
	if err != nil {
		return "", err
	}
	page := string(text)
	for _, t := range []struct {
		name  string
		table func() (string, error)
	}{
		{"fields", fieldTable}, {"platform", platformTable}, {"wrong files", wrongFileTable}, {"wrong values", wrongValueTable},
	} {
		table, err := t.table()
		if err == nil {
			page, err = between(page, t.name, table)
		}
		if err != nil {
			return "", fmt.Errorf("%s: %s: %w", configurationPage, t.name, err)
		}
	}
	return page, nil
}

// schema is a part of the JSON Schema of the file.
type schema struct {
	Description      string
	Type, Const      any
	Properties       map[string]*schema
	Required, Enum   []string
	Minimum, Maximum int
	Items            *schema
	OneOf            []*schema
}

// fieldTable returns the table of the fields, from the schema.
func fieldTable() (string, error) {
	var root schema
	if err := json.Unmarshal(config.Schema(), &root); err != nil {
		return "", err
	}
	t, err := newVariables(&root)
	if err != nil {
		return "", err
	}
	defer t.remove()
	var b strings.Builder
	b.WriteString("| field | value | what it is | variable |\n|---|---|---|---|\n")
	err = t.rows(&b, "", &root)
	return b.String(), err
}

// rows writes a row for each field of an object, and one for all that are not read.
func (t *variables) rows(b *strings.Builder, path string, object *schema) error {
	var unread []string
	for _, name := range slices.Sorted(maps.Keys(object.Properties)) {
		field, here := object.Properties[name], strings.TrimPrefix(path+"."+name, ".")
		if field.Description == "" {
			unread = append(unread, here)
			continue
		}
		variable, err := t.of(here)
		if err != nil {
			return err
		}
		required := ""
		if slices.Contains(object.Required, name) {
			required = ", required"
		}
		fmt.Fprintf(b, "| %s | %s%s | %s | %s |\n", code(here), field.value(), required, escape(field.Description), variable)
		if err := t.rows(b, here, field); err != nil {
			return err
		}
		if field.Items != nil {
			if err := t.presetRows(b, here+"[]", field.Items); err != nil {
				return err
			}
		}
	}
	if len(unread) > 0 {
		fmt.Fprintf(b, "| %s | anything | Read by Microkubes' own services alone. | – |\n", codes(unread))
	}
	return nil
}

// presetRows writes a row for each field of the elements of a list, whose fields depend on their preset.
func (t *variables) presetRows(b *strings.Builder, path string, s *schema) error {
	presets, fields, values := map[string][]string{}, map[string]*schema{}, []string{}
	for _, element := range s.OneOf {
		preset := element.Properties["preset"].Enum[0]
		values = append(values, preset)
		for name, field := range element.Properties {
			key := name + "\n" + field.Description
			presets[key], fields[key] = append(presets[key], preset), field
		}
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		name, _, _ := strings.Cut(key, "\n")
		variable, err := t.of(path + "." + name)
		if err != nil {
			return err
		}
		value, what := fields[key].value(), escape(fields[key].Description)
		switch {
		case name == "preset":
			value = codes(values) + ", required"
		case len(presets[key]) < len(s.OneOf):
			value += ", required"
			what += " Presets: " + strings.Join(presets[key], ", ") + "."
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", code(path+"."+name), value, what, variable)
	}
	return nil
}

// value describes the values of a field.
func (s *schema) value() string {
	switch {
	case len(s.Enum) > 0:
		return codes(s.Enum)
	case s.Const != nil:
		return fmt.Sprint(s.Const)
	case s.Type == "integer":
		return fmt.Sprintf("%d to %d", s.Minimum, s.Maximum)
	case s.Type == "array" && s.Items.Type == "string":
		return "strings"
	case s.Type == "array":
		return "objects"
	case s.Type == "boolean":
		return "true or false"
	}
	return fmt.Sprint(s.Type)
}

// variables finds the variables of fields: it sets one in a file that has all sections.
type variables struct{ file string }

func newVariables(root *schema) (*variables, error) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(root.sections())
	t := &variables{filepath.Join(dir, "service.json")}
	return t, errors.Join(err, os.WriteFile(t.file, text, 0o600))
}

func (t *variables) remove() { _ = os.RemoveAll(filepath.Dir(t.file)) }

// sections returns an object with all objects that the schema names.
func (s *schema) sections() map[string]any {
	all := map[string]any{}
	for name, field := range s.Properties {
		if field.Type == "object" {
			all[name] = field.sections()
		}
	}
	return all
}

// of returns the variable of a field, or a dash. A value that is not UTF-8 is refused with the name of its field.
func (t *variables) of(path string) (string, error) {
	rule := "SERVICE_CONFIG__" + strings.ToUpper(strings.ReplaceAll(path, ".", "__"))
	for _, name := range []string{rule, "API_GATEWAY_URL"} {
		_, err := config.Read([]string{"SERVICE_CONFIG_FILE=" + t.file, name + "=\xff"})
		if err == nil {
			return "", errors.New("a value that is not UTF-8 is accepted")
		}
		if strings.Contains(err.Error(), name+": "+path+": is not valid UTF-8") {
			return code(name), nil
		}
	}
	return "–", nil
}

// wrongFileTable returns the table of files that the reader refuses.
func wrongFileTable() (string, error) {
	return caseTable(wrongFiles, 5, "| what | in the file | the error |\n|---|---|---|\n", func(c []string) string {
		change := code(c[2]) + " → " + cmp.Or(code(c[3]), "nothing")
		if c[2] == "" {
			change = "the whole file: " + cmp.Or(code(c[3]), "nothing")
		}
		return fmt.Sprintf("| %s | %s | %s |\n", c[0], change, lines(c[4:]))
	})
}

// wrongValueTable returns the table of Configs that a service cannot start with.
func wrongValueTable() (string, error) {
	return caseTable(wrongValues, 3, "| what | in service.Config | the error |\n|---|---|---|\n", func(c []string) string {
		return fmt.Sprintf("| %s | %s | %s |\n", c[0], code(c[1]), lines(c[2:]))
	})
}

// caseTable returns a table with a row for each line of a file. A line has that many fields or more, separated by tabs.
func caseTable(name string, fields int, head string, row func([]string) string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	table := head
	for line := range strings.Lines(string(text)) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(c) < fields {
			return "", fmt.Errorf("%s: a line has %d fields: %s", name, len(c), line)
		}
		table += row(c)
	}
	return table, nil
}

// code sets a text as code in a cell of a table. Nothing stays nothing.
func code(text string) string {
	switch text = escape(strings.TrimSpace(text)); {
	case text == "":
		return ""
	case strings.Contains(text, "`"):
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

// codes sets each text as code.
func codes(texts []string) string { return strings.Join(asCode(texts), ", ") }

// lines sets each line of an error as code, in a line of its own.
func lines(texts []string) string { return strings.Join(asCode(texts), "<br>") }

func asCode(texts []string) (all []string) {
	for _, text := range texts {
		all = append(all, code(text))
	}
	return all
}

func escape(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
