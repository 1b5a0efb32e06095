package jsonfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/jsonfile"
)

func TestPlaces(t *testing.T) {
	root, err := jsonfile.Parse([]byte("{\n\"a\": {\"b\": [1,\n\"x\"]},\n\"c\": null}"), "")
	require.NoError(t, err)
	b := root.Get("a").Get("b")
	assert.EqualError(t, b.Members[1].Node.Errorf("is wrong"), "line 3: a.b[1]: is wrong")
	assert.EqualError(t, root.Errorf("is wrong"), "line 1: is wrong")
	_, err = b.Texts()
	assert.EqualError(t, err, "line 2: a.b[0]: must be a string: write it in quotation marks")
	_, err = b.Text()
	assert.EqualError(t, err, "line 2: a.b: must be a string")
	_, err = root.Texts()
	assert.EqualError(t, err, "line 1: must be an array of strings")
	texts, err := root.Get("c").Texts()
	assert.NoError(t, err)
	assert.Empty(t, texts)
	assert.True(t, root.Get("c").IsNull())
	assert.Nil(t, root.Get("d").Get("e"), "a member of nothing")
	assert.Nil(t, b.Get(""), "an array has no names")

	list, err := jsonfile.Parse([]byte("[7]"), "policies")
	require.NoError(t, err)
	assert.EqualError(t, list.Members[0].Node.Errorf("is wrong"), "line 1: policies[0]: is wrong")
	other := jsonfile.Node{Place: "VARIABLE", Path: "a"}
	assert.EqualError(t, other.Errorf("is wrong"), "VARIABLE: a: is wrong")
}

// TestMistyped has values of other types. The advice must lead to a value that is accepted.
func TestMistyped(t *testing.T) {
	for _, c := range []struct{ text, want, says string }{
		{`7`, "a string", ": write it in quotation marks"},
		{`true`, "a string", ": write it in quotation marks"},
		{`null`, "a string", ""},
		{`[]`, "a string", ""},
		{`"a"`, "an array of strings", ": write it in [ ]"},
		{`7`, "an array of strings", ""},
		{`{}`, "an array of strings", ""},
		{`{}`, "an array of objects", ": write it in [ ]"},
		{`"a"`, "an array of objects", ""},
		{`"a"`, "an object", ": write its fields in { }"},
		{`[]`, "an object", ": write its fields in { }"},
		{`null`, "an object", ""},
		{`"true"`, "true or false", ", without quotation marks"},
		{`1`, "true or false", ""},
		{`"1"`, "a number from 1 to 2", ", without quotation marks"},
		{`3`, "a number from 1 to 2", ""},
	} {
		n, err := jsonfile.Parse([]byte(c.text), "")
		require.NoError(t, err)
		assert.EqualError(t, n.Mistyped(c.want), "line 1: must be "+c.want+c.says, c.text)
		n.Place = "VARIABLE"
		assert.EqualError(t, n.Mistyped(c.want), "VARIABLE: must be "+c.want)
	}
}

// TestNamesInPlaces: a name controls no terminal, and a long one does not make every path below it as long.
func TestNamesInPlaces(t *testing.T) {
	long := strings.Repeat("n", 100_000)
	deep := strings.Repeat(`{"`+strings.Repeat("d", 64)+`":`, 15)
	for text, want := range map[string]string{
		`{"\u001b]0;x\u0007": [1]}`: `line 1: "\x1b]0;x\a"[0]: is wrong`,
		`{"a": {"b\nc": 1}}`:        `line 1: a."b\nc": is wrong`,
		`{"\u202e": 1}`:             `line 1: "\u202e": is wrong`,
		`{"é.ü": 1}`:                `line 1: é.ü: is wrong`,
		`{"` + long + `": [[1]]}`:   `line 1: "` + long[:64] + `"…[0][0]: is wrong`,
		deep + "1" + strings.Repeat("}", 15): "line 1: " + strings.Repeat(strings.Repeat("d", 64)+".", 6) +
			strings.Repeat("d", 64) + ": is wrong",
	} {
		n, err := jsonfile.Parse([]byte(text), "")
		require.NoError(t, err)
		for len(n.Members) > 0 {
			n = n.Members[0].Node
		}
		assert.EqualError(t, n.Errorf("is wrong"), want)
	}
}

