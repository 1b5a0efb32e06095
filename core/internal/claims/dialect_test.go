package claims_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// keycloak and objectKeys are dialects that the library does not have. They need no code.
var (
	keycloak = claims.Dialect{
		User: []claims.Text{{Path: claims.Path{"sub"}}}, Name: []claims.Text{{Path: claims.Path{"preferred_username"}}}, Client: []claims.Text{{Path: claims.Path{"azp"}}},
		Roles: []claims.List{
			{Path: claims.Path{"realm_access", "roles"}, Form: claims.Array},
			{Path: claims.Path{"resource_access", "orders", "roles"}, Form: claims.Array},
		},
		Scopes: []claims.List{{Path: claims.Path{"scope"}, Form: claims.Spaces}},
	}
	objectKeys = claims.Dialect{
		User: []claims.Text{{Path: claims.Path{"uid"}}}, Name: []claims.Text{{Path: claims.Path{"https://example.com/user", "name"}}, {Path: claims.Path{"email"}}}, Client: []claims.Text{{Path: claims.Path{"cid"}}, {Path: claims.Path{"azp"}}},
		Roles: []claims.List{
			{Path: claims.Path{"urn:example:roles"}, Form: claims.Keys},
			{Path: claims.Path{"roles"}, Form: claims.Keys | claims.Array},
		},
		Scopes:        []claims.List{{Path: claims.Path{"scp"}, Form: claims.Array | claims.Spaces}},
		Organizations: []claims.List{{Path: claims.Path{"org"}, Form: claims.Word}},
		Namespaces:    []claims.List{{Path: claims.Path{"kubernetes.io", "namespace"}, Form: claims.Word | claims.Commas}},
		Required:      [][]claims.Path{{{"azp"}}, {{"scp"}}},
	}
)

// verified is a dialect in which a name counts only where another claim is true.
var verified = claims.Dialect{
	User: []claims.Text{{Path: claims.Path{"sub"}}},
	Name: []claims.Text{{Path: claims.Path{"email"}, If: claims.Path{"email_verified"}}, {Path: claims.Path{"name"}}},
}

func read(t testing.TB, d claims.Dialect, payload string) (*core.Auth, error) {
	t.Helper()
	var c claims.Claims
	if err := claims.NewReader(d).Read(&c, payload); err != nil {
		return nil, err
	}
	return c.Auth([]byte(payload)), nil
}

func identity(a *core.Auth) []string { return []string{a.UserID(), a.Username(), a.ClientID()} }

func TestKeycloakLike(t *testing.T) {
	for name, c := range map[string]struct {
		payload       string
		identity      []string
		roles, scopes []string
	}{
		"all": {
			`{"sub":"s","preferred_username":"ann","azp":"spa","realm_access":{"roles":["admin","user"]},"scope":"openid orders:write",
			"resource_access":{"account":{"roles":["view"]},"orders":{"roles":["writer","admin"]}}}`,
			[]string{"s", "ann", "spa"}, []string{"admin", "user", "writer"}, []string{"openid", "orders:write"},
		},
		"in the order of the token": {`{"resource_access":{"orders":{"roles":["b"]}},"realm_access":{"roles":["a"]}}`, []string{"", "", ""}, []string{"b", "a"}, nil},
		"names with escapes":        {`{"realm\u005faccess":{"\u0072oles":["\u0061"]}}`, []string{"", "", ""}, []string{"a"}, nil},
		"names of Microkubes":       {`{"sub":"s","userId":"u","username":"n","client_id":"c","roles":["r"],"scopes":"x"}`, []string{"s", "", ""}, nil, nil},
		"a dot is part of a name":   {`{"realm_access.roles":["a"],"resource_access":{"orders.roles":["b"]}}`, []string{"", "", ""}, nil, nil},
		"case counts":               {`{"Realm_access":{"roles":["a"]},"realm_access":{"Roles":["b"]}}`, []string{"", "", ""}, nil, nil},
		"too far out and in":        {`{"realm_access":["a"],"resource_access":{"roles":["b"],"orders":{"orders":{"roles":["c"]}}}}`, []string{"", "", ""}, nil, nil},
		"null on the way":           {`{"realm_access":null,"resource_access":{"orders":null},"preferred_username":null,"azp":null}`, []string{"", "", ""}, nil, nil},
		"other types": {
			`{"realm_access":{"roles":{"admin":true}},"resource_access":{"orders":{"roles":["a",7]}},"scope":["a"],"azp":["c"],"preferred_username":7}`,
			[]string{"", "", ""}, nil, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			auth, err := read(t, keycloak, c.payload)
			require.NoError(t, err)
			assert.Equal(t, c.identity, identity(auth))
			assert.Equal(t, c.roles, auth.Roles())
			assert.Equal(t, c.scopes, auth.Scopes())
		})
	}
}

