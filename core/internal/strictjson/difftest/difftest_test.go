// Package difftest compares strictjson with the reference implementation of encoding/json/v2: each must accept what the other
// accepts. It is a module of its own, so that the core module does not require the reference.
package difftest

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

// reference decodes an object with no duplicate names and no invalid UTF-8, which are the defaults of the reference.
func reference(data []byte) (map[string]jsontext.Value, bool) {
	value := jsontext.Value(data)
	if !value.IsValid() || value.Kind() != '{' {
		return nil, false
	}
	var members map[string]jsontext.Value
	return members, json.Unmarshal(data, &members) == nil
}

func depth(data []byte) (deepest int) {
	level, text := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case !text && (c == '{' || c == '['):
			level++
			deepest = max(deepest, level)
		case !text && (c == '}' || c == ']'):
			level--
		}
	}
	return deepest
}

func FuzzBothDirections(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":[1,"x",null,{"b":true}]}`, `{"a":1,"\u0061":2}`, `{"x":{"a":1,"a":2}}`, `{"\ud83d\ude00":"\ud800"}`,
		"{\"a\":\"\xff\"}", `{"a":-0.1e+5}`, `{"a":01}`, ` {"a" : 1 } `, `{"a":1,}`, "\ufeff{}", `{"a":"\/\b\f\n\r\t\"\\"}`, `[]`,
		`{"A":1,"a":2}`, `{"":0}`, "{\"a\":\"\x7f\u2028\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want, good := reference(data)
		if good && depth(data) > strictjson.MaxDepth {
			return // the only intended difference
		}
		got := map[string]string{}
		err := strictjson.Object(string(data), func(name, value string) error {
			got[name] = value
			return nil
		})
		require.Equal(t, good, err == nil, "%q", data)
		if err != nil {
			return
		}
		require.Len(t, got, len(want))
		for name, value := range want {
			require.Equal(t, string(value), got[name], "%q", name)
			var text string
			if json.Unmarshal(value, &text) == nil && value.Kind() == '"' {
				own, ok := strictjson.String(got[name])
				require.True(t, ok)
				require.Equal(t, text, own)
			}
		}
	})
}
