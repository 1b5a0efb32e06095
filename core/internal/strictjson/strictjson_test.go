package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
)

func members(data string) (map[string]string, error) {
	all := map[string]string{}
	err := strictjson.Object(data, func(name, value string) error {
		all[name] = value
		return nil
	})
	return all, err
}

func TestObject(t *testing.T) {
	for text, want := range map[string]map[string]string{
		`{}`:                        {},
		" \t\r\n{ } \n":             {},
		`{"a":1,"b":"x"}`:           {"a": "1", "b": `"x"`},
		`{ "a" : [1, {"b":2} ] }`:   {"a": `[1, {"b":2} ]`},
		`{"\u0061\n":-0.5e+10}`:     {"a\n": "-0.5e+10"},
		`{"a":true,"A":false}`:      {"a": "true", "A": "false"},
		`{"":null}`:                 {"": "null"},
		`{"é":"\ud83d\ude00"}`:      {"é": `"\ud83d\ude00"`},
		`{"a":{"x":1},"b":{"x":1}}`: {"a": `{"x":1}`, "b": `{"x":1}`},
	} {
		got, err := members(text)
		require.NoError(t, err, "%q", text)
		assert.Equal(t, want, got, "%q", text)
	}
	deep := strings.Repeat(`{"a":`, 31) + "[]" + strings.Repeat("}", 31)
	_, err := members(deep)
	assert.NoError(t, err, "32 deep")
	many := make([]string, 100)
	for i := range many {
		many[i] = `"m` + strings.Repeat("x", i) + `":0`
	}
	got, err := members("{" + strings.Join(many, ",") + "}")
	assert.NoError(t, err)
	assert.Len(t, got, 100)
	_, err = members("{" + strings.Join(append(many, many[50]), ",") + "}")
	assert.Error(t, err, "a duplicate among many")
}

// TestMember has members before and behind a fault, which refuses the object as a whole.
func TestMember(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"b":2}`: "1", `{"b":2,"\u0061": [1] }`: "[1]", `{"A":1}`: "", `{}`: "", `{"x":{"a":1}}`: "", `{"a":null}`: "null",
	} {
		got, err := strictjson.Member(text, "a")
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", `["a"]`, `{"a":1`, `{"a":1,"a":1}`, `{"a":1,"b":2,"b":2}`, `{"a":1} x`} {
		got, err := strictjson.Member(text, "a")
		require.Error(t, err, text)
		assert.Empty(t, got, text)
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{
		"", " ", "null", "[]", `"a"`, "1", "{", "}", "{}}", "{} {}", "{}x", "\ufeff{}", "{}\x00", "\x00{}",
		`{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{a:1}`, `{'a':1}`, `{"a":1;}`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"x":{"a":1,"a":2}}`, `{"x":[{"a":1,"a":2}]}`,
		`{"a":01}`, `{"a":+1}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`, `{"a":1e+}`, `{"a":-}`, `{"a":NaN}`, `{"a":Infinity}`, `{"a":0x1}`,
		`{"a":tru}`, `{"a":True}`, `{"a":nul}`, `{"a":undefined}`,
		`{"a":"`, `{"a":"\"}`, `{"a":"\x"}`, `{"a":"\u12"}`, `{"a":"\u12g4"}`, "{\"a\":\"\n\"}", "{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", "{\"\xff\":1}",
		`{"a":"\ud800"}`, `{"a":"\udc00"}`, `{"a":"\ud800x"}`, `{"a":"\ud800\u0041"}`, `{"a":"\ud800\ud800"}`, `{"a":"\udc00\ud800"}`,
		`{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":[1}`, `{"a":[`,
		strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33), `{"a":` + strings.Repeat("[", 33) + strings.Repeat("]", 33) + "}",
		`{"a":` + strings.Repeat("[", 100000),
	} {
		_, err := members(text)
		assert.ErrorIs(t, err, strictjson.ErrSyntax, "%.60q", text)
	}
	stop := errors.New("stop")
	assert.ErrorIs(t, strictjson.Object(`{"a":1,"b":}`, func(string, string) error { return stop }), stop)
}

