package require_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	must "github.com/stretchr/testify/require"

	"github.com/microkubes/microkubes-go/core"
	"github.com/microkubes/microkubes-go/core/coretest"
	"github.com/microkubes/microkubes-go/core/jwt"
	"github.com/microkubes/microkubes-go/core/require"
)

// kinds has each requirement, with an identity that meets it and the reason of its refusal.
var kinds = map[string]struct {
	requirement core.Provider
	met         core.AuthData
	reason      string
}{
	"require_organizations": {require.Organizations("a"), core.AuthData{Organizations: []string{"a"}}, "insufficient_organization"},
	"require_namespaces":    {require.Namespaces("a"), core.AuthData{Namespaces: []string{"a"}}, "insufficient_namespace"},
	"require_claim":         {require.Claim("a", isTrue), *claims(`{"a":true}`), "unmet_requirement"},
	"require_that":          {require.That(func(a *core.Auth) bool { return a.UserID() == "a" }), core.AuthData{UserID: "a"}, "unmet_requirement"},
	"require_audience":      {require.Audience("a"), *claims(`{"aud":"a"}`), "wrong_audience"},
	"require_step_up":       {require.StepUp(require.SignIn{ACR: []string{"a"}}), *claims(`{"acr":"a"}`), "insufficient_authentication"},
	"require_all":           {require.All(core.RequireRoles("a")), core.AuthData{Roles: []string{"a"}}, "insufficient_role"},
	"require_any":           {require.Any(core.RequireScopes("a")), core.AuthData{Scopes: []string{"a"}}, "insufficient_scope"},
}

func isTrue(b bool) bool { return b }

func TestKinds(t *testing.T) {
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, outcome{401, bare, name, "no_credential"}, ask(t, nil, k.requirement), "without an Auth")
			assert.True(t, ask(t, &k.met, k.requirement).passed())
			o := ask(t, &core.AuthData{}, k.requirement)
			assert.Equal(t, []string{name, k.reason}, []string{o.provider, o.reason})
			switch name {
			case "require_step_up":
				assert.Equal(t, 401, o.status)
				assert.Equal(t, bare+`, error="insufficient_user_authentication", acr_values="a"`, o.challenge)
			case "require_any":
				assert.Equal(t, []any{403, denied + `, scope="a"`}, []any{o.status, o.challenge})
			default:
				assert.Equal(t, []any{403, denied}, []any{o.status, o.challenge})
			}
		})
	}
}

// TestPlaces uses the requirements in a base chain and with Then, and not in front of the providers that authenticate.
func TestPlaces(t *testing.T) {
	for name, k := range kinds {
		base, err := core.NewSecurityChain(as(&k.met), k.requirement)
		must.NoError(t, err, name)
		ctx, pass := base.Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
		must.True(t, pass, name)
		_, pass = base.Then(k.requirement).Guard(ctx, coretest.Request{}, &coretest.Recorder{})
		assert.True(t, pass, name)
		_, err = core.NewSecurityChain(k.requirement, as(&k.met))
		assert.ErrorContains(t, err, "refuses everybody", name)
		_, pass = base.Public().With(k.requirement).Guard(t.Context(), coretest.Request{}, &coretest.Recorder{})
		assert.False(t, pass, "%s: a public route has no identity", name)
	}
}

