package core_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
)

func TestAuthIsACopy(t *testing.T) {
	buffer := []byte("ann")
	data := core.AuthData{
		UserID: unsafe.String(&buffer[0], 3), Username: unsafe.String(&buffer[0], 3), Subject: unsafe.String(&buffer[0], 3),
		ClientID: unsafe.String(&buffer[0], 3), Issuer: unsafe.String(&buffer[0], 3), TokenID: unsafe.String(&buffer[0], 3),
		Roles: []string{unsafe.String(&buffer[0], 3)}, Scopes: []string{unsafe.String(&buffer[0], 3)},
		Organizations: []string{unsafe.String(&buffer[0], 3)}, Namespaces: []string{unsafe.String(&buffer[0], 3)},
		Claims: []byte(`{"a":"ann"}`), ExpiresAt: time.Unix(5, 0),
	}
	auth := core.NewAuth(data)
	copy(buffer, "eve") // as fasthttp does with the next request
	copy(data.Claims, `{"a":"eve"}`)
	data.Roles[0] = "admin"
	auth.Roles()[0], auth.Scopes()[0], auth.Organizations()[0], auth.Namespaces()[0] = "x", "x", "x", "x"

	assert.Equal(t, []string{"ann", "ann", "ann", "ann", "ann", "ann"},
		[]string{auth.UserID(), auth.Username(), auth.Subject(), auth.ClientID(), auth.Issuer(), auth.TokenID()})
	for _, list := range [][]string{auth.Roles(), auth.Scopes(), auth.Organizations(), auth.Namespaces()} {
		assert.Equal(t, []string{"ann"}, list)
	}
	assert.True(t, auth.HasRole("ann") && auth.HasScope("ann") && auth.InOrganization("ann") && auth.InNamespace("ann"))
	assert.False(t, auth.HasRole("Ann") || auth.HasScope("an") || auth.InOrganization("") || auth.InNamespace("eve"))
	var claim string
	require.NoError(t, auth.Claim("a", &claim))
	assert.Equal(t, "ann", claim)
	assert.Equal(t, time.Unix(5, 0), auth.ExpiresAt())
}

func TestNilAuthIsNobody(t *testing.T) {
	var auth *core.Auth
	assert.Empty(t, auth.UserID()+auth.Username()+auth.Subject()+auth.ClientID()+auth.Issuer()+auth.TokenID())
	assert.Empty(t, auth.Roles())
	assert.False(t, auth.HasRole("") || auth.HasScope("") || auth.InOrganization("") || auth.InNamespace(""))
	assert.True(t, auth.ExpiresAt().IsZero())
	assert.ErrorIs(t, auth.Claim("a", nil), core.ErrNoClaim)
}

func TestClaim(t *testing.T) {
	auth := core.NewAuth(core.AuthData{Claims: []byte(`{"n":7,"list":["a"],"Case":1}`)})
	var n int
	var list []string
	require.NoError(t, auth.Claim("n", &n))
	require.NoError(t, auth.Claim("list", &list))
	assert.Equal(t, 7, n)
	assert.Equal(t, []string{"a"}, list)
	assert.ErrorIs(t, auth.Claim("case", &n), core.ErrNoClaim, "names are exact")
	assert.Error(t, auth.Claim("list", &n))
	assert.Error(t, core.NewAuth(core.AuthData{Claims: []byte(`[]`)}).Claim("n", &n))
}

func TestAuthPrintsNothing(t *testing.T) {
	auth := core.NewAuth(core.AuthData{UserID: "canary", Roles: []string{"canary"}, Claims: []byte(`"canary"`)})
	text, err := json.Marshal(map[string]any{"auth": auth})
	require.NoError(t, err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "auth", auth)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "auth", *auth, "list", []core.Auth{*auth})
	all := fmt.Sprintf("%v %+v %#v %s %s %s", auth, auth, auth, auth, text, log.String())
	all += fmt.Sprintf("%v %+v %#v %s %d %x %v", *auth, *auth, *auth, *auth, *auth, *auth, []any{*auth, struct{ A core.Auth }{*auth}})
	assert.NotContains(t, all, "canary")
	assert.Contains(t, all, "core.Auth")
}

func TestRequirements(t *testing.T) {
	ann := core.NewAuth(core.AuthData{UserID: "ann", Roles: []string{"a", "b"}, Scopes: []string{"r", "w"}})
	for name, c := range map[string]struct {
		require core.Provider
		reason  string
	}{
		"auth":               {core.RequireAuth(), ""},
		"all scopes":         {core.RequireScopes("w", "r"), ""},
		"all scopes, one no": {core.RequireScopes("r", "x"), "insufficient_scope"},
		"scope substring":    {core.RequireScopes("rw"), "insufficient_scope"},
		"any scope":          {core.RequireAnyScope("x", "w"), ""},
		"any scope, none":    {core.RequireAnyScope("x", "W"), "insufficient_scope"},
		"all roles":          {core.RequireRoles("a", "b"), ""},
		"all roles, one no":  {core.RequireRoles("a", "c"), "insufficient_role"},
		"any role":           {core.RequireAnyRole("c", "b"), ""},
		"any role, none":     {core.RequireAnyRole("A"), "insufficient_role"},
	} {
		t.Run(name, func(t *testing.T) {
			o := guard(t, newChain(t, setsNil(ann), c.require), coretest.Request{})
			if c.reason == "" {
				assert.True(t, o.passed)
			} else {
				assert.Equal(t, c.reason, o.reason(t))
				assert.Equal(t, 403, o.res.Status)
			}
			o = guard(t, newChain(t, core.Optional(), returns(nil), c.require), coretest.Request{})
			assert.Equal(t, "no_credential", o.reason(t), "without an Auth it is 401")
			o = guard(t, newChain(t, returns(core.NotMine), c.require), coretest.Request{})
			assert.Equal(t, "not_mine", o.reason(t))
		})
	}
	scopes := []string{"r"}
	p := core.RequireScopes(scopes...)
	scopes[0] = "x"
	assert.True(t, guard(t, newChain(t, setsNil(ann), p), coretest.Request{}).passed, "the list is a copy")
}