func TestValues(t *testing.T) {
	s, ok := strictjson.String(`"a\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00"`)
	assert.True(t, ok)
	assert.Equal(t, "a\"\\/\b\f\n\r\tAé😀", s)
	for _, other := range []string{"", "1", "null", "[]", "{}", `"`} {
		_, ok := strictjson.String(other)
		assert.False(t, ok, other)
		_, ok = strictjson.Strings(nil, other)
		assert.Equal(t, other == "[]", ok, other)
	}
	for text, want := range map[string]float64{"0": 0, "-1.5": -1.5, "1e3": 1000, "1900000000": 1900000000} {
		f, ok := strictjson.Number(text)
		assert.True(t, ok)
		assert.InDelta(t, want, f, 0)
	}
	for _, text := range []string{"", "null", `"1"`, "true", "[1]", "1e999", "-1e999"} {
		_, ok := strictjson.Number(text)
		assert.False(t, ok, text)
	}
	list, ok := strictjson.Strings(nil, `[ "a" , "b" ]`)
	assert.True(t, ok)
	assert.Equal(t, []string{"a", "b"}, list)
	list, ok = strictjson.Strings([]string{"before"}, `["a",1]`)
	assert.False(t, ok)
	assert.Equal(t, []string{"before"}, list, "as it was")
	assert.True(t, strictjson.IsNull("null"))
	assert.False(t, strictjson.IsNull("nul"))
}

// TestValuesFromElsewhere gives the readers of values what no scanner has checked: each is refused, and none panics.
func TestValuesFromElsewhere(t *testing.T) {
	for name, value := range map[string]string{
		"lone high surrogate":           `"\ud800"`,
		"lone high surrogate in a text": `"\ud800x"`,
		"lone low surrogate":            `"\udc00"`,
		"two high surrogates":           `"\ud800\ud800"`,
		"half a low surrogate":          `"\ud800\udc0"`,
		"unknown escape":                `"\x"`,
		"half an escape":                `"\u12"`,
		"escaped quote at the end":      `"\"`,
		"backslash before nothing":      `"a\`,
		"no closing quote":              `"abc`,
		"quote inside":                  `"a"b"`,
		"control character":             "\"a\nb\"",
		"text after it":                 `"a" `,
		"text before it":                ` "a"`,
	} {
		t.Run(name, func(t *testing.T) {
			_, ok := strictjson.String(value)
			assert.False(t, ok, value)
			_, ok = strictjson.Strings(nil, "["+value+"x]")
			assert.False(t, ok, value)
		})
	}
	for _, value := range []string{"01", "1.", "-", "0x1p4", "1_0", "1 ", "Infinity", "1e"} {
		_, ok := strictjson.Number(value)
		assert.False(t, ok, value)
	}
	for _, value := range []string{`["a"]x`, `["a"] `, `["a"`, `["a",]`} {
		_, ok := strictjson.Strings(nil, value)
		assert.False(t, ok, value)
	}
}

// FuzzString gives String anything. What it accepts is a JSON string for encoding/json, too, and means the same there.
func FuzzString(f *testing.F) {
	for _, s := range []string{`"a"`, `"\ud83d\ude00"`, `"\ud800"`, `"\u"`, `"\"`, `"`, `"\n\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, ok := strictjson.String(value)
		if !ok || !utf8.ValidString(value) { // Object checks the encoding
			return
		}
		var want string
		require.NoError(t, json.Unmarshal([]byte(value), &want), "%q", value)
		require.Equal(t, want, got)
	})
}

// FuzzObject compares with encoding/json: what is accepted here is accepted there, with the same names and values.
func FuzzObject(f *testing.F) {
	for _, s := range []string{`{"a":[1,"x",null,{"b":true}]}`, `{"\u0061":"\ud83d\ude00\n"}`, `{"a":-0.1e+5}`, `{"a":1,"a":2}`, "{}", `{"a":"\\"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := map[string]string{}
		err := strictjson.Object(string(data), func(name, value string) error {
			got[name] = value
			return nil
		})
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(data, &want), "%q", data)
		require.Len(t, got, len(want))
		for name, value := range want {
			require.Equal(t, string(bytes.TrimSpace(value)), got[name])
			if s, ok := strictjson.String(got[name]); ok {
				var reference string
				require.NoError(t, json.Unmarshal(value, &reference))
				require.Equal(t, reference, s)
			}
			if n, ok := strictjson.Number(got[name]); ok {
				var reference float64
				require.NoError(t, json.Unmarshal(value, &reference))
				require.Equal(t, reference, n) //nolint:testifylint // the very same float is meant
			}
		}
	})
}

// TestEveryByteAtEveryPlace has each among others in strings, which are read eight bytes at a time.
func TestEveryByteAtEveryPlace(t *testing.T) {
	for c := range byte(0x80) {
		for _, other := range []string{"a", "!", "#", "[", "]", "\x7f", "\u00e9"} {
			for place := range 20 {
				text := strings.Repeat(other, place) + string(rune(c)) + strings.Repeat(other, 20-place)
				err := strictjson.Object(`{"a":"`+text+`"}`, nil)
				assert.Equal(t, c >= 0x20 && c != '"' && c != '\\', err == nil, "%q", text)
			}
		}
	}
}
