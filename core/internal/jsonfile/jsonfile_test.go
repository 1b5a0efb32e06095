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
	assert.EqualError(t, err, "line 2: a.b[0]: must be a string")
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
		`{"a": "\ud800"}`:             "line 1: a: a character is not valid",
		"\"\xff\"":                    "the file is not valid UTF-8",
		"":                            "line 1: unexpected end of JSON input",
		"\ufeff{}":                    "the file begins with a byte order mark: save it without one",
		"{} {}":                       "line 1: invalid character '{' after top-level value",
		strings.Repeat("[", 17) + strings.Repeat("]", 17):         "the value is nested too deeply",
		strings.Repeat("[", 1e5) + "1" + strings.Repeat("]", 1e5): "exceeded max depth",
	} {
		_, err := jsonfile.Parse([]byte(text), "")
		assert.ErrorContains(t, err, want)
	}
	_, err := jsonfile.Parse([]byte(strings.Repeat("[", 16)+strings.Repeat("]", 16)), "")
	assert.NoError(t, err)
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
