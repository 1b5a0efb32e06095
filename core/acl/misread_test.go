package acl_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
)

const noGuests = `[{"id":"all","effect":"allow","subjects":["<.*>"],"actions":["GET"],"resources":["<.*>"]},
	{"id":"no-guests","effect":"deny","subjects":["<.*>"],"actions":["GET"],"resources":["<.*>"],
	"conditions":{"roles":{"type":"RolesCondition","options":{"values":["guest"]}}}}]`

// TestRolesThatCannotBeRead: a token whose roles are in a form that its provider does not read gives an identity without roles.
// A policy that denies the role guest cannot tell whether such a caller is a guest, wherever the roles are.
func TestRolesThatCannotBeRead(t *testing.T) {
	issuer := coretest.NewIssuer("https://sso.example.com/realms/main")
	keycloak := jwt.Config{Issuers: []string{issuer.Name}, AnyAudience: true}
	keycloak.Claims.User = []jwt.Text{{Path: jwt.Path{"sub"}}}
	keycloak.Claims.Roles = []jwt.List{{Path: jwt.Path{"realm_access", "roles"}}, {Path: jwt.Path{"extra"}, Form: jwt.Keys},
		{Path: jwt.Path{"extra"}, Form: jwt.Array}}
	p := parse(t, noGuests)
	enrich := func(provider core.Authenticator) core.Authenticator {
		return core.Enrich(provider, func(_ context.Context, auth *core.Auth) (*core.Auth, error) {
			data := auth.Data()
			data.Roles = append(data.Roles, "member")
			return core.NewAuth(data), nil
		})
	}
	nested := func(roles any) coretest.Claims {
		return coretest.Claims{"realm_access": coretest.Claims{"roles": roles}}
	}
	for name, c := range map[string]struct {
		config  jwt.Config
		claims  coretest.Claims
		allowed bool
	}{
		"microkubes, an array":    {jwt.Microkubes(issuer.Name), coretest.Claims{"roles": []string{"user"}}, true},
		"microkubes, none":        {jwt.Microkubes(issuer.Name), coretest.Claims{"roles": nil}, true},
		"microkubes, empty":       {jwt.Microkubes(issuer.Name), coretest.Claims{"roles": ""}, true},
		"microkubes, a guest":     {jwt.Microkubes(issuer.Name), coretest.Claims{"roles": "user,guest"}, false},
		"microkubes, an object":   {jwt.Microkubes(issuer.Name), coretest.Claims{"roles": coretest.Claims{"guest": true}}, false},
		"microkubes, numbers":     {jwt.Microkubes(issuer.Name), coretest.Claims{"roles": []int{1}}, false},
		"keycloak, an array":      {keycloak, nested([]string{"user"}), true},
		"keycloak, none":          {keycloak, coretest.Claims{"realm_access": nil}, true},
		"keycloak, empty":         {keycloak, nested([]string{}), true},
		"keycloak, a guest":       {keycloak, nested([]string{"guest"}), false},
		"keycloak, an object":     {keycloak, nested(coretest.Claims{"guest": 1}), false},
		"keycloak, mixed":         {keycloak, nested([]any{"user", 1}), false},
		"keycloak, a number":      {keycloak, nested(7), false},
		"keycloak, no object":     {keycloak, coretest.Claims{"realm_access": "guest"}, false},
		"two places, one misread": {keycloak, coretest.Claims{"extra": 7, "realm_access": coretest.Claims{"roles": []string{"user"}}}, false},
		"keys of an object":       {keycloak, coretest.Claims{"extra": coretest.Claims{"user": true}}, true},
		"another form of a place": {keycloak, coretest.Claims{"extra": []string{"user"}}, true},
		"keys that are not set":   {keycloak, coretest.Claims{"extra": coretest.Claims{"guest": false}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c.claims["iss"], c.claims["exp"] = issuer.Name, time.Now().Add(time.Hour).Unix()
			token := issuer.Microkubes(c.claims)
			for _, provider := range []core.Authenticator{jwt.New(issuer.Keys(), c.config), enrich(jwt.New(issuer.Keys(), c.config))} {
				chain, err := core.NewSecurityChain(provider, p)
				require.NoError(t, err)
				res := &coretest.Recorder{}
				req := coretest.Request{Target: "/a", Headers: coretest.Bearer(token)}
				_, ok := chain.WithLogger(quiet).Guard(t.Context(), req, res)
				assert.Equal(t, c.allowed, ok, "%d %s", res.Status, res.Body)
			}
		})
	}
	assert.False(t, parse(t, noGuests).Allows(caller(t, `ana claims={"roles":7}`), acl.Query{Method: "GET", Path: "/a"}), "an identity of another module")
}

