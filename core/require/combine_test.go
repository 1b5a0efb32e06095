package require_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	must "github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/acl"
	"github.com/microkubes/microkubes-go/core/require"
)

func TestCombinations(t *testing.T) {
	a, b, c := core.RequireRoles("a"), core.RequireScopes("b"), require.Organizations("c")
	mfa, hardware := require.StepUp(require.SignIn{ACR: []string{"mfa"}}), require.StepUp(require.SignIn{ACR: []string{"hardware"}})
	const role, scope, organization = "insufficient_role", "insufficient_scope", "insufficient_organization"
	const mfaChallenge, hardwareChallenge = stepUp + `, acr_values="mfa"`, stepUp + `, acr_values="hardware"`
	for name, c := range map[string]struct {
		requirement core.Provider
		has         string // one letter for each of a role, a scope, an organization and the class mfa
		want        string // a reason, or a challenge to sign in again; "": it passes
	}{
		"all, all":                    {require.All(a, b, c), "abc", ""},
		"all, not the first":          {require.All(a, b, c), "bc", role},
		"all, not the second":         {require.All(a, b, c), "ac", scope},
		"all, not the last":           {require.All(a, b, c), "ab", organization},
		"all, the first that is not":  {require.All(a, b, c), "a", scope},
		"any, all":                    {require.Any(a, b, c), "abc", ""},
		"any, the first":              {require.Any(a, b, c), "a", ""},
		"any, the second":             {require.Any(a, b, c), "b", ""},
		"any, the last":               {require.Any(a, b, c), "c", ""},
		"any, none":                   {require.Any(a, b, c), "", role},
		"one of any":                  {require.Any(c), "", organization},
		"any of all, the second":      {require.Any(require.All(a, b), c), "c", ""},
		"any of all, the first":       {require.Any(require.All(a, b), c), "ab", ""},
		"any of all, a half":          {require.Any(require.All(a, b), c), "a", scope},
		"all of any":                  {require.All(require.Any(a, b), c), "bc", ""},
		"all of any, no half":         {require.All(require.Any(a, b), c), "c", role},
		"all of any, one half":        {require.All(require.Any(a, b), c), "ab", organization},
		"signing in again can help":   {require.Any(a, mfa), "", mfaChallenge},
		"the same, first":             {require.Any(mfa, a), "", mfaChallenge},
		"the first challenge of any":  {require.Any(mfa, hardware), "", mfaChallenge},
		"signed in":                   {require.Any(a, mfa), "m", ""},
		"signing in again is in vain": {require.All(mfa, a), "", role},
		"the same, last":              {require.All(a, mfa), "", role},
		"signing in again completes":  {require.All(mfa, a), "a", mfaChallenge},
		"the first challenge of all":  {require.All(hardware, mfa), "", hardwareChallenge},
		"only half in vain":           {require.Any(require.All(mfa, a), require.All(hardware, b)), "b", hardwareChallenge},
	} {
		t.Run(name, func(t *testing.T) {
			o := ask(t, having(c.has), c.requirement)
			switch {
			case c.want == "":
				assert.True(t, o.passed())
			case o.status == 401:
				assert.Equal(t, c.want, o.challenge)
			default:
				assert.Equal(t, []any{403, c.want}, []any{o.status, o.reason})
			}
		})
	}
}

func having(letters string) *core.AuthData {
	data := &core.AuthData{Claims: []byte(`{"acr":"pwd"}`)}
	for _, letter := range letters {
		switch letter {
		case 'a':
			data.Roles = []string{"a"}
		case 'b':
			data.Scopes = []string{"b"}
		case 'c':
			data.Organizations = []string{"c"}
		case 'm':
			data.Claims = []byte(`{"acr":"mfa"}`)
		}
	}
	return data
}

// TestPoliciesInCombinations asks policies of package acl beside another requirement.
func TestPoliciesInCombinations(t *testing.T) {
	policies, err := acl.Parse([]byte(`[{"id":"own","subjects":["ann"],"resources":["/"],"actions":["api:read"],"effect":"allow"}]`))
	must.NoError(t, err)
	p := require.Any(core.RequireRoles("a"), policies)
	assert.Equal(t, outcome{403, denied, "require_any", "insufficient_role"}, ask(t, &core.AuthData{Username: "bob"}, p))
	assert.True(t, ask(t, having("a"), p).passed())
	assert.True(t, ask(t, &core.AuthData{Username: "ann"}, p).passed(), "the policy allows it")
	for name, c := range map[string]struct {
		part core.Provider
		want string
	}{
		"empty":               {&acl.Policies{}, "requirement 1: it has no policies"},
		"nil":                 {(*acl.Policies)(nil), "requirement 1: it is nil"},
		"overridden":          {open{policies}, "open is not a requirement of this module"},
		"overridden, pointer": {&open{policies}, "open is not a requirement of this module"},
	} {
		_, err := core.NewSecurityChain(as(nil), require.Any(c.part))
		assert.ErrorContains(t, err, c.want, name)
	}
}

// open has the marks of a requirement from the policies that it embeds and is not a requirement.
type open struct{ *acl.Policies }

func (open) Provide(context.Context, core.SecurityContext, core.Request, core.Response) error {
	return nil
}

// TestCombinationsOfCombinationsWithoutAuth does not call a function that expects an identity.
func TestCombinationsOfCombinationsWithoutAuth(t *testing.T) {
	p := require.Any(require.All(require.That(func(*core.Auth) bool { panic("called") })), require.StepUp(require.SignIn{ACR: []string{"a"}}))
	assert.Equal(t, outcome{401, bare, "require_any", "no_credential"}, ask(t, nil, p))
}