func TestLists(t *testing.T) {
	rows := map[string]struct {
		names, has []string
		all, any   bool
	}{
		"one":            {[]string{"a"}, []string{"a"}, true, true},
		"one of more":    {[]string{"a"}, []string{"b", "a"}, true, true},
		"all":            {[]string{"a", "b"}, []string{"b", "c", "a"}, true, true},
		"some":           {[]string{"a", "b"}, []string{"b"}, false, true},
		"another":        {[]string{"a", "b"}, []string{"c"}, false, false},
		"none":           {[]string{"a"}, nil, false, false},
		"another case":   {[]string{"a"}, []string{"A"}, false, false},
		"a part of it":   {[]string{"a"}, []string{"aa", "a ", ""}, false, false},
		"separated list": {[]string{"a"}, []string{"a,b"}, false, false},
	}
	for name, row := range rows {
		of := func(p core.Provider, list func(*core.AuthData) *[]string) bool {
			var data core.AuthData
			*list(&data) = row.has
			o := ask(t, &data, p)
			assert.True(t, o.passed() || o.status == 403, name)
			return o.passed()
		}
		organizations := func(d *core.AuthData) *[]string { return &d.Organizations }
		namespaces := func(d *core.AuthData) *[]string { return &d.Namespaces }
		assert.Equal(t, row.all, of(require.Organizations(row.names...), organizations), name)
		assert.Equal(t, row.any, of(require.AnyOrganization(row.names...), organizations), name)
		assert.Equal(t, row.all, of(require.Namespaces(row.names...), namespaces), name)
		assert.Equal(t, row.any, of(require.AnyNamespace(row.names...), namespaces), name)
		for _, p := range []core.Provider{require.Organizations(row.names...), require.AnyOrganization(row.names...)} {
			assert.False(t, of(p, namespaces), "%s: a namespace is not an organization", name)
		}
		for _, p := range []core.Provider{require.Namespaces(row.names...), require.AnyNamespace(row.names...)} {
			assert.False(t, of(p, organizations), "%s: an organization is not a namespace", name)
		}
	}
}

// TestUnreadableLists sends tokens whose lists are in a form that the provider cannot read.
func TestUnreadableLists(t *testing.T) {
	issuer := coretest.NewIssuer("shop")
	chain, err := core.NewSecurityChain(jwt.New(issuer.Keys(), jwt.Microkubes(issuer.Name)))
	must.NoError(t, err)
	for _, value := range []any{nil, 1, true, map[string]any{"a": true}, []any{"a", 1}, []any{[]any{"a"}}, coretest.Absent} {
		token := issuer.Microkubes(coretest.Claims{"organizations": value, "namespaces": value})
		for _, p := range []core.Provider{require.Organizations("a"), require.AnyNamespace("a")} {
			var res coretest.Recorder
			_, pass := chain.With(p).Guard(t.Context(), coretest.Request{Headers: coretest.Bearer(token)}, &res)
			assert.False(t, pass, value)
			assert.Equal(t, 403, res.Status, value)
		}
	}
}

// TestListsAreCopied changes what a caller has given to a requirement.
func TestListsAreCopied(t *testing.T) {
	names := []string{"a"}
	requirements := []core.Provider{
		require.Organizations(names...), require.AnyOrganization(names...), require.Namespaces(names...), require.AnyNamespace(names...),
		require.Audience(names...), require.StepUp(require.SignIn{ACR: names}),
	}
	parts := []core.Provider{core.RequireRoles("a")}
	requirements = append(requirements, require.Any(parts...), require.All(parts...))
	names[0], parts[0] = "b", core.RequireAuth()
	data := core.AuthData{Organizations: names, Namespaces: names, Roles: names, Claims: []byte(`{"aud":"b","acr":"b"}`)}
	for i, p := range requirements {
		assert.False(t, ask(t, &data, p).passed(), i)
	}
}

