package require_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/require"
)

func TestClaim(t *testing.T) {
	type address struct {
		Country string `json:"country"`
	}
	any1 := func(any) bool { return true }
	for name, c := range map[string]struct {
		requirement core.Provider
		claims      string
		passes      bool
	}{
		"met":                     {require.Claim("a", isTrue), `{"a":true}`, true},
		"not met":                 {require.Claim("a", isTrue), `{"a":false}`, false},
		"missing":                 {require.Claim("a", any1), `{"b":true}`, false},
		"no claims":               {require.Claim("a", any1), ``, false},
		"not an object":           {require.Claim("a", any1), `["a"]`, false},
		"twice":                   {require.Claim("a", any1), `{"a":true,"a":true}`, false},
		"cut off":                 {require.Claim("a", any1), `{"a":true`, false},
		"null":                    {require.Claim("a", any1), `{"a":null}`, false},
		"null, a negation":        {require.Claim("a", func(blocked bool) bool { return !blocked }), `{"a":null}`, false},
		"missing, a negation":     {require.Claim("a", func(blocked bool) bool { return !blocked }), `{}`, false},
		"met, a negation":         {require.Claim("a", func(blocked bool) bool { return !blocked }), `{"a":false}`, true},
		"another type, negation":  {require.Claim("a", func(blocked bool) bool { return !blocked }), `{"a":"true"}`, false},
		"another type, a list":    {require.Claim("a", func(l []string) bool { return !slices.Contains(l, "b") }), `{"a":"b"}`, false},
		"mixed":                   {require.Claim("a", func([]string) bool { return true }), `{"a":["b",1]}`, false},
		"null, a pointer":         {require.Claim("a", func(*bool) bool { return true }), `{"a":null}`, false},
		"a list":                  {require.Claim("a", func(l []string) bool { return slices.Contains(l, "b") }), `{"a":["a","b"]}`, true},
		"a number":                {require.Claim("a", func(n int) bool { return n >= 3 }), `{"a":3}`, true},
		"a number, with fraction": {require.Claim("a", func(n int) bool { return n >= 3 }), `{"a":3.5}`, false},
		"an object":               {require.Claim("a", func(a address) bool { return a.Country == "MK" }), `{"a":{"country":"MK"}}`, true},
		"an object, another case": {require.Claim("a", func(a address) bool { return a.Country == "MK" }), `{"a":{"COUNTRY":"MK"}}`, false},
		"another case":            {require.Claim("a", isTrue), `{"A":true}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := ask(t, claims(c.claims), c.requirement)
			if c.passes {
				assert.True(t, o.passed())
				return
			}
			assert.Equal(t, outcome{403, denied, "require_claim", "unmet_requirement"}, o)
		})
	}
}

func TestFunctionsThatPanic(t *testing.T) {
	for name, p := range map[string]core.Provider{
		"claim": require.Claim("a", func(bool) bool { panic("x") }),
		"that":  require.That(func(*core.Auth) bool { panic("x") }),
		"any":   require.Any(require.That(func(*core.Auth) bool { panic("x") }), core.RequireAuth()),
	} {
		assert.Equal(t, 500, ask(t, claims(`{"a":true}`), p).status, name)
		assert.Equal(t, 401, ask(t, nil, p).status, "%s: the function is not called without an Auth", name)
	}
}

func TestAudience(t *testing.T) {
	for name, c := range map[string]struct {
		claims string
		passes bool
	}{
		"a string":             {`{"aud":"orders"}`, true},
		"the second":           {`{"aud":"payments"}`, true},
		"an array":             {`{"aud":["x","orders"]}`, true},
		"escaped":              {`{"aud":"\u006frders"}`, true},
		"another":              {`{"aud":"x"}`, false},
		"another case":         {`{"aud":"Orders"}`, false},
		"a part":               {`{"aud":["orders2","order"," orders"]}`, false},
		"words":                {`{"aud":"orders payments"}`, false},
		"missing":              {`{"sub":"orders"}`, false},
		"another name":         {`{"AUD":"orders"}`, false},
		"no claims":            {``, false},
		"null":                 {`{"aud":null}`, false},
		"empty":                {`{"aud":[]}`, false},
		"a number in it":       {`{"aud":["orders",1]}`, false},
		"null in it":           {`{"aud":["orders",null]}`, false},
		"an array in an array": {`{"aud":[["orders"]]}`, false},
		"an object":            {`{"aud":{"orders":true}}`, false},
		"twice":                {`{"aud":"orders","aud":"orders"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := ask(t, claims(c.claims), require.Audience("orders", "payments"))
			if c.passes {
				assert.True(t, o.passed())
				return
			}
			assert.Equal(t, outcome{403, denied, "require_audience", "wrong_audience"}, o)
		})
	}
}
