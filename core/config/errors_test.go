package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/config"
)

// TestErrors has the files of testdata/wrong.txt: one case in each line, whose fields are separated by tabs. They are its name;
// schema, or beyond if a schema cannot say it; a part of testdata/full.json, and the text in its place, or nothing and a whole
// file; and the lines of the error. UPDATE=1 writes the errors. docs/CONFIGURATION.md shows them.
func TestErrors(t *testing.T) {
	good, err := os.ReadFile("testdata/full.json")
	require.NoError(t, err)
	cases, err := os.ReadFile("testdata/wrong.txt")
	require.NoError(t, err)
	v := newValidator(t, config.Schema())
	var written strings.Builder
	for line := range strings.Lines(string(cases)) {
		c := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		require.GreaterOrEqual(t, len(c), 5, line)
		name, before, after, want := c[0], c[2], c[3], c[4:]
		t.Run(name, func(t *testing.T) {
			bad := after
			if before != "" {
				require.Equal(t, 1, strings.Count(string(good), before), "the case replaces one part")
				bad = strings.Replace(string(good), before, after, 1)
			}
			_, err := config.Parse([]byte(bad))
			require.Error(t, err)
			got := linesOf(err)
			written.WriteString(strings.Join(append(c[:4:4], got...), "\t") + "\n")
			ok, why := v.accepts([]byte(bad))
			assert.Equal(t, c[1], map[bool]string{true: "beyond", false: "schema"}[ok], "the schema: %s", why)
			assert.NotContains(t, err.Error(), "hunter2")
			if os.Getenv("UPDATE") == "" {
				assert.Equal(t, want, got)
			}
		})
	}
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile("testdata/wrong.txt", []byte(written.String()), 0o644))
	}
}

// linesOf returns the errors that Parse has joined.
func linesOf(err error) []string {
	lines := strings.Split(err.Error(), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "config: ")
	}
	return lines
}

// TestErrorsOfOtherFiles has files that cannot be lines of a table.
func TestErrorsOfOtherFiles(t *testing.T) {
	v := newValidator(t, config.Schema())
	for _, c := range []struct{ name, text, want string }{
		{"not UTF-8", "{\"version\": \"\xff\"}", "the file is not valid UTF-8"},
		{"line breaks", "{\"service\": {\"name\": 1},\n\"securty\": {}}", "line 1: service.name: must be a string: write it in quotation marks\nline 2: securty: unknown field: did you mean security?"},
		{"a tab in a text", "{\"version\": \"\t\"}", `line 1: a string has a line break, a tab or another control character: write an escape such as \n, or close the string`},
		{"nested too deeply", `{"x-a": ` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + "}", "line 1: x-a" + strings.Repeat("[0]", 15) + ": the value is nested too deeply: at most 16 objects and arrays may be in each other"},
		{"a long pattern", `{"security": {"disable": true, "ignorePatterns": ["/` + strings.Repeat("a", 1024) + `"]}}`, "line 1: security.ignorePatterns[0]: is longer than 1024 bytes: write several patterns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Parse([]byte(c.text))
			require.Error(t, err)
			assert.Equal(t, c.want, strings.Join(linesOf(err), "\n"))
			ok, _ := v.accepts([]byte(c.text))
			assert.Equal(t, c.name != "line breaks" && c.name != "a tab in a text", ok)
		})
	}
}

// TestErrorsNameTheFile has the errors of files that cannot be read.
func TestErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.json")
	require.NoError(t, os.WriteFile(large, make([]byte, 4<<20+1), 0o600))
	bad := filepath.Join(dir, "bad.json")
	for name, want := range map[string]string{
		filepath.Join(dir, "missing.json"): "missing.json: cannot be read: no such file or directory",
		dir:                                filepath.Base(dir) + ": cannot be read: it is not a regular file",
		large:                              "large.json: the file is larger than 4194304 bytes",
	} {
		_, err := config.Load(name)
		assert.EqualError(t, err, want)
	}
	for name, text := range map[string]string{
		"two faults":             "{\"a\": 1,\n\"b\": 2}",
		"two faults of policies": `{"security": {"keysDir": "/k", "jwt": {}, "acl": {"policies": [{"effect": "no", "subjects": ["<"]}]}}}`,
	} {
		require.NoError(t, os.WriteFile(bad, []byte(text), 0o600))
		_, err := config.Load(bad)
		require.Error(t, err, name)
		assert.Contains(t, err.Error(), "\n", name)
		for line := range strings.Lines(err.Error()) {
			assert.True(t, strings.HasPrefix(line, "bad.json: line "), "%s: %s", name, line)
		}
	}
}
