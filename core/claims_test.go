package core_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
)

func withClaims(claims string) *core.Auth { return core.NewAuth(core.AuthData{Claims: []byte(claims)}) }

type account struct {
	Sub   string   `json:"sub"`
	Admin bool     `json:"admin"`
	Roles []string `json:"roles"`
	Realm struct {
		Roles []string `json:"roles"`
	} `json:"realm_access"`
	Clients map[string]struct {
		Roles []string `json:"roles"`
	} `json:"resource_access"`
}

// TestClaimsNamesAreExact has names in another case at each depth, before and after the right one.
func TestClaimsNamesAreExact(t *testing.T) {
	var want account
	want.Sub, want.Realm.Roles = "a", []string{"r"}
	for name, claims := range map[string]string{
		"after":  `{"sub":"a","SUB":"admin","realm_access":{"roles":["r"],"ROLES":["admin"]},"Realm_Access":{"roles":["admin"]},"Admin":true}`,
		"before": `{"Sub":"admin","sub":"a","ROLES":["admin"],"realm_access":{"Roles":["admin"],"roles":["r"]},"REALM_ACCESS":{"roles":[]}}`,
		"null":   `{"sub":"a","SUB":null,"realm_access":{"roles":["r"],"Roles":null}}`,
	} {
		var got account
		require.NoError(t, withClaims(claims).Claims(&got), name)
		assert.Equal(t, want, got, name)
	}
	auth := withClaims(`{"resource_access":{"orders":{"ROLES":["admin"]},"ORDERS":{"roles":["x"]}},"realm_access":{"ROLES":["admin"]}}`)
	var got account
	require.NoError(t, auth.Claims(&got))
	assert.Nil(t, got.Clients["orders"].Roles)
	assert.Equal(t, []string{"x"}, got.Clients["ORDERS"].Roles, "the names in a map are data")
	require.NoError(t, auth.Claim("realm_access", &got.Realm))
	assert.Nil(t, got.Realm.Roles, "Claim compares exactly inside of a claim")
}

// TestClaimsReplaceWhatWasThere decodes an identity into a variable that has another one.
func TestClaimsReplaceWhatWasThere(t *testing.T) {
	other := &account{Sub: "admin"}
	got := struct {
		account
		Any any `json:"any"`
	}{account{Sub: "admin", Admin: true, Roles: []string{"admin", "x"}}, other}
	require.NoError(t, withClaims(`{"sub":"a","any":{"SUB":"b","sub":"c"}}`).Claims(&got))
	assert.Equal(t, account{Sub: "a"}, got.account)
	assert.Equal(t, map[string]any{"SUB": "b", "sub": "c"}, got.Any)
	assert.Equal(t, "admin", other.Sub, "an interface is not followed to a value of the caller")

	roles := map[string]bool{"admin": true}
	require.NoError(t, withClaims(`{"roles":{"user":true}}`).Claim("roles", &roles))
	assert.Equal(t, map[string]bool{"user": true}, roles)

	kept := account{Sub: "admin"}
	assert.Error(t, withClaims(`{"sub":"a","roles":7}`).Claims(&kept))
	assert.ErrorIs(t, withClaims(`{}`).Claim("sub", &kept.Sub), core.ErrNoClaim)
	assert.Equal(t, account{Sub: "admin"}, kept, "an error changes nothing")
}

type rude struct{}

func (*rude) UnmarshalJSON(b []byte) error { return errors.New("cannot read " + string(b)) }

// TestClaimsErrors holds that an error names the claim and never quotes a value.
func TestClaimsErrors(t *testing.T) {
	type numbers struct {
		Small int8      `json:"small"`
		Text  string    `json:"text"`
		At    time.Time `json:"at"`
		Quote int       `json:"quote,string"`
		Rude  rude      `json:"rude"`
		Deep  struct {
			List []map[string]int8 `json:"list"`
		} `json:"deep"`
	}
	for claims, want := range map[string]string{
		`{"sub":"secret","small":5150}`:                `core: the claim "small" cannot be decoded into int8`,
		`{"text":5150,"small":1}`:                      `core: the claim "text" cannot be decoded into string`,
		`{"small":1,"at":"secret"}`:                    `core: the claim "at" cannot be decoded`,
		`{"quote":"secret"}`:                           `core: the claim "quote" cannot be decoded`,
		`{"rude":"secret"}`:                            `core: the claim "rude" cannot be decoded`,
		`{"deep":{"list":[{"secret":5150}]},"text":1}`: `core: the claim "deep" cannot be decoded into int8`,
		`{"text":"secret","text":"secret"}`:            `core: the claims are not a JSON object, or one with duplicate names`,
		`["secret"]`:                                   `core: the claims are not a JSON object, or one with duplicate names`,
	} {
		var v numbers
		err := withClaims(claims).Claims(&v)
		require.Error(t, err, claims)
		assert.Regexp(t, "^"+want, err.Error())
		assert.NotRegexp(t, "secret|5150", err.Error())
		var quoting *json.UnmarshalTypeError
		assert.NotErrorAs(t, err, &quoting, "it has the value")
		_, name, _ := strings.Cut(want, `"`)
		if name, _, ok := strings.Cut(name, `"`); ok {
			assert.NotRegexp(t, "secret|5150", withClaims(claims).Claim(name, new(chan int)))
		}
	}
	for _, v := range []any{new(int), new([]string), new(*string), new(func()), new(error), new(chan int)} { // no claim is at fault
		err := withClaims(`{"sub":"secret"}`).Claims(v)
		assert.EqualError(t, err, fmt.Sprintf("core: the claims cannot be decoded into %s", reflect.TypeOf(v).Elem()))
	}
	var v account
	assert.ErrorContains(t, withClaims(`{"a":1}`).Claims(v), "pointer that is not nil, and not into core_test.account")
	assert.ErrorContains(t, withClaims(`{"a":1}`).Claims((*account)(nil)), "pointer")
	assert.ErrorContains(t, withClaims(`{"a":1}`).Claim("a", nil), "pointer")
	assert.ErrorIs(t, withClaims("").Claims(&v), core.ErrNoClaim)
	assert.ErrorIs(t, (*core.Auth)(nil).Claims(&v), core.ErrNoClaim)
}

// TestDataIsACopy changes each list of the data, and holds that the identity that it came from stays as it was.
func TestDataIsACopy(t *testing.T) {
	data := core.AuthData{
		UserID: "u", Username: "n", Subject: "s", ClientID: "c", Issuer: "i", TokenID: "j", ExpiresAt: time.Unix(5, 0),
		Roles: []string{"r"}, Scopes: []string{"x"}, Organizations: []string{"o"}, Namespaces: []string{"m"}, Claims: []byte(`{"a":1}`),
	}
	auth := core.NewAuth(data)
	assert.Equal(t, data, auth.Data())
	assert.Equal(t, auth, core.NewAuth(auth.Data()))

	changed := auth.Data()
	changed.Roles[0], changed.Scopes[0], changed.Organizations[0], changed.Namespaces[0] = "admin", "admin", "admin", "admin"
	copy(changed.Claims, `{"a":2}`)
	assert.Equal(t, data, auth.Data())
	more := auth.Data()
	more.Roles = append(more.Roles, "admin")
	assert.False(t, auth.HasRole("admin"))
	assert.True(t, core.NewAuth(more).HasRole("admin"))
	assert.Equal(t, core.AuthData{}, (*core.Auth)(nil).Data())
}