func TestObjectKeys(t *testing.T) {
	for name, c := range map[string]struct {
		payload         string
		identity, roles []string
	}{
		"objects":       {`{"urn:example:roles":{"admin":{"123":"org"},"user":{ "1" : null }}}`, nil, []string{"admin", "user"}},
		"true":          {`{"roles":{"admin":true,"user":false}}`, nil, []string{"admin"}},
		"and an array":  {`{"roles":["a"],"urn:example:roles":{"b":true}}`, nil, []string{"a", "b"}},
		"nothing in it": {`{"roles":{"a":{},"b":{ },"c":null,"d":false,"e":"true","f":1,"g":[1],"h":"x","":true}}`, nil, nil},
		"not an object": {`{"urn:example:roles":["a"],"roles":"b"}`, nil, nil},
		"names":         {`{"uid":"u","sub":"s","https://example.com/user":{"name":"ann"},"email":"e","cid":"c","azp":"z"}`, []string{"u", "ann", "c"}, nil},
		"the next best": {`{"azp":"z","email":"e","https://example.com/user":{"name":""},"cid":7,"uid":"u"}`, []string{"u", "e", "z"}, nil},
		"from the end":  {`{"email":"e","https://example.com/user":{"name":"ann"},"uid":"u"}`, []string{"u", "ann", ""}, nil},
		"of no user":    {`{"email":"e","https://example.com/user":{"name":"ann"},"uid":"","azp":"z"}`, []string{"", "", "z"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			auth, err := read(t, objectKeys, c.payload)
			require.NoError(t, err)
			if c.identity != nil {
				assert.Equal(t, c.identity, identity(auth))
			}
			assert.Equal(t, c.roles, auth.Roles())
		})
	}
	auth, err := read(t, objectKeys, `{"scp":["a","b c"],"org":"a, b","kubernetes.io":{"namespace":"n, m","x":{}}}`)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"a", "b c"}, {"a, b"}, {"n", "m"}}, [][]string{auth.Scopes(), auth.Organizations(), auth.Namespaces()})
}

// TestItemsOfSeveralPlaces has items that are in one place twice, and in several places.
func TestItemsOfSeveralPlaces(t *testing.T) {
	d := claims.Dialect{Roles: []claims.List{{Path: claims.Path{"a"}, Form: claims.Array}, {Path: claims.Path{"b"}, Form: claims.Keys | claims.Spaces}}}
	for payload, want := range map[string][]string{
		`{"a":["x","y"],"b":{"x":true,"z":{"1":2}}}`: {"x", "y", "z"},
		`{"b":{"x":true,"z":true},"a":["y","z"]}`:    {"x", "z", "y"},
		`{"a":["x","y"],"b":"y x"}`:                  {"x", "y"},
		`{"a":["x","x"]}`:                            {"x", "x"},
		`{"a":[],"b":"y"}`:                           {"y"},
	} {
		auth, err := read(t, d, payload)
		require.NoError(t, err)
		assert.Equal(t, want, auth.Roles(), payload)
	}
}

// TestTypesThatRefuse has each kind of claim with wrong types.
func TestTypesThatRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		dialect claims.Dialect
		claims  []string
		refuse  bool
	}{
		"registered texts": {keycloak, []string{`"iss":7`, `"iss":null`, `"sub":["s"]`, `"sub":null`, `"jti":{}`, `"jti":null`}, true},
		"aud":              {keycloak, []string{`"aud":7`, `"aud":null`, `"aud":["a",7]`, `"aud":{"a":true}`}, true},
		"times":            {keycloak, []string{`"exp":"1"`, `"exp":null`, `"nbf":[1]`, `"nbf":1e300`, `"iat":"1"`, `"iat":null`}, true},
		"the user":         {objectKeys, []string{`"uid":7`, `"uid":null`, `"uid":["u"]`, `"uid":{}`}, true},
		"a required text":  {objectKeys, []string{`"azp":7`, `"azp":null`, `"azp":["c"]`}, true},
		"client_id":        {claims.AccessToken, []string{`"client_id":7`, `"client_id":null`}, true},
		"userId":           {claims.AuthorizationServer, []string{`"userId":7`, `"username":null`, `"username":7`}, true},
		"userId of a user": {claims.JWTIssuer, []string{`"userId":7`, `"userId":null`}, true},
		"client and name": {keycloak, []string{
			`"azp":7`, `"azp":null`, `"client_id":7`, `"userId":7`, `"username":[]`, `"preferred_username":{"a":true}`,
		}, false},
		"where not required": {claims.JWTIssuer, []string{`"client_id":7`, `"username":null`, `"azp":7`}, false},
		"others' names":      {claims.AccessToken, []string{`"userId":7`, `"username":7`, `"scopes":7`}, false},
		"lists": {objectKeys, []string{
			`"scp":7`, `"scp":null`, `"roles":[{"value":"a"}]`, `"roles":[["a"]]`, `"org":["a"]`, `"org":{}`, `"kubernetes.io":7`, `"kubernetes.io":{"namespace":[7]}`,
		}, false},
	} {
		for _, claim := range c.claims {
			auth, err := read(t, c.dialect, "{"+claim+"}")
			if c.refuse {
				assert.Error(t, err, "%s: %s", name, claim)
				continue
			}
			require.NoError(t, err, "%s: %s", name, claim)
			assert.Equal(t, []string{"", "", ""}, identity(auth), "%s: %s", name, claim)
			assert.Empty(t, append(append(append(auth.Roles(), auth.Scopes()...), auth.Organizations()...), auth.Namespaces()...), claim)
		}
	}
}