func TestTextsThatReadersDisagreeOn(t *testing.T) {
	for text, want := range map[string]string{
		"{\"a\": 1,\n\"a\": 2}":       "line 2: a: the name occurs twice",
		"{\"a\": 1,\n\"\\u0061\": 2}": "line 2: a: the name occurs twice",
		`{"a": "\ud800"}`:             "line 1: a: has half of a surrogate pair",
		"\"\xff\"":                    "the file is not valid UTF-8",
		"\ufeff{}":                    "the file begins with a byte order mark: save it without one",
		strings.Repeat("[", 17) + strings.Repeat("]", 17):         "the value is nested too deeply",
		strings.Repeat("[", 1e5) + "1" + strings.Repeat("]", 1e5): "line 1: the value is nested too deeply",
	} {
		_, err := jsonfile.Parse([]byte(text), "")
		assert.ErrorContains(t, err, want)
	}
	_, err := jsonfile.Parse([]byte(strings.Repeat("[", 16)+strings.Repeat("]", 16)), "")
	assert.NoError(t, err)
}

// TestSyntax has texts that are not JSON. The error says what to change.
func TestSyntax(t *testing.T) {
	const quotes = "write names and texts in double quotation marks, and true, false and null in small letters"
	const tooEarly = "the file ends too early: close each string, object and array"
	const control = "a string has a line break, a tab or another control character: write an escape such as \\n, or close the string"
	for text, want := range map[string]string{
		"":                    "line 1: the file is empty: write a JSON object such as {}",
		" \n\n":               "line 3: the file is empty: write a JSON object such as {}",
		"{":                   "line 1: " + tooEarly,
		"{\"a\": [1,\n":       "line 2: " + tooEarly,
		"{\"a\": \"b":         "line 1: " + tooEarly,
		"{} {}":               "line 1: the file goes on after its value: remove what follows",
		"{}\n}":               "line 2: the file goes on after its value: remove what follows",
		"{\"a\": 1,\n}":       "line 2: remove the comma before }",
		"[1 , ]":              "line 1: remove the comma before ]",
		"{\"a\": [{}, ]}":     "line 1: remove the comma before ]",
		"{// a\n}":            "line 1: JSON has no comments: remove it",
		"{\"a\": 1,\n# b\n}":  "line 2: JSON has no comments: remove it",
		"{a: 1}":              "line 1: " + quotes,
		"{'a': 1}":            "line 1: " + quotes,
		"{\"a\": True}":       "line 1: " + quotes,
		"{\"a\": [b]}":        "line 1: " + quotes,
		"{\u201ca\u201d: 1}":  "line 1: " + quotes,
		"{\"a\": \u00e9}":     "line 1: " + quotes,
		"{\"a\": \U00010400}": "line 1: " + quotes,
		"{} \U0001f600":       "line 1: the file goes on after its value: remove what follows",
		"{\"a\": 1 \"b\": 2}": `line 1: a comma or a colon is missing before "`,
		"{\"a\" {}}":          "line 1: a comma or a colon is missing before {",
		"[[1] [2]]":           "line 1: a comma or a colon is missing before [",
		"{\"a\": \"b\nc\"}":   "line 2: " + control,
		"{\"a\": \"b\tc\"}":   "line 1: " + control,
		"{\"a\": \"b,\t}\"}":  "line 1: " + control,
		"{\"a\": \"/a\\d\"}":  `line 1: a string has a \ that begins no escape: write \\`,
		"{\"a\": \"/a,\\}\"}": `line 1: a string has a \ that begins no escape: write \\`,
		"{\"a\": -}":          "line 1: invalid character '}' in numeric literal",
	} {
		_, err := jsonfile.Parse([]byte(text), "")
		assert.EqualError(t, err, want, "%q", text)
	}
}

func TestReadFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, os.WriteFile(name, []byte("12345"), 0o600))
	text, err := jsonfile.ReadFile(name, 5)
	require.NoError(t, err)
	assert.Equal(t, "12345", string(text))
	_, err = jsonfile.ReadFile(name, 4)
	assert.EqualError(t, err, "the file is larger than 4 bytes")
	_, err = jsonfile.ReadFile(filepath.Dir(name), 5)
	assert.EqualError(t, err, "cannot be read: it is not a regular file")
	_, err = jsonfile.ReadFile(name+"x", 5)
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.NotContains(t, fmt.Sprint(err), "a.json")
}

func TestPrefix(t *testing.T) {
	one, two := errors.New("one"), errors.New("two")
	assert.EqualError(t, jsonfile.Prefix("a: ", one), "a: one")
	both := jsonfile.Prefix("a: ", errors.Join(one, two))
	assert.EqualError(t, both, "a: one\na: two")
	assert.ErrorIs(t, both, two)
}