// TestUsernameThatCannotBeRead: the subject of such a token is not the name that a policy denies.
func TestUsernameThatCannotBeRead(t *testing.T) {
	issuer := coretest.NewIssuer("issuer")
	text := `[{"id":"all","effect":"allow","subjects":["<.*>"],"actions":["GET"],"resources":["<.*>"]},
		{"id":"not-bob","effect":"deny","subjects":["bob"],"actions":["GET"],"resources":["<.*>"]}]`
	verifier, err := jwt.NewVerifier(issuer.Keys(), jwt.Microkubes("issuer"))
	require.NoError(t, err)
	p, q := parse(t, text), acl.Query{Method: "GET", Path: "/a"}
	for username, want := range map[any]bool{"ana": true, "bob": false, nil: true, "": true, 7: false} {
		auth, err := verifier.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"username": username, "sub": "u1"}))
		require.NoError(t, err)
		assert.Equal(t, want, p.Allows(auth, q), "%v", username)
		assert.Equal(t, want, p.Explain(auth, q).Allowed, "%v", username)
	}
	keycloak := jwt.Config{Issuers: []string{"issuer"}, AnyAudience: true}
	keycloak.Claims.User = []jwt.Text{{Path: jwt.Path{"sub"}}}
	keycloak.Claims.Name = []jwt.Text{{Path: jwt.Path{"preferred_username"}}}
	verifier, err = jwt.NewVerifier(issuer.Keys(), keycloak)
	require.NoError(t, err)
	for username, want := range map[any]bool{"ana": true, "bob": false, nil: true, true: false} {
		auth, err := verifier.Verify(t.Context(), issuer.Microkubes(coretest.Claims{"preferred_username": username, "sub": "u1"}))
		require.NoError(t, err)
		assert.Equal(t, want, p.Allows(auth, q), "%v", username)
	}
	assert.False(t, p.Allows(caller(t, `~ sub=u1 claims={"username":["bob"]}`), q), "an identity of another module")
	assert.False(t, p.Allows(caller(t, `~`), q), "an identity without any name")
}

// TestNamesThatAreMissing: no pattern is met by a name that an identity does not have, also if the pattern matches an empty text.
// The subjects <.*> are every caller.
func TestNamesThatAreMissing(t *testing.T) {
	const every = `"subjects":["<.*>"]`
	condition := func(key, value string) string {
		return every + `,"conditions":{"` + key + `":{"type":"SubjectCondition","options":{"values":["` + value + `"]}}}`
	}
	for name, c := range map[string]struct {
		caller, requires string
		met              bool
	}{
		"every caller":                   {"~ roles=a", every, true},
		"a subject that may be empty":    {"~ roles=a", `"subjects":["<[a-z]*>"]`, false},
		"its name":                       {"ana", `"subjects":["<[a-z]*>"]`, true},
		"any name":                       {"~ roles=a", condition("subject", "<.*>"), false},
		"any name, as an expression":     {"~ roles=a", condition("username", ".*"), false},
		"any name that there is":         {"ana", condition("subject", "<.*>"), true},
		"any id":                         {"ana", condition("userId", "<.*>"), false},
		"any id, as an expression":       {"ana", condition("userId", "u*"), false},
		"any id that there is":           {"ana id=u1", condition("userId", "<.*>"), true},
		"a name that cannot be read":     {`~ sub=bob claims={"username":["ana"]}`, `"subjects":["bob"]`, false},
		"every caller, with such a name": {`~ sub=bob claims={"username":["ana"]}`, every, true},
	} {
		t.Run(name, func(t *testing.T) {
			q := acl.Query{Method: "GET", Path: "/a"}
			p := parse(t, `[{"id":"a","effect":"allow","actions":["GET"],"resources":["/a"],`+c.requires+`}]`)
			auth := caller(t, c.caller)
			assert.Equal(t, c.met, p.Allows(auth, q))
			assert.Equal(t, c.met, p.Explain(auth, q).Allowed)
		})
	}
}

// TestNumbersInClaims: a number is compared as JSON has it. Of a number in another spelling than the shortest, a policy that
// denies cannot tell whether it is the one in the policy.
func TestNumbersInClaims(t *testing.T) {
	const level = `"subjects":["<.*>"],"actions":["GET"],"resources":["/a"],
		"conditions":{"level":{"type":"ClaimCondition","options":{"values":["1"]}}}}]`
	allow := parse(t, `[{"id":"a","effect":"allow",`+level)
	deny := parse(t, `[{"id":"all","effect":"allow","subjects":["<.*>"],"actions":["GET"],"resources":["<.*>"]},{"id":"d","effect":"deny",`+level)
	for value, c := range map[string]struct{ allowed, denied bool }{
		`1`: {true, true}, `"1"`: {true, true}, `["1"]`: {true, true},
		`2`: {false, false}, `10`: {false, false}, `0`: {false, false}, `-1`: {false, false}, `1.5`: {false, false}, `10.05`: {false, false},
		`"1.0"`: {false, false}, `true`: {false, false}, `false`: {false, false},
		`1.0`: {false, true}, `1e0`: {false, true}, `10E-1`: {false, true}, `2.0`: {false, true}, `-0`: {false, true},
		`[1]`: {false, true}, `null`: {false, true}, `{"a":1}`: {false, true},
	} {
		auth, q := caller(t, `ana claims={"level":`+value+`}`), acl.Query{Method: "GET", Path: "/a"}
		assert.Equal(t, c.allowed, allow.Allows(auth, q), value)
		assert.Equal(t, c.denied, !deny.Allows(auth, q), value)
		assert.Equal(t, c.denied, deny.Explain(auth, q).Policy == "d", value)
	}
}
