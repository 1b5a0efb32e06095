package claims_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/internal/claims"
)

// FuzzRead compares Read with encoding/json, in every dialect of this package and its tests.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`{"sub":"s","userId":"u","username":"n","client_id":"c","roles":"a, b,,c","organizations":["o",""],"scope":"x y,z","scopes":["v w"]}`,
		`{"sub":"s","azp":"z","preferred_username":"p","realm_access":{"roles":["a"]},"resource_access":{"orders":{"roles":["b"]},"x":{"roles":["c"]}}}`,
		`{"uid":"u","urn:example:roles":{"a":{"1":"x"},"b":{}},"roles":{"c":true,"d":"true"},"scp":["a","b c"],"org":"a b","kubernetes.io":{"namespace":"n,m"}}`,
		`{"roles":[1],"scope":null,"realm_access":{"roles":{}},"\u0073ub":"\u00e9","https://example.com/user":{"name":"\n"},"email":"e"}`,
		`{"email_verified":true,"email":"e","sub":"s","name":"n"}`,
		`{"email":"e","sub":"s","name":"n","email_verified":"true"}`,
		`{"scope":"a ","scopes":["a"],"realm_access":{"roles":["a","a"]},"urn:example:roles":{"a":true,"b":{"1":"x"}},"roles":["b"]}`,
		`{"scp":"a  b","roles":["a",null],"azp":"","cid":"c","kubernetes.io":{"namespace":["a,b"]}}`,
	} {
		f.Add(s)
	}
	dialects := []claims.Dialect{claims.JWTIssuer, claims.AuthorizationServer, claims.AccessToken, keycloak, objectKeys, verified}
	f.Fuzz(func(t *testing.T, payload string) {
		for _, d := range dialects {
			var c claims.Claims
			if claims.NewReader(d).Read(&c, payload) != nil {
				continue
			}
			var all map[string]any
			require.NoError(t, json.Unmarshal([]byte(payload), &all))
			auth := c.Auth(nil)
			name := text(all, d.Name)
			if text(all, d.User) == "" {
				name = ""
			}
			require.Equal(t, []string{text(all, d.User), name, text(all, d.Client)}, identity(auth), payload)
			for _, list := range []struct {
				places []claims.List
				got    []string
			}{
				{d.Roles, auth.Roles()}, {d.Scopes, auth.Scopes()}, {d.Organizations, auth.Organizations()}, {d.Namespaces, auth.Namespaces()},
			} {
				require.Equal(t, setOf(items(all, list.places)), setOf(list.got), payload)
			}
			requireSubject(t, all, auth)
		}
	})
}

func requireSubject(t *testing.T, all map[string]any, auth *core.Auth) {
	t.Helper()
	for claim, got := range map[string]string{"sub": auth.Subject(), "iss": auth.Issuer(), "jti": auth.TokenID()} {
		want, _ := all[claim].(string)
		require.Equal(t, want, got)
	}
}

// setOf returns the set of the items. An item that is in two places is in an identity once.
func setOf(list []string) []string {
	list = append([]string{}, list...)
	slices.Sort(list)
	return slices.Compact(list)
}

// at returns the value at a path, or nil.
func at(value any, path claims.Path) any {
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

func text(all map[string]any, places []claims.Text) string {
	for _, place := range places {
		if s, _ := at(all, place.Path).(string); s != "" && (place.If == nil || at(all, place.If) == true) {
			return s
		}
	}
	return ""
}

func items(all map[string]any, places []claims.List) (list []string) {
	for _, place := range places {
		switch v := at(all, place.Path).(type) {
		case []any:
			if place.Form&claims.Array != 0 {
				list = append(list, strs(v)...)
			}
		case map[string]any:
			for name, value := range v {
				inside, _ := value.(map[string]any)
				counts := value == true && place.Form&claims.TrueKeys != 0 || len(inside) > 0 && place.Form&claims.ObjectKeys != 0
				if counts && name != "" {
					list = append(list, name)
				}
			}
		case string:
			list = append(list, split(v, place.Form)...)
		}
	}
	return list
}

func strs(array []any) (list []string) {
	for _, element := range array {
		s, ok := element.(string)
		if !ok {
			return nil
		}
		if s != "" {
			list = append(list, s)
		}
	}
	return list
}

func split(s string, forms claims.Form) (list []string) {
	all := []string{s}
	switch {
	case forms&claims.Spaces != 0 && forms&claims.Commas != 0:
		all = strings.Split(strings.ReplaceAll(s, ",", " "), " ")
	case forms&claims.Spaces != 0:
		all = strings.Split(s, " ")
	case forms&claims.Commas != 0:
		all = strings.Split(s, ",")
		for i := range all {
			all[i] = strings.Trim(all[i], " ")
		}
	case forms&claims.Word == 0:
		return nil
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}