func TestIncompleteRequirements(t *testing.T) {
	var none *failing
	for name, c := range map[string]struct {
		p    core.Provider
		want string
	}{
		"no organization":       {require.Organizations(), "require_organizations: name at least one organization"},
		"no organization, any":  {require.AnyOrganization(), "name at least one organization"},
		"an empty organization": {require.AnyOrganization("a", ""), "the name of the organization 2 is empty"},
		"no namespace":          {require.Namespaces(), "require_namespaces: name at least one namespace"},
		"no namespace, any":     {require.AnyNamespace(), "name at least one namespace"},
		"an empty namespace":    {require.Namespaces(""), "the name of the namespace 1 is empty"},
		"no audience":           {require.Audience(), "require_audience: name at least one audience"},
		"an empty audience":     {require.Audience(""), "the name of the audience 1 is empty"},
		"a claim without name":  {require.Claim("", isTrue), "require_claim: the name of the claim is empty"},
		"a claim, no function":  {require.Claim[bool]("a", nil), "require_claim: the function is nil"},
		"no function":           {require.That(nil), "require_that: the function is nil"},
		"no sign-in":            {require.StepUp(require.SignIn{}), "require_step_up: SignIn is empty: set ACR, MaxAge or both"},
		"a negative age":        {require.StepUp(require.SignIn{MaxAge: -1e9}), "SignIn.MaxAge is -1s"},
		"a negative age, acr":   {require.StepUp(require.SignIn{ACR: []string{"a"}, MaxAge: -1e9}), "SignIn.MaxAge is -1s"},
		"a part of a second":    {require.StepUp(require.SignIn{MaxAge: 15e8}), "SignIn.MaxAge is 1.5s: it must be a positive number of whole seconds"},
		"two classes in one":    {require.StepUp(require.SignIn{ACR: []string{"a b"}}), `SignIn.ACR has "a b"`},
		"a quote":               {require.StepUp(require.SignIn{ACR: []string{"a", `b"`}}), `SignIn.ACR has "b\""`},
		"an empty class":        {require.StepUp(require.SignIn{ACR: []string{""}}), `SignIn.ACR has ""`},
		"a line":                {require.StepUp(require.SignIn{ACR: []string{"a\r\nX:b"}}), `SignIn.ACR has "a\r\nX:b"`},
		"nothing of all":        {require.All(), "require_all: name at least one requirement"},
		"nothing of any":        {require.Any(), "require_any: name at least one requirement"},
		"nil":                   {require.Any(core.RequireAuth(), nil), "requirement 2: it is nil"},
		"a nil pointer":         {require.Any(none), "requirement 1: it is nil"},
		"incomplete":            {require.All(require.Any(core.RequireAuth(), core.RequireRoles())), "requirement 1: requirement 2: name at least one role"},
		"two mistakes":          {require.Any(require.That(nil), nil), "require_any: requirement 2: it is nil"},
		"opens":                 {require.Any(core.PublicRoutes("/**")), "is not a requirement of this module: use require.That"},
		"optional":              {require.Any(core.Optional()), "is not a requirement of this module"},
		"authenticates":         {require.Any(as(&core.AuthData{})), "core.ProviderFunc is not a requirement of this module"},
		"embeds a requirement":  {require.Any(struct{ core.Provider }{core.RequireAuth()}), "is not a requirement of this module"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := core.NewSecurityChain(as(nil), c.p)
			assert.ErrorContains(t, err, c.want)
			assert.Panics(t, func() { base, _ := core.NewSecurityChain(as(nil)); base.With(c.p) })
			sc := &coretest.SecurityContext{}
			all := core.AuthData{Organizations: []string{"", "a"}, Namespaces: []string{"", "a"}, Claims: []byte(`{"":true,"aud":"","acr":"a b","a":true}`)}
			must.NoError(t, sc.SetAuth(core.NewAuth(all)))
			assert.Error(t, c.p.Provide(t.Context(), sc, coretest.Request{}, &coretest.Recorder{}), "without a chain")
			o := ask(t, &all, core.ProviderFunc(c.p.Provide))
			assert.False(t, o.passed(), "its Validate was not called")
			assert.NotContains(t, o.challenge, "acr_values", "an incomplete list is not sent")
		})
	}
}

// failing is a provider that the tests never call.
type failing struct{ core.Provider }

// TestValuesAreNotLogged keeps the claims that a requirement compares out of refusals.
func TestValuesAreNotLogged(t *testing.T) {
	for name, k := range kinds {
		sc := &coretest.SecurityContext{}
		must.NoError(t, sc.SetAuth(core.NewAuth(core.AuthData{Claims: []byte(`{"acr":"canary","aud":"canary","a":"canary"}`)})))
		err := k.requirement.Provide(t.Context(), sc, coretest.Request{}, &coretest.Recorder{})
		must.Error(t, err, name)
		assert.NotContains(t, err.Error(), "canary", name)
	}
}
