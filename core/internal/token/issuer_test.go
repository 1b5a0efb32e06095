package token_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/internal/strictjson"
	"github.com/microkubes/microkubes-go/core/internal/token"
)

func TestIssuerOf(t *testing.T) {
	long := strings.Repeat("i", token.MaxIssuer)
	for _, c := range []struct{ name, payload, issuer string }{
		{"first", `{"iss":"a","sub":"b"}`, "a"},
		{"last", `{"sub":"b","iss":"a"}`, "a"},
		{"spaces, tabs and lines", "{ \"iss\" \t:\r\n \"a\" }", "a"},
		{"as a value before it", `{"sub":"iss","iss":"a"}`, "a"},
		{"as a value behind it", `{"iss":"a","sub":"iss"}`, "a"},
		{"as its own value", `{"iss":"iss"}`, "iss"},
		{"in an object before it", `{"act":{"iss":"b"},"iss":"a"}`, "a"},
		{"in an object only", `{"act":{"iss":"b"}}`, ""},
		{"in an object behind it", `{"iss":"a","act":{"sub":"b"}}`, "a"},
		{"in a list", `{"aud":["iss","b"]}`, ""},
		{"twice: the first, and refused later", `{"iss":"a","iss":"b"}`, "a"},
		{"with an escape", `{"iss":"a\u0062"}`, "ab"},
		{"its name with an escape", `{"\u0069ss":"a"}`, "a"},
		{"another has an escape", `{"sub":"\n","iss":"a"}`, "a"},
		{"none", `{"sub":"b"}`, ""},
		{"a number", `{"iss":1}`, ""},
		{"an array", `{"iss":["a"]}`, ""},
		{"null", `{"iss":null}`, ""},
		{"no end", `{"iss":"a`, "a"}, // it is not JSON, and is refused for that
		{"no value", `{"iss":`, ""},
		{"nothing behind it", `{"iss"`, ""},
		{"not JSON", `iss`, ""},
		{"nothing", ``, ""},
		{"the longest", `{"iss":"` + long + `"}`, long},
		{"one longer", `{"iss":"` + long + `i"}`, ""},
		{"the longest, another escaped", `{"sub":"\n","iss":"` + long + `"}`, long},
		{"one longer, another escaped", `{"sub":"\n","iss":"` + long + `i"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.issuer, string(token.IssuerOf([]byte(c.payload))))
		})
	}
}

// FuzzIssuerOf compares issuerOf with a JSON parser, if the payload is JSON.
func FuzzIssuerOf(f *testing.F) {
	for _, s := range []string{`{"iss":"a"}`, `{"act":{"iss":"b"},"x":"{"}`, ` {"a":["iss",":","x"],"iss" : "\u0061"}`, `{"iss":"iss"}`,
		`{"a":"iss","iss":1}`, `{"x":"{","iss":"a"}`, `{"iss":"a","iss":"b"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		var issuer string
		if strictjson.Object(payload, func(name, value string) error {
			if name == "iss" {
				issuer, _ = strictjson.String(value)
			}
			return nil
		}) == nil && len(issuer) <= token.MaxIssuer {
			assert.Equal(t, issuer, string(token.IssuerOf([]byte(payload))), "%q", payload)
		}
	})
}

// FuzzFindIss compares findIss with bytes.Index.
func FuzzFindIss(f *testing.F) {
	for _, s := range []string{"", `"iss"`, `"iss""iss"`, `"iss"iss"`, `i"iss"`, `s"iss"`, `ss"iss"`, `iss"iss"`, `""iss"`,
		`"i"iss"`, `"is"iss"`, `"isi"iss"`, `"iss`, `x"iss"x"iss"x`} {
		for i := range 6 {
			f.Add(strings.Repeat("x", i) + s)
		}
	}
	f.Fuzz(func(t *testing.T, payload string) {
		first := strings.Index(payload, `"iss"`)
		more := first >= 0 && bytes.Contains([]byte(payload[first+4:]), []byte(`"iss"`))
		at, again := token.FindIss([]byte(payload))
		assert.Equal(t, first, at)
		assert.Equal(t, more, again)
	})
}