func TestNotStrictJSON(t *testing.T) {
	for _, payload := range []string{
		``, `[]`, `{"sub":"a","sub":"b"}`, `{"realm_access":{"roles":["a"],"roles":["b"]}}`, `{"resource_access":{"x":{"a":1,"a":2}}}`,
		`{"realm_access":{"roles":["a"],"\u0072oles":["b"]}}`, `{"x":"\ud800"}`,
		strings.Repeat(`{"realm_access":`, 33) + "1" + strings.Repeat("}", 33),
	} {
		_, err := read(t, keycloak, payload)
		assert.Error(t, err, payload)
	}
}

// TestOverlappingPaths has a claim that is a list and part of the path to another one.
func TestOverlappingPaths(t *testing.T) {
	d := claims.Dialect{
		User: []claims.Text{{Path: claims.Path{"sub"}}, {}, {Path: claims.Path{}}}, Client: []claims.Text{{Path: claims.Path{"sub"}}},
		Roles:  []claims.List{{Path: claims.Path{"a"}, Form: claims.Keys}, {Path: claims.Path{"a", "b"}, Form: claims.Array}, {Form: claims.Array}},
		Scopes: []claims.List{{Path: claims.Path{"a", "b"}, Form: claims.Array}, {Path: claims.Path{"a", "c"}}},
	}
	auth, err := read(t, d, `{"sub":"s","a":{"b":["x"],"c":true}}`)
	require.NoError(t, err)
	assert.Equal(t, []string{"s", "", "s"}, identity(auth))
	assert.Equal(t, [][]string{{"c", "x"}, {"x"}}, [][]string{auth.Roles(), auth.Scopes()})
}

// TestReaderSharesNothing changes the dialect after the reader was made.
func TestReaderSharesNothing(t *testing.T) {
	d := claims.Dialect{User: []claims.Text{{Path: claims.Path{"sub"}}}, Required: [][]claims.Path{{{"azp"}}}}
	r := claims.NewReader(d)
	d.User[0].Path[0], d.Required[0][0][0] = "uid", "x"
	var c claims.Claims
	require.NoError(t, r.Read(&c, `{"sub":"s","uid":7,"azp":"z","exp":2}`))
	rules := claims.Rules{AnyIssuer: true, AnyAudience: true}
	_, err := rules.Check(r, &c, time.Unix(1, 0))
	assert.NoError(t, err)
}

// TestReadingAllocatesNothing reads claims in each form into memory that was used before.
func TestReadingAllocatesNothing(t *testing.T) {
	for payload, d := range map[string]claims.Dialect{
		`{"iss":"i","sub":"s","jti":"j","aud":["a","b"],"exp":9,"nbf":8,"iat":7,"userId":"u","username":"n","roles":"r,q",
			"organizations":["o"],"namespaces":null,"scope":"x y"}`: claims.JWTIssuer,
		`{"sub":"s","azp":"z","realm_access":{"roles":["a","b"]},"resource_access":{"orders":{"roles":["c"]}},"scope":"x y"}`: keycloak,
		`{"uid":"u","urn:example:roles":{"a":{"b":true}},"roles":{"c":true},"kubernetes.io":{"namespace":"n"}}`:               objectKeys,
	} {
		r := claims.NewReader(d)
		var c claims.Claims
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			c.Reset()
			if r.Read(&c, payload) != nil {
				t.Fail()
			}
		}), payload)
	}
}
