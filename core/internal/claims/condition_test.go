package claims_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// TestConditions has each condition with each form of a value.
func TestConditions(t *testing.T) {
	user := []claims.Text{{Path: claims.Path{"sub"}}}
	values := func(optional bool, issuer string, path ...string) claims.Dialect {
		return claims.Dialect{User: user, Values: []claims.Value{{
			Path: path, OneOf: []string{"a", "1", "true", "b c", "null", "[]", "\""}, Optional: optional, Issuer: issuer,
		}}}
	}
	missing := claims.Dialect{User: user, Required: [][]claims.Path{{{"x", "y"}, {"z"}}}}
	absent := claims.Dialect{User: user, Absent: []claims.Path{{"x"}, {"y", "z"}}}
	const bad, gone = "bad_claim_value", "missing_claim"
	for name, c := range map[string]struct {
		dialect claims.Dialect
		reason  string
		claims  []string
	}{
		"a value that is listed": {values(false, "", "x"), "", []string{`"x":"a"`, `"x":"\u0061"`, `"x":1`, `"x":true`, `"x":"1"`, `"x":"b c"`, `"\u0078":"a"`, `"x":"\""`}},
		"another value": {values(false, "", "x"), bad, []string{
			`"x":"A"`, `"x":"a "`, `"x":""`, `"x":1.0`, `"x":10`, `"x":false`, `"x":null`, `"x":[]`, `"x":["a"]`, `"x":{"a":true}`, `"x":{}`,
		}},
		"no value":                    {values(false, "", "x"), bad, []string{`"X":"a"`, `"y":{"x":"a"}`, `"xx":"a"`}},
		"optional":                    {values(true, "", "x"), "", []string{`"x":"a"`, `"X":"b"`, `"y":{"x":"b"}`}},
		"optional, and another value": {values(true, "", "x"), bad, []string{`"x":"b"`, `"x":null`, `"x":""`, `"x":[]`}},
		"nested":                      {values(false, "", "x", "y"), "", []string{`"x":{"y":"a"}`, `"x":{"z":0,"y":1}`}},
		"nested, not there":           {values(false, "", "x", "y"), bad, []string{`"x":"a"`, `"x.y":"a"`, `"x":{"Y":"a"}`, `"x":[{"y":"a"}]`, `"y":"a"`, `"x":{"x":{"y":"a"}}`}},
		"of the issuer":               {values(false, "i", "x"), bad, []string{`"iss":"i"`, `"iss":"i","x":"b"`, `"x":"b","iss":"i"`}},
		"of another issuer":           {values(false, "i", "x"), "", []string{`"iss":"j","x":"b"`, `"x":"b"`, `"iss":"i","x":"a"`, `"iss":"I"`}},
		"one of two":                  {missing, "", []string{`"x":{"y":"a"}`, `"z":["a"]`, `"z":0`, `"z":false`, `"x":{"y":""},"z":{"a":null}`}},
		"none of two":                 {missing, gone, []string{`"x":"a"`, `"x":{"y":""},"z":null`, `"z":""`, `"z":[ ]`, `"z":{}`, `"Z":"a"`, `"y":"a"`}},
		"absent":                      {absent, "", []string{`"X":1`, `"y":1`, `"y":{"x":1}`, `"z":{"x":1}`, `"y":[{"z":1}]`}},
		"not absent":                  {absent, bad, []string{`"x":1`, `"x":null`, `"x":""`, `"x":{}`, `"x":false`, `"y":{"z":null}`, `"\u0078":[]`}},
		"an empty list of values":     {claims.Dialect{User: user, Values: []claims.Value{{Path: claims.Path{"x"}}}}, bad, []string{`"x":"a"`, `"x":""`, `"y":1`}},
		"without a path":              {claims.Dialect{User: user, Values: []claims.Value{{OneOf: []string{"a"}}}}, bad, []string{`"":"a"`}},
		"required without a path":     {claims.Dialect{User: user, Required: [][]claims.Path{{nil}, {}}}, gone, []string{`"":"a"`}},
	} {
		for _, claim := range c.claims {
			assert.Equal(t, c.reason, check(t, c.dialect, `{"sub":"s","exp":9,`+claim+`}`), "%s: %s", name, claim)
		}
	}
}

// TestNobody has who a token must name, with and without SubjectOptional.
func TestNobody(t *testing.T) {
	needed := claims.Dialect{User: []claims.Text{{Path: claims.Path{"uid"}}}, Client: []claims.Text{{Path: claims.Path{"cid"}}}}
	optional := needed
	optional.SubjectOptional = true
	for claim, reasons := range map[string][2]string{
		`"uid":"u"`:            {"", ""},
		`"sub":"s"`:            {"", ""},
		`"sub":"","uid":"u"`:   {"", ""},
		`"cid":"c"`:            {"missing_claim_sub", ""},
		`"sub":"","cid":"c"`:   {"missing_claim_sub", ""},
		`"cid":""`:             {"missing_claim_sub", "missing_claim_sub"},
		`"cid":7`:              {"missing_claim_sub", "missing_claim_sub"},
		`"sub":"","uid":""`:    {"missing_claim_sub", "missing_claim_sub"},
		`"name":"n","jti":"j"`: {"missing_claim_sub", "missing_claim_sub"},
	} {
		payload := `{"exp":9,` + claim + `}`
		assert.Equal(t, reasons, [2]string{check(t, needed, payload), check(t, optional, payload)}, claim)
	}
}

// TestDefaultForms has a list without a form in each form of a value.
func TestDefaultForms(t *testing.T) {
	list := []claims.List{{Path: claims.Path{"x"}}}
	d := claims.Merge(claims.AccessToken, claims.Dialect{Roles: list, Scopes: list, Organizations: list, Namespaces: list})
	assert.Zero(t, list[0].Form, "the list of the caller")
	for value, want := range map[string][2][]string{
		`["a b","c,d",""]`:        {{"a b", "c,d"}, {"a b", "c,d"}},
		`"a b,c"`:                 {{"a b,c"}, {"a", "b,c"}},
		`{"a":true,"b":{"c":1}}`:  {nil, nil},
		`{"orders":{"roles":[]}}`: {nil, nil},
		`7`:                       {nil, nil},
		`null`:                    {nil, nil},
	} {
		auth, err := read(t, d, `{"sub":"s","x":`+value+`}`)
		if assert.NoError(t, err) {
			assert.Equal(t, [4][]string{want[0], want[1], want[0], want[0]},
				[4][]string{auth.Roles(), auth.Scopes(), auth.Organizations(), auth.Namespaces()}, value)
		}
	}
}

// TestMerge replaces one list, by another one or by none.
func TestMerge(t *testing.T) {
	base := claims.AuthorizationServer
	assert.Equal(t, base, claims.Merge(base, claims.Dialect{}))
	merged := claims.Merge(base, claims.Dialect{Roles: []claims.List{}, Required: [][]claims.Path{}, Client: []claims.Text{}})
	assert.Empty(t, merged.Roles)
	assert.Empty(t, merged.Required)
	assert.Empty(t, merged.Client)
	assert.Equal(t, base.Scopes, merged.Scopes)
	merged = claims.Merge(base, claims.Dialect{SubjectOptional: true})
	assert.Equal(t, [][]claims.Path{{{"userId"}}, {{"username"}}}, merged.Required)
	assert.Len(t, base.Required, 3, "the dialect itself stays")
}
